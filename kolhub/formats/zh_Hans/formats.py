"""Thousands are set apart by threes, as Chinese accounts do; Django knows no separator here."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
