"""How values, form fields, page links and the navigation are shown. Built in: templates need no {% load %}."""

from decimal import Decimal
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.numbers import format_compact_decimal, format_decimal, format_percent
from django import forms, template
from django.core.paginator import Page
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms.boundfield import BoundField
from django.http import HttpRequest
from django.template.context import Context
from django.templatetags.static import static
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from kolhub import money as amounts
from kolhub.access import organizations_of, refusal
from kolhub.category_names import CATEGORY_NAMES
from kolhub.models import Membership, Organization, User
from kolhub.platforms import find_platform

register = template.Library()

NOTHING = "–"


def babel_locale() -> str:
    """Return Babel's name of the language that is switched on."""
    return "zh_Hans_CN" if (get_language() or "en").startswith("zh") else "en"


# ---- values ----


@register.filter
def money(amount_minor: float | None, currency: str) -> str:
    """Write minor units with their currency: `{{ fee_minor|money:currency }}`; parts of a unit are rounded."""
    if amount_minor is None:
        return NOTHING
    return amounts.written(round(amount_minor), currency or "USD", babel_locale())


@register.filter
def fine_money(amount_minor: float | None, currency: str) -> str:
    """Write what is often less than a minor unit (the cost of one view) with two digits more."""
    if amount_minor is None:
        return NOTHING
    return amounts.written_finely(amount_minor, currency or "USD", babel_locale())


@register.filter
def compact(number: Any) -> str:
    """Write a large number shortly: 1.2M, 120万."""
    if number is None or number == "":
        return NOTHING
    figure, locale = Decimal(str(number)), babel_locale()
    if abs(figure) < 10_000 and locale.startswith("zh"):
        return format_decimal(figure, locale=locale)
    return format_compact_decimal(figure, locale=locale, fraction_digits=1)


@register.filter
def percent(ratio: Any, digits: int = 1) -> str:
    """Write 0..1 as a percentage with up to `digits` decimals."""
    if ratio is None or ratio == "":
        return NOTHING
    return format_percent(ratio, format="#,##0." + "#" * int(digits) + "%", locale=babel_locale())


@register.filter
def country_name(code: str) -> str:
    """Name the country of an ISO 3166 code in the reader's language; the code itself where it is unknown."""
    if not code:
        return NOTHING
    return str(Locale.parse(babel_locale()).territories.get(code.upper(), code))


@register.filter
def language_label(code: str) -> str:
    """Name the language of a BCP 47 tag in the reader's language; the tag itself where it is unknown."""
    if not code:
        return NOTHING
    try:
        return Locale.parse(code.replace("-", "_")).get_display_name(babel_locale()) or code
    except (UnknownLocaleError, ValueError):
        return code


@register.filter
def platform_label(key: str) -> str:
    """Name the platform with this key."""
    try:
        return find_platform(key).label
    except LookupError:
        return key or NOTHING


@register.filter
def category_label(key: str) -> str:
    """Name the category with this key in the reader's language."""
    return str(CATEGORY_NAMES.get(key, key)) if key else NOTHING


@register.filter
def dictitem(mapping: dict[Any, Any], key: Any) -> Any:
    """Look a key up in a dict: templates cannot subscript by variable."""
    return mapping.get(key)


# ---- page furniture ----


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """Show a drawing of static/img/icons.svg; decoration only, so readers of the page skip it."""
    return format_html(
        '<svg class="icon {}" width="24" height="24" aria-hidden="true"><use href="{}#{}"></use></svg>',
        extra,
        static("img/icons.svg"),
        name,
    )


def _address(name: str, slug: str | None) -> str | None:
    try:
        return reverse(name, args=[slug] if slug else [])
    except NoReverseMatch:
        return None


def _may_open(address: str, membership: Membership) -> bool:
    return refusal(resolve(address).func, membership) is None


@register.inclusion_tag("_nav_item.html", takes_context=True)
def nav_item(context: Context, name: str, label: str, drawing: str = "") -> dict[str, Any]:
    """Show a link of the navigation, unless the route is not there or this member may not open it."""
    membership: Membership | None = context.get("membership")
    address = _address(name, membership.organization.slug if membership else None)
    if address is None or (membership is not None and not _may_open(address, membership)):
        return {"address": None}
    request: HttpRequest | None = context.get("request")
    path = request.path if request else ""
    home = name in {"kolhub:dashboard", "home"}
    return {
        "address": address,
        "label": label,
        "drawing": drawing,
        "is_active": path == address or (not home and path.startswith(address)),
    }


@register.simple_tag(takes_context=True)
def address_of(context: Context, name: str) -> str:
    """Return a route's address in this organization, or "" where there is none or this member may not open it."""
    membership: Membership | None = context.get("membership")
    if membership is None:
        return ""
    address = _address(name, membership.organization.slug)
    return address if address is not None and _may_open(address, membership) else ""


@register.simple_tag(takes_context=True)
def may(context: Context, verb: str) -> bool:
    """Say whether the member may: `{% may 'work' as may_work %}`."""
    membership: Membership | None = context.get("membership")
    return membership is not None and membership.may(verb)


@register.simple_tag(takes_context=True)
def my_organizations(context: Context) -> list[Organization]:
    """Return the organizations that the user is a member of."""
    request: HttpRequest | None = context.get("request")
    user = getattr(request, "user", None)
    return organizations_of(user) if isinstance(user, User) else []


@register.inclusion_tag("_page_links.html", takes_context=True)
def page_links(context: Context, page_obj: Page[Any]) -> dict[str, Any]:
    """Show the links to a list's other pages; the query string's other parameters stay."""
    request: HttpRequest | None = context.get("request")
    query = request.GET.copy() if request else None
    if query is not None:
        query.pop("page", None)
    return {
        "page_obj": page_obj,
        "numbers": page_obj.paginator.get_elided_page_range(page_obj.number, on_each_side=1, on_ends=1),
        "ellipsis": page_obj.paginator.ELLIPSIS,
        "query": f"&{query.urlencode()}" if query else "",
    }


# ---- forms ----

_CHOICES = (forms.RadioSelect, forms.CheckboxSelectMultiple)


def _widget_class(widget: forms.Widget) -> str:
    if isinstance(widget, (*_CHOICES, forms.CheckboxInput)):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"


def _plain_blank(field: forms.Field) -> None:
    """Show the choice of nothing as a dash, not as Django's row of hyphens."""
    if isinstance(field, forms.ModelChoiceField):
        if field.empty_label == BLANK_CHOICE_DASH[0][1]:
            field.empty_label = NOTHING
    elif isinstance(field, forms.ChoiceField) and isinstance(field.widget, forms.Select):
        blank = BLANK_CHOICE_DASH[0]
        field.widget.choices = [("", NOTHING) if choice == blank else choice for choice in field.widget.choices]


def _control(bound: BoundField) -> SafeString:
    widget = bound.field.widget
    _plain_blank(bound.field)
    described = [f"{bound.auto_id}_error"] if bound.errors else []
    described += [f"{bound.auto_id}_help"] if bound.help_text else []
    classes = [widget.attrs.get("class", ""), _widget_class(widget), "is-invalid" if bound.errors else ""]
    attributes: dict[str, Any] = {"class": " ".join(filter(None, classes))}
    if described:
        attributes["aria-describedby"] = " ".join(described)
    return bound.as_widget(attrs=attributes)


@register.inclusion_tag("_field.html")
def field(bound: BoundField, extra: str = "", unlabeled: bool = False) -> dict[str, Any]:
    """Show a form field with its label, errors and help: `{% field form.name %}`."""
    widget = bound.field.widget
    kind = "check" if isinstance(widget, forms.CheckboxInput) else "input"
    if isinstance(widget, _CHOICES):
        kind, widget.attrs["class"] = "choices", "form-check-input"
    return {
        "field": bound,
        "kind": kind,
        "control": "" if kind == "choices" else _control(bound),
        "options": list(bound) if kind == "choices" else [],
        # Tick boxes are a kind of radio buttons to Django.
        "stacked": isinstance(widget, forms.RadioSelect) and not isinstance(widget, forms.CheckboxSelectMultiple),
        "extra": extra,
        "unlabeled": unlabeled,
    }


@register.inclusion_tag("_fields.html")
def fields(form: forms.BaseForm) -> dict[str, Any]:
    """Show all of a form's fields, with the errors that belong to none of them."""
    return {"form": form}


@register.inclusion_tag("_form_errors.html")
def form_errors(form: forms.BaseForm) -> dict[str, Any]:
    """Show what is wrong with a form as a whole, hidden fields included."""
    problems = list(form.non_field_errors())
    for hidden in form.hidden_fields():
        problems += [f"{hidden.label}: {error}" for error in hidden.errors]
    return {"problems": problems}
