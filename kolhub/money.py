"""Minor units and their currencies."""

from decimal import Decimal, InvalidOperation

from babel.numbers import format_currency

from kolhub.roster.money import minor_digits

__all__ = ["CURRENCIES", "minor_digits", "to_major", "to_minor", "written"]

# What forms offer first; any ISO 4217 code is accepted where a form takes text.
CURRENCIES: tuple[str, ...] = (
    "USD", "EUR", "GBP", "CNY", "JPY", "KRW", "BRL", "AUD", "CAD", "CHF", "DKK", "HKD", "IDR", "INR", "MXN", "MYR",
    "NOK", "NZD", "PHP", "PLN", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "AED", "VND", "ZAR", "KWD",
)  # fmt: skip


def to_major(amount_minor: int, currency: str) -> Decimal:
    """Return the amount in the currency's main unit, exactly."""
    return Decimal(amount_minor).scaleb(-minor_digits(currency))


def to_minor(amount: Decimal | str, currency: str) -> int:
    """Return whole minor units; ValueError where the amount has more decimals than the currency, or is no number."""
    try:
        minor = Decimal(amount).scaleb(minor_digits(currency))
    except InvalidOperation as trouble:
        raise ValueError(f"{amount!r} is not a number") from trouble
    if not minor.is_finite() or minor != minor.to_integral_value():
        raise ValueError(f"{currency} has {minor_digits(currency)} decimals, not those of {amount}")
    return int(minor)


def written(amount_minor: int, currency: str, locale: str) -> str:
    """Write the amount with its currency the way the locale (Babel's: "en", "zh_Hans_CN") does."""
    return format_currency(to_major(amount_minor, currency), currency, locale=locale)


def written_finely(amount_minor: float, currency: str, locale: str) -> str:
    """Write the amount with two decimals more than the currency has."""
    digits = minor_digits(currency)
    amount = Decimal(str(amount_minor)) / 10**digits
    form = f"¤#,##0.{'0' * (digits + 2)}"
    return format_currency(amount, currency, form, locale=locale, currency_digits=False)
