"""Forms about organizations, members, invitations, tokens and sharing."""

import zoneinfo
from functools import lru_cache
from typing import Any

from babel.numbers import get_currency_name
from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from kolhub.models import Organization, Role, User
from kolhub.money import CURRENCIES
from kolhub.templatetags.kolhub import babel_locale

_SLUG = RegexValidator(
    r"^[a-z0-9]+(-[a-z0-9]+)*$", _("Use small letters a–z, digits, and single hyphens between them.")
)


@lru_cache(maxsize=4)
def _currencies(locale: str) -> list[tuple[str, str]]:
    return [(code, f"{code} · {get_currency_name(code, locale=locale)}") for code in CURRENCIES]


def currency_choices() -> list[tuple[str, str]]:
    """Return the currencies offered, named in the reader's language."""
    return _currencies(babel_locale())


@lru_cache(maxsize=1)
def timezone_choices() -> list[tuple[str, str]]:
    """Return the time zones by name."""
    names = sorted(
        name
        for name in zoneinfo.available_timezones()
        if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/", "posix/", "right/"))
    )
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


class OrganizationForm(forms.ModelForm[Organization]):
    """A new organization."""

    slug = forms.CharField(
        label=_("Short name"),
        max_length=60,
        required=False,
        validators=[_SLUG],
        help_text=_("Part of the web address. Others use it to share with you. It cannot be changed later."),
    )
    currency = forms.ChoiceField(label=_("Reporting currency"), choices=currency_choices, initial="USD")
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        choices=timezone_choices,
        initial="UTC",
        widget=forms.Select(attrs={"data-browser-timezone": "yes"}),
    )

    class Meta:
        model = Organization
        fields = ("kind", "name", "slug", "currency", "timezone")
        labels = {"kind": _("What are you?"), "name": _("Name")}
        widgets = {
            "kind": forms.RadioSelect,
            "name": forms.TextInput(attrs={"autocomplete": "organization", "data-slug-into": "#id_slug"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"] = forms.ChoiceField(
            label=_("What are you?"),
            choices=[
                (Organization.Kind.BRAND, _("A brand: we look for creators and run campaigns")),
                (Organization.Kind.AGENCY, _("An agency (MCN): we bring creators")),
            ],
            widget=forms.RadioSelect,
            initial=Organization.Kind.BRAND,
        )

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"] or slugify(self.cleaned_data.get("name", ""))[:60].strip("-")
        if not slug:
            raise forms.ValidationError(_("Choose a short name of letters a–z and digits."))
        if Organization.objects.filter(slug=slug).exists():
            raise forms.ValidationError(_("This short name is taken."))
        return slug


class SettingsForm(forms.ModelForm[Organization]):
    """What an owner may change of the organization."""

    currency = forms.ChoiceField(label=_("Reporting currency"), choices=currency_choices)
    timezone = forms.ChoiceField(label=_("Time zone"), choices=timezone_choices)

    class Meta:
        model = Organization
        fields = ("name", "currency", "timezone")
        labels = {"name": _("Name")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What was set by another door stays choosable.
        for name, offered in (("currency", currency_choices()), ("timezone", timezone_choices())):
            field, value = self.fields[name], getattr(self.instance, name)
            assert isinstance(field, forms.ChoiceField)
            field.choices = offered if value in dict(offered) else [(value, value), *offered]


class ProfileForm(forms.ModelForm[User]):
    """A user's own name and language."""

    class Meta:
        model = User
        fields = ("name", "language")
        labels = {"name": _("Name"), "language": _("Language")}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"),
            choices=[("", _("As the browser asks")), ("en", "English"), ("zh-hans", "简体中文")],
            required=False,
        )


class InvitationForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(
        label=_("Role"),
        choices=Role.choices,
        initial=Role.MANAGER,
        help_text=_(
            "Owners do everything. Managers run catalog, campaigns and tracking. Analysts see money and export. "
            "Compliance reviewers decide about posts. Viewers look, without money and exports."
        ),
    )


class RoleForm(forms.Form):
    """A member's new role."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("What uses it, for example: data warehouse."))
    days = forms.TypedChoiceField(
        label=_("Valid for"),
        choices=[("30", _("30 days")), ("90", _("90 days")), ("365", _("1 year")), ("0", _("Until it is revoked"))],
        coerce=int,
        initial="90",
    )


class _Moment(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class GrantForm(forms.Form):
    """Which brand sees the agency's creators, from when to when."""

    brand = forms.SlugField(
        label=_("Brand's short name"),
        max_length=60,
        help_text=_("The brand finds it in its settings, and in its web address after /o/."),
    )
    starts_at = forms.DateTimeField(
        label=_("From"), required=False, widget=_Moment, help_text=_("Empty: from now on. Your organization's time.")
    )
    ends_at = forms.DateTimeField(label=_("Until"), required=False, widget=_Moment, help_text=_("Empty: until ended."))
    includes_contacts = forms.BooleanField(label=_("Share contacts too (e-mail, WhatsApp, WeChat …)"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        now = timezone.now()
        cleaned["starts_at"] = cleaned.get("starts_at") or now
        ends_at = cleaned.get("ends_at")
        if ends_at is not None and ends_at <= max(cleaned["starts_at"], now):
            self.add_error("ends_at", _("This must be later than the start, and later than now."))
        return cleaned
