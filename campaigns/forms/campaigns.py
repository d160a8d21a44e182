"""Forms about campaigns and about where their collaborations stand."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaigns.destinations import problem_with
from campaigns.forms.fields import AmountField, CurrencyField, DateInput, MarketsField, major_units, set_amounts
from campaigns.models import Brand, Brief, Campaign, Collaboration, Stage
from kolhub.models import Creator, Membership, User

# Keys of the attribution wing's registry, which this wing may not import; a test there compares the two.
PAY_MODELS = (
    ("last_non_direct", _("Last creator touch")),
    ("last", _("Last touch")),
    ("first", _("First touch")),
    ("linear", _("Linear")),
    ("position", _("Position based")),
    ("time_decay", _("Time decay")),
    ("coupon_weighted", _("Coupon weighted")),
    ("markov", _("Markov chain")),
    ("shapley", _("Shapley value")),
    ("ordered_shapley", _("Ordered Shapley value")),
)

DESTINATION_PROBLEMS = {
    "scheme": _("The link must begin with http:// or https://."),
    "host": _("The link has no valid host name."),
    "credentials": _("The link must not carry a user name or password."),
    "characters": _("The link contains blanks or other characters that a link cannot have."),
    "foreign_host": _("The link's host is not one of the brand's own domains: %(domains)s."),
}


def destination_error(url: str, domains: list[str]) -> ValidationError | None:
    """Say in a sentence why a link must not lead there."""
    code = problem_with(url, domains)
    if code is None:
        return None
    return ValidationError(DESTINATION_PROBLEMS[code], code=code, params={"domains": ", ".join(domains)})


def colleagues(membership: Membership) -> Any:
    """Return the active members of the organization: who can own a piece of work."""
    return User.objects.filter(
        memberships__organization_id=membership.organization_id, memberships__ended_at=None
    ).order_by("name", "email")


class CampaignForm(forms.ModelForm[Campaign]):
    """A campaign's frame: brand, markets, dates, budget, landing page and attribution policy."""

    markets = MarketsField(help_text=_("Whose disclosure rules apply: where the audience is."))
    budget = AmountField(label=_("Budget"), required=False)
    currency = CurrencyField()
    pay_attributor = forms.ChoiceField(choices=PAY_MODELS, label=_("Attribution model used for pay"))

    class Meta:
        model = Campaign
        fields = (
            "name",
            "brand",
            "brief",
            "state",
            "markets",
            "landing_url",
            "currency",
            "starts_on",
            "ends_on",
            "click_window_days",
            "view_window_days",
            "coupon_first",
            "pay_attributor",
        )
        widgets = {"starts_on": DateInput, "ends_on": DateInput}
        labels = {"brand": _("Brand"), "brief": _("Brief")}
        help_texts = {
            "landing_url": _("Where the creators' links lead: a page of the brand's own shop."),
            "click_window_days": _("A click counts for orders up to this many days later (1 to 365)."),
            "view_window_days": _("A view counts for orders up to this many days later (0 to 90)."),
        }

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["brand"].queryset = Brand.objects.visible_to(membership)  # type: ignore[attr-defined]
        self.fields["brief"].queryset = Brief.objects.visible_to(membership)  # type: ignore[attr-defined]
        self.fields["landing_url"] = forms.URLField(
            label=_("Landing page"),
            max_length=1000,
            assume_scheme="https",
            help_text=self.Meta.help_texts["landing_url"],
        )
        self.initial.setdefault("budget", major_units(self.instance.budget_minor, self.instance.currency))
        if self.instance.pk and self.instance.collaborations.exists():
            # Its coupons and links are that brand's.
            self.fields["brand"].disabled = True
        if not membership.may("money"):
            del self.fields["budget"]
        self.membership = membership

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("The campaign must not end before it starts."))
        for name, low, high in (("click_window_days", 1, 365), ("view_window_days", 0, 90)):
            days = cleaned.get(name)
            if days is not None and not low <= days <= high:
                self.add_error(name, _("From %(low)d to %(high)d days.") % {"low": low, "high": high})
        brand, url = cleaned.get("brand"), cleaned.get("landing_url")
        if brand and url and (trouble := destination_error(url, brand.domains)):
            self.add_error("landing_url", trouble)
        others = Campaign.objects.visible_to(self.membership).exclude(pk=self.instance.pk)
        if cleaned.get("name") and others.filter(name=cleaned["name"]).exists():
            self.add_error("name", _("There is already a campaign of this name."))
        if "budget" in self.fields and cleaned.get("currency"):
            set_amounts(self, ["budget"], cleaned["currency"])
        return cleaned


class AddCreatorForm(forms.Form):
    """Take one more creator of the catalog into the campaign."""

    creator = forms.ModelChoiceField(queryset=Creator.objects.none(), label=_("Creator"))

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["creator"].queryset = Creator.objects.visible_to(membership)  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    """Another stage for a collaboration."""

    stage = forms.ChoiceField(choices=Stage.choices, label=_("Stage"))


class PlanForm(forms.ModelForm[Collaboration]):
    """Who does what next, and until when."""

    class Meta:
        model = Collaboration
        fields = ("owner", "due_on", "next_action", "follow_up_on")
        labels = {"owner": _("In charge")}
        widgets = {"due_on": DateInput, "follow_up_on": DateInput}

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = colleagues(membership)  # type: ignore[attr-defined]


class BulkForm(forms.Form):
    """A new owner or due date for several collaborations at once; what is left empty stays."""

    chosen = forms.ModelMultipleChoiceField(queryset=Collaboration.objects.none(), label=_("Collaborations"))
    owner = forms.ModelChoiceField(queryset=User.objects.none(), required=False, label=_("In charge"))
    due_on = forms.DateField(required=False, widget=DateInput, label=_("Due"))

    def __init__(self, *args: Any, membership: Membership, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        visible = Collaboration.objects.visible_to(membership).filter(campaign=campaign)
        self.fields["chosen"].queryset = visible  # type: ignore[attr-defined]
        self.fields["owner"].queryset = colleagues(membership)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("owner") and not cleaned.get("due_on") and not self.errors:
            raise ValidationError(_("Choose an owner or a due date."))
        return cleaned


class BoardFilter(forms.Form):
    """What the board and the table show."""

    owner = forms.ModelChoiceField(
        queryset=User.objects.none(), required=False, label=_("In charge"), empty_label=_("anyone")
    )
    stage = forms.ChoiceField(required=False, label=_("Stage"))
    overdue = forms.BooleanField(required=False, label=_("Overdue only"))

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = colleagues(membership)  # type: ignore[attr-defined]
        self.fields["stage"].choices = [("", _("any")), *Stage.choices]  # type: ignore[attr-defined]
