"""How values are shown: money, large numbers, percentages."""

from django import template

register = template.Library()
