"""The pure parts of the work: destinations, coupon codes, merge fields, marks in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.destinations import coupon_candidates, problem_with, utm_parameters
from campaigns.highlight import cut
from campaigns.merge import FIELDS, MergeError, fields_of, render


@pytest.mark.parametrize(
    ("url", "domains", "problem"),
    [
        ("https://shop.example/x?y=1#z", [], None),
        ("https://shop.example/x", ["shop.example"], None),
        ("https://www.SHOP.example./x", ["Shop.Example"], None),
        ("https://shop.example.evil.com/", ["shop.example"], "foreign_host"),
        ("https://evilshop.example/", ["shop.example"], "foreign_host"),
        ("https://shop.example@evil.com/", ["shop.example"], "credentials"),
        ("https://evil.com\\@shop.example/", ["shop.example"], "characters"),
        ("https://shop.example/a b", [], "characters"),
        ("https://shop.example/\nx", [], "characters"),
        ("javascript:alert(1)", [], "scheme"),
        ("//shop.example/", [], "scheme"),
        ("https:///path", [], "host"),
        ("https://[::1/", [], "host"),
        ("https://shop.example:99999/", [], "host"),
    ],
)
def test_destinations(url: str, domains: list[str], problem: str | None) -> None:
    assert problem_with(url, domains) == problem


@given(st.text(max_size=80))
def test_no_text_makes_the_check_of_a_destination_fail(url: str) -> None:
    assert problem_with(url, ["shop.example"]) is None or True
    if problem_with(url, ["shop.example"]) is None:
        assert url.lower().startswith(("http://", "https://"))


def test_codes_are_short_unique_and_plain() -> None:
    codes = list(coupon_candidates("Zoë Müller-Lüdenscheidt", "zoe", 1500))
    assert codes[0] == "ZOE15"
    assert len(codes) == len(set(codes)) > 500


@given(st.text(max_size=30), st.text(max_size=30), st.integers(0, 10_000))
def test_every_name_gives_a_code_of_plain_letters(name: str, handle: str, discount: int) -> None:
    first = next(iter(coupon_candidates(name, handle, discount)))
    assert first.isascii()
    assert first.isalnum()
    assert first == first.upper()
    assert 3 <= len(first) <= 17


def test_utm_words_keep_every_script() -> None:
    assert utm_parameters("douyin", "夏日 新品!", "@李")["utm_campaign"] == "夏日-新品"


# ---- merge fields ----


def test_fields_are_replaced_with_and_without_blanks() -> None:
    assert render("Hi {{creator}}, {{ brand }}!", {"creator": "Anna", "brand": "Luma"}) == "Hi Anna, Luma!"


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ("Hi {{creater}}", "unknown_field", "creater"),
        ("{{ settings.SECRET_KEY }}", "unknown_field", "settings.SECRET_KEY"),
        ("{{ creator|upper }}", "unknown_field", "creator|upper"),
        ("Hi {{creator", "unclosed", "{{creator"),
        ("Hi creator}}", "unclosed", "}}"),
        ("{{link}}", "no_value", "link"),
    ],
)
def test_what_cannot_be_filled_in_is_named(text: str, code: str, field: str) -> None:
    with pytest.raises(MergeError) as trouble:
        render(text, {"creator": "Anna"})
    assert (trouble.value.code, trouble.value.field) == (code, field)


def test_template_tags_are_text() -> None:
    assert render("{% load x %}{# c #} {{creator}}", {"creator": "{{brand}}"}) == "{% load x %}{# c #} {{brand}}"


@given(st.text(alphabet="{} abcreator\n", max_size=40))
def test_rendering_either_names_the_trouble_or_leaves_no_field(text: str) -> None:
    try:
        names = fields_of(text)
    except MergeError as trouble:
        assert trouble.code in {"unknown_field", "unclosed"}
    else:
        assert set(names) <= set(FIELDS)
        assert "{{" not in render(text, dict.fromkeys(FIELDS, "x"))


# ---- marks ----


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(-3, 45), st.integers(-3, 45)), max_size=6))
def test_pieces_join_to_the_text(text: str, spans: list[tuple[int, int]]) -> None:
    pieces = cut(text, spans)
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text for piece in pieces)


def test_overlapping_spans_share_pieces() -> None:
    assert [(piece.text, piece.marks) for piece in cut("abcdef", [(1, 4), (3, 5)])] == [
        ("a", ()),
        ("bc", (0,)),
        ("d", (0, 1)),
        ("e", (1,)),
        ("f", ()),
    ]
