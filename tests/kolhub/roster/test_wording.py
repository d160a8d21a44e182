import re
from pathlib import Path

import kolhub.roster
from kolhub.roster import FIELDS, PRICE_FORMATS, Problem
from kolhub.roster.problems import MAX_RAW, SEVERITIES
from kolhub.roster.wording import FIELDS as FIELD_LABELS
from kolhub.roster.wording import PRICE_FORMATS as FORMAT_LABELS
from kolhub.roster.wording import PROBLEMS, QUESTIONS, sentence


def test_every_code_field_and_format_has_its_words_and_no_words_are_left_over():
    assert set(PROBLEMS) == set(SEVERITIES)
    assert set(FIELD_LABELS) == set(FIELDS)
    assert set(FORMAT_LABELS) == set(PRICE_FORMATS)
    assert set(QUESTIONS) >= {"encoding", "delimiter", "sheet", "header_row", "platform", "identity", "currency"}


def test_every_code_is_used_somewhere():
    room = Path(kolhub.roster.__file__).parent
    code = (
        "\n".join(path.read_text() for path in room.glob("*.py") if path.name not in {"wording.py", "problems.py"})
        + (room.parent / "platforms/base.py").read_text()
        + (room.parent / "platforms/youtube.py").read_text()
    )
    # The last two are said by the door, of a mapping's `missing`.
    unused = {name for name in SEVERITIES if f'"{name}"' not in code} - {"no_identity_column", "platform_unknown"}
    assert not unused


def test_sentences_take_their_parameters():
    problem = Problem("duplicate_conflict", 7, params={"first_line": 3, "platform": "x"})
    assert sentence(problem) == "The same profile stands in line 3 with other values; that line is used."
    for code, template in PROBLEMS.items():
        names = re.findall(r"%\((\w+)\)s", str(template))
        text = sentence(Problem(code, params=dict.fromkeys(names, "X")))
        assert ("%(" not in text and text[0].isupper()) or text[0] in "“", code


def test_raw_cells_are_cut_and_made_printable():
    problem = Problem("not_a_number", 1, "c", "a\x00\udcff" + "x" * 1000)
    assert len(problem.raw) == MAX_RAW and problem.raw.startswith("a��x") and problem.raw.endswith("…")
