"""Find out what a file is, by its bytes and never by its name; ask a person where two answers are likely."""

import csv
import re
import statistics
import unicodedata
from dataclasses import dataclass, replace

from kolhub.platforms.text import CONTROLS, HIDDEN
from kolhub.roster import isolated
from kolhub.roster.archive import check_archive
from kolhub.roster.encodings import Detected, decode, detect
from kolhub.roster.header import find_header
from kolhub.roster.meaning import known_header
from kolhub.roster.problems import Problem, Unreadable
from kolhub.roster.sheets import MAX_BYTES, WORKBOOKS, Cell, Choices, SheetLook, raw_rows

PREVIEW_ROWS = 6
MAX_NAME = 120
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "pdf_file"),
    (b"\x89PNG", "image_file"),
    (b"\xff\xd8\xff", "image_file"),
    (b"GIF8", "image_file"),
    (b"Rar!", "archive_file"),
    (b"7z\xbc\xaf", "archive_file"),
    (b"\x1f\x8b", "archive_file"),
    (b"{\\rtf", "unknown_format"),
    (b"MZ", "unknown_format"),
    (b"\x7fELF", "unknown_format"),
    (b"SQLite format 3", "unknown_format"),
    (b"PAR1", "unknown_format"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, slots=True)
class Option:
    """One possible answer, with what the file would look like then."""

    value: str
    score: float
    preview: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Something only a person can settle: `key` is encoding, delimiter, sheet or header_row."""

    key: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What a file is. `problem` set: it cannot be read. `questions` empty: `choices` are certain.

    `choices` always hold the likeliest answers; `filename` is safe to show (attack R12), and never a path.
    """

    filename: str
    choices: Choices
    questions: tuple[Question, ...] = ()
    problem: Problem | None = None

    @property
    def sure(self) -> bool:
        """Whether the file can be read without asking anybody."""
        return self.problem is None and not self.questions

    def answered(self, key: str, value: str) -> "Sniffed":
        """Return the same with one question settled; LookupError or ValueError for an answer that cannot be."""
        left = tuple(question for question in self.questions if question.key != key)
        return replace(self, choices=self.choices.with_answer(key, value), questions=left)


def shown_name(filename: str) -> str:
    """Return a file's name for people: no folders, control or direction characters, at most MAX_NAME long."""
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", filename))[-1]
    name = HIDDEN.sub("", CONTROLS.sub("", name)).replace("\n", " ").replace("\r", " ").replace("\t", " ").strip(" .")
    if len(name) > MAX_NAME:
        stem, dot, ending = name.rpartition(".")
        name = stem[: MAX_NAME - 10] + "…" + dot + ending[:8] if dot else name[: MAX_NAME - 1] + "…"
    return name or "file"


def sniff(filename: str, data: bytes, settled: Choices | None = None) -> Sniffed:
    """Return what the file is. `settled` holds answers already given, which are not asked for again."""
    name = shown_name(filename)
    try:
        kind = kind_of(data)
        if kind in WORKBOOKS:
            choices, questions = _sheets(data, kind, settled or Choices())
        else:
            choices, questions = _text(data, kind, settled or Choices())
    except Unreadable as error:
        return Sniffed(name, Choices(), problem=error.problem)
    return Sniffed(name, choices, tuple(questions))


def kind_of(data: bytes) -> str:
    """Return csv, json, xlsx, xls or ods by the first bytes; raise Unreadable for everything else."""
    if not data.strip():
        raise Unreadable("empty_file")
    if len(data) > MAX_BYTES:
        raise Unreadable("file_too_large", limit=MAX_BYTES // 1_000_000, found=len(data) // 1_000_000)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return check_archive(data)
    if data.startswith(_OLE):
        return _ole_kind(data)
    for signature, code in _SIGNATURES:
        if data.startswith(signature):
            raise Unreadable(code)
    if data[4:12] in {b"ftypheic", b"ftypmif1", b"ftypavif"} or data[8:12] == b"WEBP":
        raise Unreadable("image_file")
    head = data[:4096].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if re.match(rb"<(!doctype html|html|head|body|table|meta|script|!--)", head) or b"<table" in head:
        raise Unreadable("html_file")
    if head.startswith(b"<"):
        raise Unreadable("unknown_format")
    if _is_binary(data[:8192]):
        raise Unreadable("unknown_format")
    stripped = data[:4096].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t")
    return "json" if stripped[:1] in {b"[", b"{"} and _is_json(stripped) else "csv"


def _is_json(head: bytes) -> bool:
    return re.match(rb'\[\s*[\[{"\]]|\{\s*["}]', head) is not None


def _is_binary(head: bytes) -> bool:
    """Tell whether the bytes are neither text nor UTF-16: many control characters, or NULs without a pattern."""
    controls = sum(1 for byte in head if byte < 32 and byte not in {0, 9, 10, 11, 12, 13, 26, 27})
    nuls, half = head.count(0), max(1, len(head) // 2)
    even, odd = head[0::2].count(0), head[1::2].count(0)
    scattered = nuls > len(head) * 0.05 and min(even, odd) > half * 0.05 and head[:4] != b"\xff\xfe\x00\x00"
    wide = nuls > len(head) * 0.05 or head[:2] in {b"\xff\xfe", b"\xfe\xff"}
    return scattered or (not wide and controls > len(head) * 0.02)


def _ole_kind(data: bytes) -> str:
    """Judge an OLE2 file by the names of its streams: an old .xls, or an encrypted or macro workbook."""

    def has(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if has("EncryptedPackage") or has("EncryptionInfo"):
        raise Unreadable("encrypted_file")
    if has("_VBA_PROJECT") or has("VBA"):
        raise Unreadable("macro_file")
    if has("Workbook") or has("Book"):
        return "xls"
    raise Unreadable("unknown_format")


def _text(data: bytes, kind: str, settled: Choices) -> tuple[Choices, list[Question]]:
    questions: list[Question] = []
    encoding = settled.encoding
    if not encoding:
        detected = detect(data)
        encoding = detected.best
        if not detected.sure:
            questions.append(_encoding_question(data, detected))
    choices = replace(settled, kind=kind, encoding=encoding)
    if kind == "json":
        return choices, questions
    if not choices.delimiter:
        options = _delimiters(data, encoding)
        choices = replace(choices, delimiter=options[0].value)
        if len(options) > 1 and options[0].score - options[1].score < 0.2:
            named = tuple(replace(option, value=DELIMITERS[option.value]) for option in options)
            questions.append(Question("delimiter", named))
    return _ask_header(data, choices, questions)


def _ask_header(data: bytes, choices: Choices, questions: list[Question]) -> tuple[Choices, list[Question]]:
    """Add the question which row names the columns, when the first rows leave it open."""
    if choices.header_row is not None or questions:
        return choices, questions
    rows = _first_rows(data, choices, 20)
    header = find_header(rows)
    if rows and not header.sure:
        questions.append(_header_question(rows, header.line))
    return choices, questions


def _header_question(rows: list[tuple[int, tuple[Cell, ...]]], likeliest: int) -> Question:
    lines = dict.fromkeys([likeliest, 0, *(line for line, _ in rows[:5])])
    texts = {line: tuple("" if cell is None else str(cell) for cell in cells) for line, cells in rows}
    options = [Option(str(line), float(line == likeliest), (texts[line],) if line in texts else ()) for line in lines]
    return Question("header_row", tuple(options))


def _encoding_question(data: bytes, detected: Detected) -> Question:
    best = detected.candidates[0].score
    near = [one for at, one in enumerate(detected.candidates) if at < 2 or one.score > max(0.0, best - 0.8)]
    return Question(
        "encoding", tuple(Option(one.encoding, one.score, _preview(data, one.encoding)) for one in near[:4])
    )


def _preview(data: bytes, encoding: str) -> tuple[tuple[str, ...], ...]:
    """Return the first rows beyond ASCII in this encoding: the ones that differ."""
    choices = Choices("csv", encoding, _delimiters(data, encoding)[0].value)
    rows = _first_rows(data[:200_000], choices, 200)
    telling = [row for row in rows if not all(str(cell).isascii() for cell in row[1])]
    return tuple(tuple(str(cell)[:80] for cell in cells) for _, cells in (telling or rows)[:PREVIEW_ROWS])


def _first_rows(data: bytes, choices: Choices, most: int) -> list[tuple[int, tuple[Cell, ...]]]:
    found = []
    for line, cells in raw_rows(data, choices):
        if isinstance(cells, list):
            found.append((line, tuple(cells)))
        if len(found) >= most:
            break
    return found


def _delimiters(data: bytes, encoding: str) -> list[Option]:
    """Return the separators, best first: the one that parts most rows into one same number of cells."""
    text = decode(data[:64_000], encoding)
    declared = re.match(r"\ufeff?sep=([,;\t|])", text)
    if declared:
        return [Option(declared[1], 1.0)]
    lines = text.splitlines()[:60]
    if len(data) > 64_000 and len(lines) > 1:
        lines = lines[:-1]
    options = [Option(delimiter, _regularity(lines, delimiter)) for delimiter in DELIMITERS]
    options.sort(key=lambda option: -option.score)
    good = [option for option in options if option.score > 0.3]
    return good or [Option(",", 1.0)]


def _regularity(lines: list[str], delimiter: str) -> float:
    """Return the share of rows with the usual number of cells, with a bonus for cells that read as headers."""
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return 0.0
    widths = [len(row) for row in rows]
    if not widths or (usual := statistics.mode(widths)) < 2:
        return 0.0
    headers = sum(1 for cell in rows[0] if known_header(cell.strip())) / len(rows[0]) if len(rows[0]) > 1 else 0.0
    return widths.count(usual) / len(widths) + 0.5 * headers


def _sheets(data: bytes, kind: str, settled: Choices) -> tuple[Choices, list[Question]]:
    choices = replace(settled, kind=kind)
    looks = isolated.look_at_sheets(data)
    filled = [look for look in looks if look.rows > 1]
    likely = [look for look in filled if look.visible and _roster_score(look) >= 0.3] or [
        look for look in filled if look.visible
    ]
    likely = likely or filled
    if not likely:
        raise Unreadable("no_rows")
    if not choices.sheet:
        likely.sort(key=lambda look: -_roster_score(look))
        choices = replace(choices, sheet=likely[0].name)
        if len(likely) > 1:
            return choices, [Question("sheet", tuple(_sheet_option(look) for look in likely))]
    chosen = [look for look in looks if look.name == choices.sheet]
    if not chosen:
        raise Unreadable("no_such_sheet", sheet=choices.sheet[:80])
    questions: list[Question] = []
    header = find_header(chosen[0].head)
    if choices.header_row is None and not header.sure:
        questions.append(_header_question(list(chosen[0].head), header.line))
    return choices, questions


def _roster_score(look: SheetLook) -> float:
    """Return the largest share of known header names in any of the first rows."""
    shares = [
        sum(1 for cell in cells if isinstance(cell, str) and known_header(cell)) / len(cells)
        for _, cells in look.head
        if len(cells) > 1
    ]
    return max(shares, default=0.0)


def _sheet_option(look: SheetLook) -> Option:
    rows = tuple(
        tuple("" if cell is None else str(cell)[:80] for cell in cells) for _, cells in look.head[:PREVIEW_ROWS]
    )
    return Option(look.name, round(_roster_score(look), 3), rows)
