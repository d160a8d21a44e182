"""Files of journeys from elsewhere: read to the letter, refused with the line."""

import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command

from attribution.attributors import attributor
from attribution.attributors.paths import EventLayout, PathFileError, PathLayout, attribute_paths
from attribution.management.commands.attribute_paths import SENTENCES

HEADER = "path;total_conversions;total_conversion_value;total_null\n"
EVENTS = "customer,time,channel,conversion,value\n"


def credited(text, *keys, layout=None):
    attributors = [attributor(key)() for key in keys]
    return attribute_paths(io.StringIO(text, newline=""), attributors, layout or PathLayout())


def test_a_path_file():
    found = credited(HEADER + "a > b > a;2;10.5;1\nb;0;0;3\n", "first", "markov")
    assert found["totals"] == {"conversions": 2, "value": 10.5, "nulls": 4}
    assert found["attributors"]["first"] == {
        "a": {"conversions": 2, "value": 10.5},
        "b": {"conversions": 0, "value": 0},
    }
    assert found["removal_effects"].keys() == {"markov"}
    assert found["removal_effects"]["markov"]["a"]["conversions"] == pytest.approx(1)


def test_commas_quotes_other_names_and_another_separator():
    text = '\ufeffNulls,"Route",Won\n3,"小红书,1|b",2\n'
    layout = PathLayout(path="Route", conversions="Won", value="", nulls="Nulls", separator="|")
    found = credited(text, "last", layout=layout)
    assert found["totals"] == {"conversions": 2, "value": 0, "nulls": 3}
    assert found["attributors"]["last"] == {
        "小红书,1": {"conversions": 0, "value": 0},
        "b": {"conversions": 2, "value": 0},
    }


def test_a_separator_is_taken_to_the_letter():
    found = credited(HEADER + "a>b > c;1;1;0\n", "linear")
    assert list(found["attributors"]["linear"]) == ["a>b", "c"]


def test_long_paths_are_read_and_the_limit_of_others_stays():
    before = csv.field_size_limit()
    path = " > ".join(["channel", "other"] * 20_000)
    assert credited(f"{HEADER}{path};1;1;0\n", "first")["totals"]["conversions"] == 1
    with pytest.raises(PathFileError):
        credited(HEADER + "a > b;1;1;0;9\n", "first")
    assert csv.field_size_limit() == before < len(path)


def test_an_event_log():
    text = EVENTS + (
        "ann,2026-01-02T00:00:00,b,1,30\n"
        "ann,2026-01-01T00:00:00Z,a,,\n"
        "bob,1767225600,c,0,0\n"
        "ann,2026-01-03T08:00:00+08:00,c,,\n"
        "eve,2026-01-01,,2,7\n"
    )
    found = credited(text, "linear", "time_decay", layout=EventLayout())
    assert found["totals"] == {"conversions": 3, "value": 37, "nulls": 2}
    assert found["attributors"]["linear"] == {
        "a": {"conversions": 0.5, "value": 15},
        "b": {"conversions": 0.5, "value": 15},
        "c": {"conversions": 0, "value": 0},
    }
    decayed = found["attributors"]["time_decay"]
    assert decayed["b"]["conversions"] / decayed["a"]["conversions"] == pytest.approx(2 ** (1 / 7.5))


@pytest.mark.parametrize(
    ("text", "code", "params"),
    [
        ("", "empty_file", {}),
        ("\n", "empty_file", {}),
        (
            "path;conversions;total_conversion_value;total_null\n",
            "missing_column",
            {"column": "total_conversions", "found": "path, conversions, total_conversion_value, total_null"},
        ),
        (HEADER.replace("path;", "path;path;"), "doubled_column", {"column": "path"}),
        (HEADER + "a;1;1;0\na;1\n", "wrong_cells", {"line": 3, "cells": 2, "wanted": 4}),
        (HEADER + '"a"b;1;1;0\n', "broken_row", {"line": 2}),
        (HEADER + ";1;1;0\n", "empty_path", {"line": 2}),
        (HEADER + "a >  > b;1;1;0\n", "empty_channel", {"line": 2}),
        (HEADER + "\na;x;1;0\n", "not_a_number", {"line": 3, "column": "total_conversions", "text": "x"}),
        (HEADER + "a;;1;0\n", "not_a_number", {"text": ""}),
        (HEADER + "a;nan;1;0\n", "not_a_number", {"text": "nan"}),
        (HEADER + "a;1;1e999;0\n", "not_a_number", {"column": "total_conversion_value"}),
        (HEADER + "a;1;1,5;0\n", "not_a_number", {"text": "1,5"}),
        (HEADER + "a;1;1;-2\n", "negative", {"column": "total_null", "text": "-2"}),
        (HEADER + "a;0;4;1\n", "value_without_conversion", {"line": 2}),
    ],
)
def test_a_bad_path_file_is_refused_with_its_line(text, code, params):
    with pytest.raises(PathFileError) as caught:
        credited(text, "last")
    assert caught.value.code == code
    assert params.items() <= caught.value.params.items()
    assert str(SENTENCES[code]) % caught.value.params


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",2026-01-01,a,,", "empty_customer"),
        ("ann,yesterday,a,,", "not_a_time"),
        ("ann,99999999999999999999,a,,", "not_a_time"),
        ("ann,2026-01-01,a,,5", "value_without_conversion"),
        ("ann,2026-01-01,a,-1,", "negative"),
    ],
)
def test_a_bad_event_log_is_refused_with_its_line(row, code):
    with pytest.raises(PathFileError) as caught:
        credited(EVENTS + row + "\n", "last", layout=EventLayout())
    assert (caught.value.code, caught.value.params["line"]) == (code, 2)
    assert str(SENTENCES[code]) % caught.value.params


def test_what_a_file_lacks_is_refused_before_it_is_read():
    with pytest.raises(PathFileError, match="needs_times"):
        credited("not even a header", "last", "time_decay")
    with pytest.raises(PathFileError, match="needs_kinds"):
        credited(EVENTS, "coupon_weighted", layout=EventLayout())
    with pytest.raises(PathFileError, match="empty_separator"):
        credited(HEADER, "last", layout=PathLayout(separator=""))


def test_a_header_alone_has_nothing_to_share():
    found = credited(HEADER, "markov")
    assert found["totals"] == {"conversions": 0, "value": 0, "nulls": 0}
    assert found["attributors"] == {"markov": {}}


def run(*arguments):
    out = io.StringIO()
    call_command("attribute_paths", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_json_and_a_table(tmp_path):
    file = tmp_path / "paths.csv"
    file.write_text("way,total_conversions,total_conversion_value,total_null\na > b,1,2.5,0\n", encoding="utf-8")
    found = json.loads(run(str(file), "--attributors", "last,linear", "--path-column", "way", "--json"))
    assert found["attributors"]["last"]["b"] == {"conversions": 1, "value": 2.5}
    table = run(str(file), "--attributors", "linear", "--path-column", "way").splitlines()
    assert table[0].split() == ["channel", "linear", "conversions", "linear", "value"]
    assert table[1].split() == ["a", "0.50", "1.25"]
    assert table[-1] == "total: 1 conversions, value 2.5, 0 nulls"


def test_the_command_reads_event_logs(tmp_path):
    file = tmp_path / "events.csv"
    file.write_text(EVENTS + "ann,5,a,,\nann,6,b,1,4\n", encoding="utf-8")
    found = json.loads(run(str(file), "--events", "--attributors", "time_decay", "--json"))
    assert found["totals"] == {"conversions": 1, "value": 4, "nulls": 0}


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        (b"path;total_conversions;total_conversion_value;total_null\na;x;1;0\n", [], "Line 2"),
        (b"path;\xd0\xa1\xba\xec\n", [], "not UTF-8"),
        (None, [], "cannot be read"),
        (b"", ["--attributors", "time_decay"], "needs the time of each touch"),
        (b"", ["--attributors", "lats"], "no attributor 'lats'"),
        (b"", ["--attributors", ","], "no attributor"),
    ],
)
def test_the_command_refuses_with_exit_status_2(tmp_path, content, arguments, message):
    file = tmp_path / "paths.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError, match=message) as caught:
        run(str(file), *arguments)
    assert caught.value.returncode == 2
