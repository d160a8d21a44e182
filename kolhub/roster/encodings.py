"""Tell which encoding a text file is in, or say plainly that it is not certain.

Trying encodings in order corrupts data: Big5 decodes as GB18030 without a single error. So every candidate is
decoded, its characters are compared with those that people use (frequency.py), and a close race is a question.
"""

import codecs
import re
from dataclasses import dataclass

from kolhub.roster import frequency
from kolhub.roster.meaning import known_header

UNDECODABLE = "\udcff"
_ERRORS = "kolhub-undecodable"


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return UNDECODABLE, error.end


codecs.register_error(_ERRORS, _mark)

# key → Python codec. Windows supersets, because that is what spreadsheet programs write under these names.
CODECS: dict[str, str] = {
    "utf-8": "utf-8",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "utf-32-le": "utf-32-le",
    "utf-32-be": "utf-32-be",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "cp1252": "cp1252",
}
LEGACY = ("gb18030", "big5", "shift_jis", "euc_kr", "cp1252")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

SAMPLE_BYTES = 200_000
MIN_ROWS = 20
MIN_EVIDENCE = 40
MIN_SCORE = 0.55
MIN_LEAD = 0.3


@dataclass(frozen=True, slots=True)
class Candidate:
    """One encoding, its score (1: nothing but usual characters) and how many characters that rests on."""

    encoding: str
    score: float
    evidence: int
    undecodable: int


@dataclass(frozen=True, slots=True)
class Detected:
    """The candidates, best first; `sure` when no person needs to look. `bad_lines` are undecodable in the best."""

    candidates: tuple[Candidate, ...]
    sure: bool
    bad_lines: tuple[int, ...] = ()

    @property
    def best(self) -> str:
        """The key of the most likely encoding."""
        return self.candidates[0].encoding


def bom_of(data: bytes) -> tuple[str, int]:
    """Return (encoding, length) of the byte order mark, or ('', 0)."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding, len(mark)
    return "", 0


def decode(data: bytes, encoding: str) -> str:
    """Return the text; undecodable bytes become UNDECODABLE. LookupError for an unknown key."""
    return data.decode(CODECS[encoding], _ERRORS)


def error_handler() -> str:
    """Return the name of the codec error handler that leaves UNDECODABLE marks."""
    return _ERRORS


def detect(data: bytes) -> Detected:
    """Judge the encoding of a text file from its bytes."""
    marked, length = bom_of(data)
    if marked and marked != "utf-8":
        return Detected((Candidate(marked, 1.0, 0, 0),), sure=True, bad_lines=bad_lines(data[length:], marked))
    body = data[length:]
    wide = _wide_without_bom(body)
    if wide:
        return Detected((Candidate(wide, 1.0, 0, 0),), sure=True)
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return _detect_legacy(body)
    return Detected((Candidate("utf-8", 1.0, 0, 0),), sure=True)


def _wide_without_bom(body: bytes) -> str:
    """Return utf-16-le or -be when every other byte of the separators is NUL and all of it decodes, or ''."""
    head = body[:8192]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = max(1, len(head) // 2)
    for encoding, many, few in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if many > half * 0.08 and few <= half * 0.005:
            try:
                body.decode(encoding)
            except UnicodeDecodeError:
                continue
            return encoding
    return ""


def _detect_legacy(body: bytes) -> Detected:
    sample, rows = _sample(body)
    candidates = [judge(sample, encoding) for encoding in LEGACY]
    candidates.sort(key=lambda candidate: -candidate.score)
    mixed = _mixed_utf8(body)
    if mixed:
        return Detected((mixed, *candidates), sure=False, bad_lines=bad_lines(body, "utf-8"))
    best, second = candidates[0], candidates[1]
    broken = bad_lines(body, best.encoding)
    sure = (
        rows >= MIN_ROWS
        and best.evidence >= MIN_EVIDENCE
        and best.score >= MIN_SCORE
        and best.score - second.score >= MIN_LEAD
        and not broken
    )
    return Detected(tuple(candidates), sure, broken)


def _sample(body: bytes) -> tuple[bytes, int]:
    """Return the first lines that hold more than ASCII, and how many rows there are to judge by."""
    lines, size = [], 0
    for line in body[: SAMPLE_BYTES * 20].splitlines():
        if not line.isascii():
            lines.append(line)
            size += len(line)
            if size > SAMPLE_BYTES:
                break
    return b"\n".join(lines), len(lines)


def _mixed_utf8(body: bytes) -> Candidate | None:
    """Return UTF-8 as a candidate when a good part of the lines beyond ASCII is valid UTF-8."""
    valid = invalid = 0
    for line in body.splitlines():
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            invalid += 1
        else:
            valid += 1
    if valid < 3 or valid < invalid * 0.3:
        return None
    return Candidate("utf-8", valid / (valid + invalid), valid, invalid)


def bad_lines(body: bytes, encoding: str, most: int = 1000) -> tuple[int, ...]:
    """Return the numbers, from 1, of the lines that do not decode."""
    try:
        body.decode(CODECS[encoding])
    except UnicodeDecodeError:
        found = []
        for number, line in enumerate(re.split("\r\n|\r|\n", decode(body, encoding)), 1):
            if UNDECODABLE in line:
                found.append(number)
                if len(found) == most:
                    break
        return tuple(found)
    return ()


def judge(sample: bytes, encoding: str) -> Candidate:
    """Score how usual the sample's characters are when it is read in this encoding."""
    text = decode(sample, encoding)
    points, counted, undecodable = 0.0, 0, 0
    weigh = _weigh_latin if encoding == "cp1252" else _weigh_wide
    for at, character in enumerate(text):
        if character.isascii():
            continue
        if character == UNDECODABLE:
            undecodable += 1
            points -= 3
            counted += 1
        elif character not in frequency.NEUTRAL or encoding == "cp1252":
            points += weigh(character, encoding, text, at)
            counted += 1
    score = points / counted if counted else 0.0
    return Candidate(encoding, round(score + _header_bonus(text), 4), counted, undecodable)


_USUAL = {
    # Traditional texts are saved in GBK too; Big5 bytes read as GBK hardly ever give these.
    "gb18030": frequency.SIMPLIFIED | frequency.TRADITIONAL,
    "big5": frequency.TRADITIONAL,
    "shift_jis": frequency.KANA | frequency.KANJI,
    "euc_kr": frequency.HANGUL,
}


def _weigh_wide(character: str, encoding: str, text: str, at: int) -> float:
    if character in _USUAL[encoding]:
        return 1.0
    code = ord(character)
    if 0xE000 <= code <= 0xF8FF or 0x80 <= code <= 0x9F or code in {0xFFFD, 0xFFFE}:
        return -2.0
    if encoding == "gb18030" and code > 0xFFFF:
        return 0.3  # emoji have a place in GB18030
    if 0xFF61 <= code <= 0xFF9F:
        return -0.5  # half-width katakana: what Shift-JIS makes of anybody's bytes
    raw = character.encode(CODECS[encoding], "replace")
    if len(raw) != 2:
        return -0.5
    # Each standard puts the characters of everyday use into its first plane.
    lead, trail = raw
    everyday = {
        "gb18030": 0xB0 <= lead <= 0xD7 and trail >= 0xA1,
        "big5": 0xA4 <= lead <= 0xC6,
        "shift_jis": 0x82 <= lead <= 0x97,
        "euc_kr": 0xB0 <= lead <= 0xC8 and trail >= 0xA1,
    }[encoding]
    return 0.2 if everyday else -0.5


def _weigh_latin(character: str, encoding: str, text: str, at: int) -> float:
    if character not in frequency.LATIN:
        return -0.5
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    # Accents stand among plain letters; two bytes of a Chinese character make runs of capitals with accents.
    if not before.isascii() or not after.isascii():
        return -0.5
    if character.isupper():
        return 0.2 if before.isalpha() and before.islower() else 1.0
    return 1.0 if before.isalpha() or after.isalpha() or not character.isalpha() else 0.2


def _header_bonus(text: str) -> float:
    """Return up to 0.4 for header names that read as such; nothing is likelier to be written correctly."""
    known = 0
    for line in text.splitlines()[:3]:
        cells = re.split(r"[,;\t|]", line)
        known += sum(1 for cell in cells if not cell.isascii() and known_header(cell.strip().strip('"')))
    return min(0.4, known * 0.1)
