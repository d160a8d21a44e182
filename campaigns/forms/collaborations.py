"""Forms on a collaboration's page: contacts, outreach, terms, shipments, links and coupons."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaigns.forms.campaigns import destination_error
from campaigns.forms.fields import (
    AmountField,
    CurrencyField,
    DateInput,
    PercentField,
    major_units,
    minor_units,
    set_amounts,
)
from campaigns.merge import FIELDS, MergeError, fields_of
from campaigns.models import (
    AgencyTerms,
    Collaboration,
    CollaborationNote,
    Contract,
    Coupon,
    Deliverable,
    OutreachTemplate,
    Product,
    Shipment,
    TrackingLink,
)
from campaigns.terms import DeliverableLine, Terms
from kolhub.models import Contact, Membership
from kolhub.platforms import PLATFORMS

LANGUAGES = (("en", "English"), ("zh-hans", "中文"))
PLATFORM_CHOICES = [(platform.key, platform.label) for platform in PLATFORMS]

MERGE_PROBLEMS = {
    "unknown_field": _("There is no merge field {{%(field)s}}. There are: %(known)s."),
    "no_value": _("{{%(field)s}} has no value here yet."),
    "unclosed": _("A merge field is not closed near “%(field)s”: write {{creator}} with two braces on each side."),
}

TERMS_PROBLEMS = {
    "no_deliverables": _("Name at least one deliverable."),
    "quantity": _("A quantity is a number from 1 to 100."),
    "negative": _("An amount must not be negative."),
    "share": _("A share is a percentage from 0 to 100."),
    "before_start": _("The end must come after the start."),
    "after_campaign": _("The campaign ends on %(ends_on)s, before these terms start."),
    "code_taken": _("The code %(code)s already belongs to another creator in that time."),
    "no_code_left": _("No free coupon code was found for this creator: type one."),
    "same_creator": _("The code already belongs to this creator."),
    "already_ended": _("The code has already ended at that moment."),
    "scheme": _("The campaign's landing page is not a web address: %(url)s."),
    "host": _("The campaign's landing page has no valid host: %(url)s."),
    "credentials": _("The campaign's landing page must not carry a user name or password."),
    "characters": _("The campaign's landing page contains characters that a link cannot have."),
    "foreign_host": _("The campaign's landing page is not on one of the brand's own domains: %(url)s."),
}


def merge_error(trouble: MergeError) -> ValidationError:
    """Say in a sentence what is wrong with a message's merge fields."""
    known = ", ".join(f"{{{{{name}}}}}" for name in FIELDS)
    return ValidationError(
        MERGE_PROBLEMS[trouble.code], code=trouble.code, params={"field": trouble.field, "known": known}
    )


# ---- contacts and outreach ----


class ContactForm(forms.ModelForm[Contact]):
    """A way to reach the creator."""

    class Meta:
        model = Contact
        fields = ("kind", "value", "person", "language")


class DoNotContactForm(forms.Form):
    """Why nobody here may write to the creator any more."""

    reason = forms.CharField(max_length=300, required=False, label=_("Reason"))


class TemplateForm(forms.ModelForm[OutreachTemplate]):
    """A message with merge fields, in one language."""

    language = forms.ChoiceField(choices=LANGUAGES, label=_("Language"))

    class Meta:
        model = OutreachTemplate
        fields = ("name", "language", "subject", "body")
        widgets = {"body": forms.Textarea(attrs={"rows": 14})}

    def clean_subject(self) -> str:
        return self._checked("subject")

    def clean_body(self) -> str:
        return self._checked("body")

    def _checked(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        try:
            fields_of(text)
        except MergeError as trouble:
            raise merge_error(trouble) from None
        return text


class MessageForm(forms.Form):
    """An e-mail to the creator, merge fields still in it."""

    recipient = forms.EmailField(label=_("To"), max_length=200)
    language = forms.ChoiceField(choices=LANGUAGES, label=_("Language"))
    subject = forms.CharField(max_length=200, label=_("Subject"))
    body = forms.CharField(widget=forms.Textarea(attrs={"rows": 12}), label=_("Message"), max_length=20_000)
    follow_up_on = forms.DateField(required=False, widget=DateInput, label=_("Follow up on"))


class LogForm(forms.Form):
    """A message that was sent elsewhere and is only written down here."""

    CHANNELS = (("wechat", _("WeChat")), ("whatsapp", _("WhatsApp")), ("phone", _("Phone")), ("other", _("Other")))

    channel = forms.ChoiceField(choices=CHANNELS, label=_("Channel"))
    recipient = forms.CharField(max_length=200, required=False, label=_("To"))
    body = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=20_000, label=_("What was said"))
    follow_up_on = forms.DateField(required=False, widget=DateInput, label=_("Follow up on"))


class NoteForm(forms.ModelForm[CollaborationNote]):
    """A note that only one's own organization reads."""

    class Meta:
        model = CollaborationNote
        fields = ("text",)
        widgets = {"text": forms.Textarea(attrs={"rows": 2})}


# ---- terms ----


class LineForm(forms.Form):
    """So many pieces of one kind."""

    platform = forms.ChoiceField(choices=PLATFORM_CHOICES, label=_("Platform"))
    kind = forms.ChoiceField(choices=Deliverable.Kind.choices, label=_("Kind"))
    quantity = forms.IntegerField(min_value=1, max_value=100, label=_("Quantity"), required=False)
    due_on = forms.DateField(required=False, widget=DateInput, label=_("Due"))


LineFormSet = forms.formset_factory(LineForm, extra=2, max_num=20, absolute_max=30)


class TermsForm(forms.Form):
    """What both sides agree to. The deliverables are a form set beside it."""

    fee = AmountField(label=_("Fee"), initial=0)
    currency = CurrencyField()
    commission = PercentField(label=_("Commission, %"), initial=0, help_text=_("Of the net revenue credited for pay."))
    starts_on = forms.DateField(widget=DateInput, label=_("From"))
    ends_on = forms.DateField(widget=DateInput, label=_("Until"), required=False)
    usage_rights = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}), required=False, label=_("Usage rights"), max_length=4000
    )
    exclusivity = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}), required=False, label=_("Exclusivity"), max_length=4000
    )
    ad_code = forms.CharField(max_length=200, required=False, label=_("Ad code"))
    ad_code_expires_on = forms.DateField(widget=DateInput, required=False, label=_("Ad code expires on"))
    with_link = forms.BooleanField(required=False, initial=True, label=_("Make a tracking link"))
    with_coupon = forms.BooleanField(required=False, initial=True, label=_("Make a coupon"))
    discount = PercentField(label=_("Coupon's discount, %"), initial=1000, required=False)
    coupon_code = forms.CharField(
        max_length=40, required=False, label=_("Coupon code"), help_text=_("Left empty, it is made from the name.")
    )

    def __init__(self, *args: Any, collaboration: Collaboration, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if collaboration.coupons.exists():
            for name in ("with_coupon", "discount", "coupon_code"):
                del self.fields[name]
        if collaboration.links.exists():
            del self.fields["with_link"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("fee") is not None and cleaned.get("currency"):
            try:
                cleaned["fee_minor"] = minor_units(cleaned["fee"], cleaned["currency"])
            except ValidationError as trouble:
                self.add_error("fee", trouble)
        if " " in cleaned.get("coupon_code", ""):
            self.add_error("coupon_code", _("A coupon code must not contain blanks."))
        return cleaned

    def terms(self, lines: list[dict[str, Any]]) -> Terms:
        """Return the clean values as terms; lines without a quantity are left out."""
        given = self.cleaned_data
        return Terms(
            deliverables=tuple(
                DeliverableLine(line["platform"], line["kind"], line["quantity"], line.get("due_on"))
                for line in lines
                if line.get("quantity")
            ),
            currency=given["currency"],
            starts_on=given["starts_on"],
            ends_on=given["ends_on"],
            fee_minor=given["fee_minor"],
            commission_bps=given["commission"],
            usage_rights=given["usage_rights"],
            exclusivity=given["exclusivity"],
            ad_code=given["ad_code"],
            ad_code_expires_on=given["ad_code_expires_on"],
            with_link=given.get("with_link", True),
            with_coupon=given.get("with_coupon", True),
            discount_bps=given.get("discount", 0),
            coupon_code=given.get("coupon_code", ""),
        )


def terms_initial(
    collaboration: Collaboration, contract: Contract | None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what the terms form and its lines begin with: the newest version, else the campaign's frame."""
    if contract is None:
        campaign = collaboration.campaign
        first = {"platform": collaboration.platform, "kind": Deliverable.Kind.REVIEW, "quantity": 1}
        frame = {"currency": campaign.currency, "starts_on": campaign.starts_on, "ends_on": campaign.ends_on}
        return frame, [first]
    names = ("currency", "starts_on", "ends_on", "usage_rights", "exclusivity", "ad_code", "ad_code_expires_on")
    initial = {name: getattr(contract, name) for name in names}
    initial["fee"] = major_units(contract.fee_minor, contract.currency)
    initial["commission"] = contract.commission_bps
    return initial, list(contract.deliverables)


class AgencyTermsForm(forms.ModelForm[AgencyTerms]):
    """What the agency pays its creator; brands never see it."""

    buy_price = AmountField(label=_("Buy price"))
    currency = CurrencyField()
    rebate_bps = PercentField(label=_("Rebate, %"), required=False)

    class Meta:
        model = AgencyTerms
        fields = ("currency", "rebate_bps")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["buy_price"] = major_units(self.instance.buy_price_minor, self.instance.currency or "USD")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("currency") and cleaned.get("buy_price") is not None:
            set_amounts(self, ["buy_price"], cleaned["currency"])
        return cleaned


# ---- shipments, links, coupons ----


class ShipmentForm(forms.ModelForm[Shipment]):
    """A sample on its way to the creator."""

    unit_cost = AmountField(label=_("Unit cost"), initial=0)
    freight = AmountField(label=_("Freight"), initial=0)
    currency = CurrencyField()

    class Meta:
        model = Shipment
        fields = (
            "product",
            "sku",
            "quantity",
            "currency",
            "carrier",
            "tracking_number",
            "shipped_on",
            "received_on",
        )
        labels = {"product": _("Product")}
        widgets = {"shipped_on": DateInput, "received_on": DateInput}

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = Product.objects.visible_to(membership)  # type: ignore[attr-defined]
        self.fields["quantity"].widget.attrs["min"] = 1
        if self.instance.pk:
            for name in ("unit_cost", "freight"):
                self.initial[name] = major_units(getattr(self.instance, f"{name}_minor"), self.instance.currency)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("quantity") == 0:
            self.add_error("quantity", _("At least one piece."))
        shipped, received = cleaned.get("shipped_on"), cleaned.get("received_on")
        if shipped and received and received < shipped:
            self.add_error("received_on", _("It cannot arrive before it was shipped."))
        if cleaned.get("currency"):
            set_amounts(self, ["unit_cost", "freight"], cleaned["currency"])
        return cleaned


class LinkForm(forms.ModelForm[TrackingLink]):
    """Where a link leads, and until when its clicks count."""

    destination = forms.URLField(label=_("Destination"), max_length=2000, assume_scheme="https")

    class Meta:
        model = TrackingLink
        fields = ("label", "ends_at")
        widgets = {"ends_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")}

    def clean_destination(self) -> str:
        url: str = self.cleaned_data["destination"]
        if trouble := destination_error(url, self.instance.collaboration.campaign.brand.domains):
            raise trouble
        return url


class CouponForm(forms.Form):
    """The end of a code, or its hand-over to another creator."""

    at = forms.DateTimeField(
        label=_("From this moment (UTC)"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    to = forms.ModelChoiceField(
        queryset=Collaboration.objects.none(),
        required=False,
        label=_("Hand over to"),
        help_text=_("Left empty, the code simply ends."),
    )

    def __init__(self, *args: Any, coupon: Coupon, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = (  # type: ignore[attr-defined]
            Collaboration.objects.visible_to(membership)
            .filter(campaign__brand=coupon.brand_id)
            .exclude(pk=coupon.collaboration_id)
            .order_by("creator_name")
        )
