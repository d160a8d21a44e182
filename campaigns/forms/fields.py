"""Fields that several forms share: money in major units, shares in percent, markets, currencies."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from babel import Locale
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaigns.compliance.packs import PACKS
from kolhub.money import CURRENCIES, minor_digits, to_major, to_minor
from kolhub.templatetags.kolhub import babel_locale

# Where a campaign can run: the markets whose disclosure rules KolHub knows. The Union is no market of its own.
MARKETS = tuple(pack for pack in PACKS if pack != "EU")


def _locale() -> Locale:
    return Locale.parse(babel_locale())


def market_choices() -> list[tuple[str, str]]:
    """Return the markets with their names in the reader's language."""
    territories = _locale().territories
    return [(code, f"{territories.get(code, code)} ({code})") for code in MARKETS]


def currency_choices() -> list[tuple[str, str]]:
    """Return the common currencies with their names in the reader's language."""
    names = _locale().currencies
    return [(code, f"{code} – {names.get(code, code)}") for code in CURRENCIES]


def minor_units(amount: Decimal, currency: str) -> int:
    """Return an amount of major units in minor ones. Raises ValidationError for more decimals than there are."""
    try:
        return to_minor(amount, currency)
    except ValueError:
        raise ValidationError(
            _("%(currency)s has %(digits)d decimals; the amount has more."),
            code="decimals",
            params={"currency": currency, "digits": minor_digits(currency)},
        ) from None


def major_units(amount_minor: int | None, currency: str) -> Decimal | None:
    """Return minor units as the decimal that a form shows."""
    return None if amount_minor is None else to_major(amount_minor, currency)


class AmountField(forms.DecimalField):
    """An amount in major units, zero or more; the form turns it into minor units with its currency."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": Decimal(10) ** 12, "decimal_places": 3, **options})


class PercentField(forms.DecimalField):
    """A share typed in percent; its clean value is in hundredths of a percent (12.5 → 1250)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": 100, "decimal_places": 2, **options})

    def clean(self, value: Any) -> Any:
        percent = super().clean(value)
        return 0 if percent is None else int(percent * 100)

    def prepare_value(self, value: Any) -> Any:
        return Decimal(value) / 100 if isinstance(value, int) else value


class MarketsField(forms.MultipleChoiceField):
    """Some of the known markets, as tick boxes."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"choices": market_choices, "label": _("Markets"), **options})


class CurrencyField(forms.ChoiceField):
    """One of the common ISO 4217 codes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"choices": currency_choices, "label": _("Currency"), **options})


class DateInput(forms.DateInput):
    """The browser's own date picker, which wants ISO dates in every language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


def set_amounts(form: forms.ModelForm[Any], names: Iterable[str], currency: str) -> None:
    """Write the form's amounts, as minor units, to the record's `<name>_minor` fields; errors land on the field."""
    for name in names:
        amount = form.cleaned_data.get(name)
        try:
            setattr(form.instance, f"{name}_minor", None if amount is None else minor_units(amount, currency))
        except ValidationError as trouble:
            form.add_error(name, trouble)
