"""Exports: nothing in them is a formula, Chinese survives, numbers stay numbers."""

import io
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook

from kolhub.export import csv_response, literal, xlsx_response

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "  =1", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_looks_like_a_formula_is_quoted(text: str) -> None:
    assert literal(text).startswith("'")


def test_numbers_and_dates_are_left_alone() -> None:
    assert literal(-5) == -5
    assert literal(None) == ""
    assert literal("达人") == "达人"


def test_csv_opens_in_excel_with_chinese() -> None:
    response = csv_response("报表.csv", ["达人"], [["李佳琦"], ["=cmd()"]])
    assert response.content.startswith("\ufeff".encode())
    assert response.content.decode("utf-8-sig").splitlines() == ["达人", "李佳琦", "'=cmd()"]
    assert "filename*=UTF-8''%E6%8A%A5" in response["Content-Disposition"]


def test_xlsx_holds_text_and_numbers_but_no_formula() -> None:
    response = xlsx_response(
        "r.xlsx", ["a", "b", "c"], [["=1+1", 12.5, datetime(2026, 1, 2, 3, tzinfo=UTC)], ["\x00x", None, 1]]
    )
    sheet = load_workbook(io.BytesIO(response.content)).active
    assert sheet["A2"].value == "'=1+1" and sheet["A2"].data_type == "s"
    assert sheet["B2"].value == 12.5
    assert sheet["C2"].value == datetime(2026, 1, 2, 3)
    assert sheet["A3"].value == "x"
