"""Forms about creators: the filter, the person, profiles, prices, contacts, credentials, segments."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kolhub.catalog import OWN, SORTS, UNKNOWN, CreatorFilter
from kolhub.creators import MOST_TAGS
from kolhub.forms.fields import (
    CountField,
    DayField,
    ShareField,
    WordsField,
    category_choices,
    country_choices,
    language_choices,
    or_any,
    platform_choices,
)
from kolhub.forms.people import currency_choices
from kolhub.models import Contact, Creator, Credential, Profile, Segment
from kolhub.money import minor_digits, to_minor
from kolhub.platforms import find_platform
from kolhub.roster import Problem
from kolhub.roster.wording import PRICE_FORMATS, sentence
from kolhub.templatetags.kolhub import country_name, language_label

WRONG = {
    "unknown_choice": _("This is not one of the choices."),
    "not_a_number": _("Write a whole number, such as 10000, 10k or 1.2w."),
    "not_a_share": _("Write a percentage between 0 and 100."),
    "out_of_order": _("This is less than the smallest number asked for."),
    "too_long": _("This is too long."),
}
ORDERS = {
    "followers": _("Followers"),
    "engagement": _("Engagement"),
    "name": _("Name"),
    "newest": _("Newest data"),
}
CREDENTIAL_KINDS = {
    "business_licence": _("Business licence"),
    "tax_registration": _("Tax registration"),
    "uae_permit": _("UAE advertiser permit"),
    "ksa_permit": _("Saudi Mawthooq licence"),
    "agcom": _("Italian register (AGCOM)"),
    "es_registry": _("Spanish register"),
    "other": _("Other"),
}


class FilterForm(forms.Form):
    """The catalog filter's controls. Bad values are told and left out: the rest still filters."""

    q = forms.CharField(label=_("Search"), required=False, max_length=200)
    platform = forms.ChoiceField(label=_("Platform"), required=False, choices=or_any(platform_choices, _("any")))
    country = forms.ChoiceField(label=_("Country"), required=False)
    audience = forms.ChoiceField(label=_("Audience’s country"), required=False)
    category = forms.ChoiceField(label=_("Category"), required=False, choices=or_any(category_choices, _("any")))
    followers_min = forms.CharField(label=_("Followers from"), required=False)
    followers_max = forms.CharField(label=_("Followers up to"), required=False)
    engagement_min = forms.CharField(label=_("Engagement from, %"), required=False)
    tag = forms.ChoiceField(label=_("Tag"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=or_any(Creator.Kind.choices, _("any")))
    shared_by = forms.ChoiceField(label=_("Brought by"), required=False)
    has_price = forms.BooleanField(label=_("Has a price"), required=False)
    has_email = forms.BooleanField(label=_("Has an e-mail address"), required=False)
    sort = forms.ChoiceField(label=_("Sort by"), required=False, choices=[(key, ORDERS[key]) for key in SORTS])

    def __init__(self, given: Any, facets: dict[str, list[Any]]) -> None:
        super().__init__(given)
        asked, self.wrong = CreatorFilter.read(given)
        self.asked = asked
        self._offer("country", _named(facets["countries"]), asked.country)
        self._offer("audience", _named(facets["audiences"]), asked.audience)
        self._offer("tag", [(tag, tag) for tag in facets["tags"]], asked.tag)
        own, *others = facets["organizations"]
        shared = [(OWN, own.name), *((one.slug, one.name) for one in others)]
        self._offer("shared_by", shared, asked.shared_by)
        for name in ("q", "followers_min", "followers_max", "engagement_min"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        for name in ("followers_min", "followers_max", "engagement_min"):
            self.fields[name].widget.attrs["inputmode"] = "decimal"

    def _offer(self, name: str, choices: list[tuple[str, Any]], chosen: str) -> None:
        if name in {"country", "audience"}:
            choices = [*choices, (UNKNOWN, _("unknown"))]
        if chosen and chosen not in dict(choices):
            choices = [(chosen, chosen), *choices]
        self.fields[name].choices = [("", _("any")), *choices]  # type: ignore[attr-defined]

    def _clean_fields(self) -> None:
        self.cleaned_data = {}
        for name, code in self.wrong.items():
            self.add_error(name, WRONG[code])

    def chips(self) -> list[dict[str, str]]:
        """Return what is asked in words, with the parameter that a chip takes away."""
        found = []
        for name, value in self.asked.asked.items():
            field = self.fields[name]
            shown = dict(getattr(field, "choices", ())).get(value, value)
            label = str(field.label)
            found.append({"name": name, "text": label if value == "1" and name[:4] == "has_" else f"{label}: {shown}"})
        return found


def _named(codes: list[str]) -> list[tuple[str, Any]]:
    return sorted(((code, country_name(code)) for code in codes), key=lambda pair: pair[1])


class CreatorForm(forms.ModelForm[Creator]):
    """The person."""

    country = forms.ChoiceField(label=_("Country"), required=False, choices=or_any(country_choices))
    languages = forms.MultipleChoiceField(
        label=_("Languages"), required=False, choices=language_choices, widget=forms.CheckboxSelectMultiple
    )
    categories = forms.MultipleChoiceField(
        label=_("Categories"), required=False, choices=category_choices, widget=forms.CheckboxSelectMultiple
    )
    tags = WordsField(label=_("Tags"), most=MOST_TAGS, help_text=_("Parted by commas."))

    class Meta:
        model = Creator
        fields = ("name", "kind", "country", "languages", "categories", "tags", "bio", "notes", "external_ref")
        widgets = {"bio": forms.Textarea(attrs={"rows": 3}), "notes": forms.Textarea(attrs={"rows": 3})}
        labels = {"name": _("Name"), "kind": _("Kind"), "bio": _("Biography"), "notes": _("Notes")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["external_ref"].label = _("Your own number")
        for name, written in (("languages", language_label), ("categories", str)):
            field = self.fields[name]
            known = dict(field.choices)  # type: ignore[attr-defined]
            more = [(key, written(key)) for key in getattr(self.instance, name) if key not in known]
            field.choices = [*known.items(), *more]  # type: ignore[attr-defined]

    def _post_clean(self) -> None:
        """Leave the record alone: kolhub.creators compares it with what was asked."""

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())


class ProfileForm(forms.Form):
    """A creator on one platform, with the metrics of a day."""

    platform = forms.ChoiceField(label=_("Platform"), choices=platform_choices)
    handle = forms.CharField(label=_("Handle or link"), max_length=500)
    display_name = forms.CharField(label=_("Name shown there"), max_length=200, required=False)
    followers = CountField(label=_("Followers"), help_text=_("As you read it: 45300, 4.53w, 1.2M."))
    avg_views = CountField(label=_("Average views"))
    avg_likes = CountField(label=_("Average likes"))
    avg_comments = CountField(label=_("Average comments"))
    avg_shares = CountField(label=_("Average shares"))
    engagement_rate = ShareField(label=_("Engagement rate, %"))
    audience_country = forms.ChoiceField(
        label=_("Audience’s country"), required=False, choices=or_any(country_choices, _("unknown"))
    )
    taken_on = DayField(label=_("Metrics as of"), required=False)
    source = forms.CharField(label=_("Source"), max_length=200, required=False)

    def __init__(self, data: Any = None, *, profile: Profile | None = None) -> None:
        initial = {name: getattr(profile, name) for name in self.base_fields if hasattr(profile, name)}
        initial["taken_on"] = timezone.localdate()
        super().__init__(data, initial=initial)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        key, raw = cleaned.get("platform"), cleaned.get("handle")
        if key and raw:
            platform = find_platform(key)
            handle = platform.compact(raw)
            if (code := platform.validate(handle)) is not None:
                self.add_error("handle", sentence(Problem(code, params={"platform": platform.label})))
            cleaned["handle"] = handle
            cleaned["url"] = platform.profile_url(handle) or ""
        return cleaned


class PriceForm(forms.Form):
    """What a profile charges for one format."""

    format = forms.ChoiceField(label=_("Format"), choices=lambda: list(PRICE_FORMATS.items()))
    amount = forms.DecimalField(label=_("Price"), min_value=0, max_value=10**12, decimal_places=3)
    currency = forms.ChoiceField(label=_("Currency"), choices=currency_choices)
    quoted_on = DayField(label=_("As of"))
    source = forms.CharField(label=_("Source"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        amount, currency = cleaned.get("amount"), cleaned.get("currency")
        if amount is not None and currency:
            try:
                cleaned["amount_minor"] = to_minor(amount, currency)
            except ValueError:
                params = {"currency": currency, "digits": minor_digits(currency)}
                self.add_error("amount", _("%(currency)s has %(digits)d decimals; the amount has more.") % params)
        return cleaned

    @property
    def values(self) -> dict[str, Any]:
        """Return the fields of a RateCard."""
        return {name: value for name, value in self.cleaned_data.items() if name != "amount"}


class ContactForm(forms.ModelForm[Contact]):
    """A way to reach the creator."""

    language = forms.ChoiceField(label=_("Language"), required=False, choices=or_any(language_choices))

    class Meta:
        model = Contact
        fields = ("kind", "value", "person", "language")
        labels = {"kind": _("Kind"), "value": _("Address"), "person": _("Person")}


class CredentialForm(forms.ModelForm[Credential]):
    """A licence, registration or permit."""

    kind = forms.ChoiceField(label=_("Kind"), choices=lambda: list(CREDENTIAL_KINDS.items()))
    market = forms.ChoiceField(label=_("Market"), required=False, choices=or_any(country_choices))

    class Meta:
        model = Credential
        fields = ("kind", "number", "market", "valid_until")
        labels = {"number": _("Number"), "valid_until": _("Valid until")}
        widgets = {"valid_until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}


class BlockForm(forms.Form):
    """Why nobody here may write to the creator any more."""

    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


class SegmentForm(forms.ModelForm[Segment]):
    """A saved filter's name."""

    class Meta:
        model = Segment
        fields = ("name",)
        labels = {"name": _("Name")}

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        same = Segment.objects.filter(organization_id=self.instance.organization_id, name=name)
        if same.exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("There is already a segment of this name."))
        return name


class TagForm(forms.Form):
    """A tag to put on creators, or to take off; `tag` itself is the filter's."""

    word = forms.CharField(label=_("Tag"), max_length=40)

    def clean_word(self) -> str:
        word = " ".join(self.cleaned_data["word"].split())
        if "," in word:
            raise ValidationError(_("One tag at a time, without commas."))
        return word
