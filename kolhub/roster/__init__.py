"""Spreadsheets coming in: what a file is, which column is what, and what each row says about whom.

    sniffed = sniff(filename, data)     # sniffed.problem: refused; sniffed.questions: ask, put the answers into
                                        # Choices().with_answer(key, value), and sniff again with settled=those
    table = read_table_safely(data, sniffed.choices)
    mapping = propose_mapping(table, sniffed.filename)   # settle mapping.missing
    for parsed in parse_rows(table, mapping, {"platform": …, "currency": …}): …

All files but wording.py (sentences) and load.py, upsert.py, progress.py (database) are pure.
"""

from kolhub.roster.categories import CATEGORIES
from kolhub.roster.columns import Column, Mapping, propose_mapping
from kolhub.roster.money import Money
from kolhub.roster.problems import SEVERITIES, Problem, Unreadable
from kolhub.roster.row import COUNTS, FIELDS, PRICE_FORMATS, RosterPrice, RosterRow
from kolhub.roster.rows import Parsed, parse_rows
from kolhub.roster.sheets import MAX_BYTES, Choices
from kolhub.roster.sniff import Option, Question, Sniffed, shown_name, sniff
from kolhub.roster.table import Table, read_table, read_table_safely

__all__ = [
    "CATEGORIES",
    "COUNTS",
    "FIELDS",
    "MAX_BYTES",
    "PRICE_FORMATS",
    "SEVERITIES",
    "Choices",
    "Column",
    "Mapping",
    "Money",
    "Option",
    "Parsed",
    "Problem",
    "Question",
    "RosterPrice",
    "RosterRow",
    "Sniffed",
    "Table",
    "Unreadable",
    "parse_rows",
    "propose_mapping",
    "read_table",
    "read_table_safely",
    "shown_name",
    "sniff",
]
