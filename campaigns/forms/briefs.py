"""Forms of brands, products and briefs, and of what is asked of a shortlist."""

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from campaigns.forms.fields import AmountField, CurrencyField, DateInput, MarketsField, major_units, set_amounts
from campaigns.matching.rankers import RANKERS, WeightedScore
from campaigns.models import Brand, Brief, Product
from campaigns.wording import shortlists as wording
from kolhub.models import Membership
from kolhub.platforms import PLATFORMS
from kolhub.roster.categories import CATEGORIES
from kolhub.templatetags.kolhub import category_label, language_label

# The languages that creators are looked for in; any other is typed into the brief's own words.
LANGUAGES = (
    "en", "zh", "ja", "ko", "es", "pt", "fr", "de", "it", "nl", "pl", "ru", "tr", "ar", "hi", "id", "ms", "th", "vi",
    "sv", "da", "nb",
)  # fmt: skip
_HOST = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


class _Capitals(forms.BaseForm):
    """A form whose labels begin with a capital, as Django gives those that come from a model."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.label = capfirst(field.label) if field.label else field.label


class LinesField(forms.CharField):
    """A list, one item per line; its clean value is a list without blanks and repetitions."""

    widget = forms.Textarea

    def __init__(self, *, max_items: int = 50, max_item_length: int = 120, **options: Any) -> None:
        super().__init__(**{"required": False, "widget": forms.Textarea(attrs={"rows": 3}), **options})
        self.max_items, self.max_item_length = max_items, max_item_length

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> Any:
        items = list(dict.fromkeys(filter(None, (line.strip() for line in super().clean(value).splitlines()))))
        if len(items) > self.max_items:
            raise ValidationError(_("At most %(count)d lines."), params={"count": self.max_items})
        for number, item in enumerate(items, start=1):
            if len(item) > self.max_item_length:
                told = {"line": number, "length": self.max_item_length}
                raise ValidationError(_("Line %(line)d is longer than %(length)d characters."), params=told)
        return items

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(super().has_changed(self.prepare_value(initial), data))


def host_of_line(line: str) -> str:
    """Return the host of a domain or an address as a person types it. Raises ValidationError that names the line."""
    try:
        host = urlsplit(line if "//" in line else f"//{line}").hostname or ""
        host = host.rstrip(".").encode("idna").decode().lower()
    except (ValueError, UnicodeError):
        host = ""
    if not _HOST.fullmatch(host):
        raise ValidationError(_("“%(line)s” is not a domain such as shop.example.com."), params={"line": line})
    return host


class BrandForm(_Capitals, forms.ModelForm[Brand]):
    """A brand: its name, its shops' domains, its own handles."""

    website = forms.URLField(label=_("website"), max_length=200, required=False, assume_scheme="https")
    domains = LinesField(
        label=_("shop domains"),
        help_text=_("One per line. Tracking links may lead to these hosts and those below them, and nowhere else."),
        max_item_length=300,
    )
    handles = LinesField(
        label=_("own handles"),
        help_text=_("One per line, as creators mention the brand: @yourbrand."),
    )

    class Meta:
        model = Brand
        fields = ("name", "website", "domains", "handles")

    def clean_domains(self) -> list[str]:
        return list(dict.fromkeys(host_of_line(line) for line in self.cleaned_data["domains"]))

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        same = Brand.objects.filter(organization_id=self.instance.organization_id, name=name)
        if same.exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("There is already a brand of this name."))
        return name


def category_choices() -> list[tuple[str, str]]:
    """Return the categories with their names in the reader's language."""
    return [(key, category_label(key)) for key in CATEGORIES]


def language_choices() -> list[tuple[str, str]]:
    """Return languages with their names in the reader's language."""
    return [(code, language_label(code)) for code in LANGUAGES]


class ProductForm(_Capitals, forms.ModelForm[Product]):
    """Something the brand sells, with its price and what it costs (a sample's cost is part of a campaign's)."""

    category = forms.ChoiceField(label=_("category"), required=False, choices=lambda: [("", "–"), *category_choices()])
    price = AmountField(label=_("price"), required=False)
    unit_cost = AmountField(label=_("unit cost"), required=False, help_text=_("What one piece costs you."))
    currency = CurrencyField()
    url = forms.URLField(label=_("link"), max_length=500, required=False, assume_scheme="https")

    class Meta:
        model = Product
        fields = ("name", "sku", "category", "currency", "url")

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("price", "unit_cost"):
            known = getattr(self.instance, f"{name}_minor")
            self.initial.setdefault(name, major_units(known, self.instance.currency))
            if not membership.may("money"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        sku = cleaned.get("sku", "")
        same = Product.objects.filter(brand_id=self.instance.brand_id, sku=sku).exclude(pk=self.instance.pk)
        if sku and same.exists():
            self.add_error("sku", _("Another product of this brand has this SKU."))
        if currency := cleaned.get("currency"):
            set_amounts(self, [name for name in ("price", "unit_cost") if name in self.fields], currency)
        return cleaned


class BriefForm(_Capitals, forms.ModelForm[Brief]):
    """What a brand looks for."""

    markets = MarketsField(required=False, help_text=_("Where the audience should be."))
    languages = forms.MultipleChoiceField(
        label=_("languages"), required=False, choices=language_choices, widget=forms.CheckboxSelectMultiple
    )
    categories = forms.MultipleChoiceField(
        label=_("categories"), required=False, choices=category_choices, widget=forms.CheckboxSelectMultiple
    )
    platforms = forms.MultipleChoiceField(
        label=_("platforms"),
        required=False,
        choices=[(platform.key, platform.label) for platform in PLATFORMS],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: any."),
    )
    budget = AmountField(label=_("budget"), required=False, help_text=_("For all creators of this brief together."))
    currency = CurrencyField()

    class Meta:
        model = Brief
        fields = (
            "title",
            "brand",
            "product",
            "goal",
            "text",
            "markets",
            "languages",
            "categories",
            "platforms",
            "min_followers",
            "max_followers",
            "currency",
            "target_roas",
            "starts_on",
            "ends_on",
            "must_not",
        )
        labels = {"brand": _("Brand"), "product": _("Product")}
        widgets = {
            "text": forms.Textarea(attrs={"rows": 5}),
            "must_not": forms.Textarea(attrs={"rows": 3}),
            "starts_on": DateInput,
            "ends_on": DateInput,
        }
        help_texts = {
            "text": _("In any language: product, topics, tone. Compared with what creators say of themselves."),
            "must_not": _("One word or phrase per line: competitors, topics. Creators who use it are left out."),
            "target_roas": _("Net revenue for each 1 spent."),
        }

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["brand"].queryset = Brand.objects.visible_to(membership)  # type: ignore[attr-defined]
        products = Product.objects.visible_to(membership).select_related("brand").order_by("brand__name", "name")
        self.fields["product"].queryset = products  # type: ignore[attr-defined]
        self.fields["product"].label_from_instance = lambda product: f"{product.brand} · {product}"  # type: ignore[attr-defined]
        for name in ("min_followers", "max_followers", "target_roas"):
            self.fields[name].widget.attrs["min"] = 0
        self.initial.setdefault("budget", major_units(self.instance.budget_minor, self.instance.currency))
        if not membership.may("money"):
            del self.fields["budget"]

    def clean_text(self) -> str:
        return self._not_longer("text", 20_000)

    def clean_must_not(self) -> str:
        text = self._not_longer("must_not", 4_000)
        if len(text.splitlines()) > 100:
            raise ValidationError(_("At most %(count)d lines."), params={"count": 100})
        return text

    def _not_longer(self, name: str, length: int) -> str:
        text: str = self.cleaned_data[name]
        if len(text) > length:
            raise ValidationError(_("At most %(length)d characters."), params={"length": length})
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        brand, product = cleaned.get("brand"), cleaned.get("product")
        if brand and product and product.brand_id != brand.pk:
            self.add_error("product", _("This product belongs to another brand."))
        for name in ("min_followers", "max_followers", "target_roas"):
            if (value := cleaned.get(name)) is not None and value < 0:
                self.add_error(name, _("Must not be negative."))
        low, high = cleaned.get("min_followers"), cleaned.get("max_followers")
        if low is not None and high is not None and high < low:
            self.add_error("max_followers", _("The most must not be less than the least."))
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("The end must not be before the start."))
        if (currency := cleaned.get("currency")) and "budget" in self.fields:
            set_amounts(self, ["budget"], currency)
        return cleaned


class DrawForm(_Capitals, forms.Form):
    """How a shortlist is to be drawn."""

    ranker = forms.ChoiceField(
        label=_("order by"),
        choices=lambda: [(ranker.key, wording.RANKERS[ranker.key]) for ranker in RANKERS],
        initial=WeightedScore.key,
    )
    categories = forms.ChoiceField(
        label=_("categories"),
        choices=[
            ("prefer", _("prefer those of the brief")),
            ("require", _("leave out those known to be in others")),
        ],
        initial="prefer",
    )


class ChoiceForm(forms.Form):
    """What a person decides about a candidate."""

    choice = forms.ChoiceField(choices=[("open", _("open")), ("picked", _("picked")), ("rejected", _("rejected"))])
    reason = forms.CharField(label=_("reason"), max_length=300, required=False)
