"""Chinese is complete: every visible sentence of the code has its translation, with the same placeholders."""

import re

import pytest

from kolhub import messages

PLACEHOLDERS = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|</?\w+[^>]*>")


def test_nothing_is_left_untranslated() -> None:
    missing = messages.untranslated()
    assert not missing, "run manage.py translations, then translate:\n" + "\n".join(missing)


def test_translations_keep_their_placeholders() -> None:
    wrong = []
    for message in messages.read_catalogue():
        if not message.id or not message.string:
            continue
        english = message.id if isinstance(message.id, str) else message.id[1]
        chinese = message.string if isinstance(message.string, str) else message.string[0]
        if set(PLACEHOLDERS.findall(english)) != set(PLACEHOLDERS.findall(chinese)):
            wrong.append(f"{english!r} → {chinese!r}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("{% translate 'Orders' %}", "Orders"),
        ("{% nav_item 'x' _('Briefs') %}", "Briefs"),
        ("{% blocktranslate with a=b %}Hello {{ a }}{% endblocktranslate %}", "Hello %(a)s"),
        ("{% blocktranslate count n=x %}{{ n }} hit{% plural %}{{ n }} hits{% endblocktranslate %}", "%(n)s hit"),
    ],
)
def test_messages_of_templates_are_found(tmp_path: object, source: str, found: str) -> None:
    file = tmp_path / "page.html"  # type: ignore[operator]
    file.write_text(source)
    first = next(messages.messages_of(file))[0]
    assert (first if isinstance(first, str) else first[0]) == found
