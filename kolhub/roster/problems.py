"""What can be wrong with a roster: a closed set of codes, each with how far the damage goes.

Sentences for people are made at the door, from kolhub/roster/wording.py; here are codes and facts only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kolhub.platforms import HANDLE_PROBLEMS

Severity = Literal["file", "row", "cell", "note"]

# file: nothing can be read. row: this row is refused. cell: this value is dropped, the row stays.
# note: the value is kept, but somebody should look.
_FILE = (
    "empty_file",
    "file_too_large",
    "unknown_format",
    "html_file",
    "pdf_file",
    "image_file",
    "archive_file",
    "encrypted_file",
    "macro_file",
    "binary_spreadsheet",
    "external_links",
    "unsafe_archive",
    "too_many_parts",
    "unpacks_too_large",
    "xml_entities",
    "damaged_file",
    "too_many_rows",
    "too_many_columns",
    "sheet_too_large",
    "read_too_slow",
    "no_such_sheet",
    "no_sheets",
    "no_rows",
    "no_such_encoding",
    "json_invalid",
    "json_too_deep",
    "json_not_a_list",
    "no_identity_column",
    "platform_unknown",
    "not_loaded",
)
_ROW = (
    "undecodable_line",
    "field_too_long",
    "row_too_wide",
    "not_a_row",
    "extra_cells",
    "row_platform_unknown",
    "identity_missing",
    "handle_changed_by_spreadsheet",
    "duplicate_conflict",
    "duplicate_identical",
    *HANDLE_PROBLEMS,
)
_CELL = (
    "spreadsheet_error",
    "scientific_notation",
    "precision_lost",
    "changed_to_date",
    "number_range",
    "not_a_number",
    "malformed_number",
    "ambiguous_separator",
    "ambiguous_unit",
    "not_whole",
    "negative_number",
    "number_too_large",
    "twins_disagree",
    "rate_unit_unknown",
    "rate_impossible",
    "not_a_rate",
    "currency_missing",
    "currency_ambiguous",
    "price_unreadable",
    "country_unknown",
    "language_unknown",
    "email_invalid",
    "url_invalid",
    "date_invalid",
    "date_ambiguous",
    "kind_unknown",
    "text_too_long",
)
_NOTE = (
    "mixed_encodings",
    "headers_off_by_one",
    "no_header_row",
    "duplicate_header",
    "column_ignored_twin",
    "column_conflict",
    "metric_without_platform",
    "personal_column",
    "average_or_total",
    "lower_bound",
    "approximate_number",
    "price_on_request",
    "currency_assumed",
    "category_unknown",
    "hidden_characters",
    "lost_characters",
    "handle_unreadable",
    "handle_absent",
    "handle_from_url",
    "handle_url_mismatch",
    "rate_above_one",
    "text_repaired",
    "formula_text",
)

SEVERITIES: Mapping[str, Severity] = {
    **dict.fromkeys(_FILE, "file"),
    **dict.fromkeys(_ROW, "row"),
    **dict.fromkeys(_CELL, "cell"),
    **dict.fromkeys(_NOTE, "note"),
}

MAX_RAW = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (line and column as in the file), what (code, params), and what stood there.

    `line` counts physical lines of text files, rows of sheets, items of JSON, from 1; 0 is the file as a whole.
    `raw` is cut to MAX_RAW characters and holds no undecodable bytes.
    """

    code: str
    line: int = 0
    column: str = ""
    raw: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code not in SEVERITIES:
            raise ValueError(f"{self.code!r} is not a known problem code.")
        object.__setattr__(self, "raw", printable(self.raw))

    @property
    def severity(self) -> Severity:
        """How far the damage goes."""
        return SEVERITIES[self.code]


def printable(raw: str) -> str:
    """Return the text cut to MAX_RAW, with undecodable bytes and NULs shown as the replacement character."""
    text = raw if len(raw) <= MAX_RAW else raw[: MAX_RAW - 1] + "…"
    if text.isascii() and "\x00" not in text:
        return text
    return "".join("�" if "\ud800" <= c <= "\udfff" or c == "\x00" else c for c in text)


class Unreadable(Exception):
    """A file that cannot be read at all; carries the Problem that says why."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.problem = Problem(code, params=params)
