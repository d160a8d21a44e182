"""Fields and choices that the catalog's forms share."""

from datetime import date, timedelta
from typing import Any, Final

from babel import Locale
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kolhub.platforms import PLATFORMS
from kolhub.roster import CATEGORIES
from kolhub.roster.numbers import read_number
from kolhub.templatetags.kolhub import babel_locale, category_label, language_label

Choices = list[tuple[str, Any]]

LANGUAGES: Final = (
    "en", "zh", "yue", "ja", "ko", "es", "pt", "fr", "de", "it", "nl", "pl", "ru", "tr", "ar", "hi", "id", "ms", "th",
    "vi", "fil", "sv", "da", "nb",
)  # fmt: skip
# Territories of CLDR that are no country anybody lives in.
_NO_COUNTRY: Final = {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"}


def country_choices() -> Choices:
    """Return all countries by their names in the reader's language."""
    territories = Locale.parse(babel_locale()).territories
    known = [(code, name) for code, name in territories.items() if len(code) == 2 and code.isalpha()]
    return sorted((pair for pair in known if pair[0] not in _NO_COUNTRY), key=lambda pair: pair[1])


def platform_choices() -> Choices:
    """Return the platforms in the order of the registry."""
    return [(platform.key, platform.label) for platform in PLATFORMS]


def category_choices() -> Choices:
    """Return the categories with their names in the reader's language."""
    return [(key, category_label(key)) for key in CATEGORIES]


def language_choices() -> Choices:
    """Return common languages with their names in the reader's language."""
    return [(code, language_label(code)) for code in LANGUAGES]


def or_any(choices: Any, label: Any = "–") -> Any:
    """Return a callable that puts the empty choice in front."""
    return lambda: [("", label), *(choices() if callable(choices) else choices)]


class CountField(forms.CharField):
    """A whole number as people type it: 45300, 45,300, 4.53w, 1.2M. Its clean value is an int or None."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 40, "required": False, "strip": True, **options})
        self.widget.attrs["inputmode"] = "decimal"

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        number = read_number(text, ".").value
        if number is None or number != int(number) or number > 10**15:
            raise ValidationError(_("“%(text)s” is not a whole number."), params={"text": text})
        return int(number)


class ShareField(forms.DecimalField):
    """A share typed in percent; its clean value is a share of one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": 100, "decimal_places": 4, "required": False, **options})

    def clean(self, value: Any) -> Any:
        percent = super().clean(value)
        return None if percent is None else float(percent / 100)

    def prepare_value(self, value: Any) -> Any:
        return f"{value * 100:.6g}" if isinstance(value, float) else value


class DateInput(forms.DateInput):
    """The browser's own date picker, which wants ISO dates in every language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day on which something was so: not in the future (a day's grace for the time zones ahead of us)."""

    widget = DateInput

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is not None and not date(2000, 1, 1) <= day <= date.today() + timedelta(days=1):
            raise ValidationError(_("This day lies in the future, or before 2000."))
        return day


class WordsField(forms.CharField):
    """Words parted by commas; its clean value is a list without blanks and repetitions."""

    def __init__(self, *, most: int = 30, longest: int = 40, **options: Any) -> None:
        self.most, self.longest = most, longest
        super().__init__(**{"required": False, **options})

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value) or "")
        for mark in "，、;；\n":
            text = text.replace(mark, ",")
        words = list(dict.fromkeys(filter(None, (" ".join(word.split()) for word in text.split(",")))))
        if len(words) > self.most:
            raise ValidationError(_("At most %(most)s words."), params={"most": self.most})
        if longest := next((word for word in words if len(word) > self.longest), None):
            raise ValidationError(
                _("“%(word)s…” is longer than %(most)s characters."),
                params={"word": longest[:20], "most": self.longest},
            )
        return words
