"""Forms about where evidence comes from: shops, pixels, and the keys of machines."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from attribution.models import ConsentPolicy, Pixel, Shop, SourceKey
from campaigns.models import Brand
from kolhub.forms.people import currency_choices, timezone_choices
from kolhub.models import Membership

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})+", re.ASCII)
# A wider network than these would keep half of the shoppers apart as "own team".
_WIDEST = {4: 16, 6: 32}
MAX_NETWORKS = 50


def host_name(text: str) -> str:
    """Return the bare host of what somebody typed or pasted, in ASCII. Raises ValidationError."""
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", text.strip().lower()).split("/")[0].split("?")[0].rstrip(".")
    try:
        host = host.encode("idna").decode()
    except UnicodeError:
        host = ""
    if not _HOST.fullmatch(host) or len(host) > 253:
        raise ValidationError(_("Enter a domain such as shop.example.com."))
    return host


def read_networks(lines: list[str]) -> list[str]:
    """Return addresses and CIDR networks in their usual form. Raises ValidationError naming the line."""
    found: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not (text := line.strip()):
            continue
        try:
            network: IPv4Network | IPv6Network = ip_network(text, strict=False)
        except ValueError:
            raise ValidationError(
                _("Line %(line)d is no address or network such as 203.0.113.0/24."), params={"line": number}
            ) from None
        if network.prefixlen < _WIDEST[network.version]:
            raise ValidationError(
                _("Line %(line)d is too wide a network: shoppers would be in it."), params={"line": number}
            )
        if str(network) not in found:
            found.append(str(network))
    if len(found) > MAX_NETWORKS:
        raise ValidationError(_("These are more than %(most)d networks."), params={"most": MAX_NETWORKS})
    return found


class ShopForm(forms.ModelForm[Shop]):
    """A shop. Its brand is one of the organization's, or a new one by its name."""

    new_brand = forms.CharField(label=_("New brand"), max_length=120, required=False)
    currency = forms.ChoiceField(
        label=_("Currency"), choices=currency_choices, help_text=_("Orders may come in other currencies too.")
    )
    timezone = forms.ChoiceField(label=_("Time zone"), choices=timezone_choices)

    class Meta:
        model = Shop
        fields = ("brand", "new_brand", "name", "domain", "currency", "timezone")
        labels = {"brand": _("Brand"), "name": _("Name"), "domain": _("Domain")}
        help_texts = {"domain": _("Where shoppers buy, such as shop.example.com.")}

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.membership = membership
        brands = Brand.objects.visible_to(membership)
        brand = self.fields["brand"]
        assert isinstance(brand, forms.ModelChoiceField)
        brand.queryset, brand.required = brands, False
        organization = membership.organization
        if self.instance.pk:
            del self.fields["new_brand"]
            # Orders keep the brand they were made for: half of a shop's history cannot change hands.
            brand.disabled = self.instance.conversions.exists()
            brand.required = True
        elif not brands.exists():
            del self.fields["brand"]
            self.fields["new_brand"].label, self.fields["new_brand"].required = _("Brand"), True
        else:
            self.fields["new_brand"].help_text = _("Only if it is not among your brands yet.")
        if not self.instance.pk:
            self.initial["currency"], self.initial["timezone"] = organization.currency, organization.timezone
        for name, offered in (("currency", currency_choices()), ("timezone", timezone_choices())):
            # What was set by another door stays choosable.
            field, value = self.fields[name], self.initial.get(name)
            assert isinstance(field, forms.ChoiceField)
            if value and value not in dict(offered):
                field.choices = [(value, value), *offered]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if Shop.objects.visible_to(self.membership).filter(name=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("You have a shop of this name already."))
        return name

    def clean_new_brand(self) -> str:
        name: str = self.cleaned_data["new_brand"].strip()
        if name and Brand.objects.visible_to(self.membership).filter(name=name).exists():
            raise ValidationError(_("You have this brand already: choose it above."))
        return name

    def clean_domain(self) -> str:
        domain: str = self.cleaned_data["domain"]
        return host_name(domain) if domain.strip() else ""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        has_both = {"brand", "new_brand"} <= set(self.fields)
        if has_both and not self.errors and bool(cleaned.get("brand")) == bool(cleaned.get("new_brand")):
            self.add_error("brand", _("Choose a brand, or name a new one: one of the two."))
        return cleaned


class PixelForm(forms.ModelForm[Pixel]):
    """What a pixel does with visitors who gave no consent, and whose visits are the team's own."""

    consent_policy = forms.ChoiceField(
        label=_("Without consent"),
        choices=ConsentPolicy.choices,
        initial=ConsentPolicy.EU_STRICT,
        widget=forms.RadioSelect,
    )
    own_networks = forms.CharField(
        label=_("Your team's own networks"),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 3, "placeholder": "203.0.113.0/24"}),
        help_text=_("One address or network per line. Hits from there are kept apart and never count."),
    )

    class Meta:
        model = Pixel
        fields = ("consent_policy", "own_networks")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["own_networks"] = "\n".join(self.instance.own_networks)

    def clean_own_networks(self) -> list[str]:
        return read_networks(self.cleaned_data["own_networks"].splitlines())


class SecretForm(forms.Form):
    """A new secret for a source key: ours for a server, Shopify's own pasted."""

    secret = forms.CharField(
        label=_("Signing secret"),
        max_length=200,
        min_length=16,
        strip=True,
        # Never rendered back: after an error it is pasted again.
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
        help_text=_("In Shopify: Settings › Notifications › Webhooks, at the bottom of the page."),
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind != SourceKey.Kind.SHOPIFY:
            del self.fields["secret"]

    def clean_secret(self) -> str:
        secret: str = self.cleaned_data["secret"]
        if not secret.isascii() or not secret.isprintable() or " " in secret:
            raise ValidationError(_("A secret has no white space and no special characters: paste it once more."))
        return secret


class SourceKeyForm(SecretForm):
    """A new source key."""

    shop_domain = forms.CharField(
        label=_("Shopify domain"),
        max_length=253,
        required=False,
        help_text=_("Such as my-shop.myshopify.com. Deliveries of any other shop are refused. Empty: not checked."),
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, kind=kind, **kwargs)
        if kind != SourceKey.Kind.SHOPIFY:
            del self.fields["shop_domain"]

    def clean_shop_domain(self) -> str:
        domain: str = self.cleaned_data["shop_domain"]
        return host_name(domain) if domain.strip() else ""
