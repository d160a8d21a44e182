"""Forms about content: deliverables, their numbers, the text to judge, and decisions on reviews."""

from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.compliance.post import CONNECTION_TYPES
from campaigns.forms.collaborations import PLATFORM_CHOICES
from campaigns.forms.fields import DateInput, MarketsField
from campaigns.models import Decision, Deliverable, DeliverableMetric
from kolhub.models import Provenance
from kolhub.platforms import find_platform, platform_of_url

MEDIA = (
    ("image", _("Image")),
    ("carousel", _("Carousel")),
    ("video", _("Video")),
    ("story", _("Story")),
    ("live", _("Livestream")),
    ("text", _("Text")),
    ("audio", _("Audio")),
)

CONNECTIONS = {
    "paid": _("paid"),
    "gifted": _("product for free"),
    "affiliate": _("commission"),
    "code": _("discount code"),
    "invited": _("invited"),
    "loan": _("product on loan"),
    "employee": _("employee"),
    "family": _("family"),
    "own_brand": _("own brand"),
    "none": _("no connection"),
    "unknown": _("not known"),
}

METRICS = ("views", "likes", "comments", "shares", "saves")


class DeliverableForm(forms.ModelForm[Deliverable]):
    """One piece of content: what it is, and where it was published."""

    platform = forms.ChoiceField(choices=PLATFORM_CHOICES, label=_("Platform"))
    media = forms.ChoiceField(choices=MEDIA, label=_("Form"))  # type: ignore[assignment]
    url = forms.URLField(label=_("Link"), max_length=1000, required=False, assume_scheme="https")
    published_on = forms.DateTimeField(
        label=_("Published (UTC)"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    class Meta:
        model = Deliverable
        fields = ("platform", "kind", "media", "url", "due_on")
        widgets = {"due_on": DateInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["published_on"] = self.instance.published_at

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        url, platform = cleaned.get("url"), cleaned.get("platform")
        there = platform_of_url(url) if url else None
        if there is not None and platform and there.key != platform:
            names = {"there": there.label, "chosen": find_platform(platform).label}
            self.add_error("url", _("This is a link to %(there)s, not to %(chosen)s.") % names)
        published = cleaned.get("published_on")
        if published and published > timezone.now():
            self.add_error("published_on", _("This moment is still to come."))
        if url and Deliverable.objects.filter(url=url).exclude(pk=self.instance.pk).exists():
            self.add_error("url", _("This link already belongs to another deliverable."))
        self.instance.published_at = published
        return cleaned


class MetricForm(forms.ModelForm[DeliverableMetric]):
    """What a deliverable had reached on a day."""

    taken_on = forms.DateField(label=_("As of"), widget=DateInput)

    class Meta:
        model = DeliverableMetric
        fields = (*METRICS, "provenance", "source")

    def __init__(self, *args: Any, may_measure: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in METRICS:
            self.fields[name].widget.attrs["min"] = 0
        if not may_measure:
            # What an agency reports about its own creator is a claim.
            self.fields["provenance"].choices = [  # type: ignore[attr-defined]
                (Provenance.CLAIMED.value, Provenance.CLAIMED.label)
            ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in METRICS:
            if (cleaned.get(name) or 0) < 0:
                self.add_error(name, _("Zero or more."))
        if not self.errors and all(cleaned.get(name) is None for name in METRICS):
            raise ValidationError(_("Give at least one number."))
        day = cleaned.get("taken_on")
        if day:
            if day > timezone.localdate():
                self.add_error("taken_on", _("This day is still to come."))
            self.instance.taken_at = datetime.combine(day, time(12), UTC)
        return cleaned


class MetricsFileForm(forms.Form):
    """A file of numbers: one row per deliverable and day."""

    file = forms.FileField(label=_("File (CSV or XLSX)"))
    taken_on = forms.DateField(
        label=_("As of"), widget=DateInput, required=False, help_text=_("For rows without a date of their own.")
    )

    MAX_BYTES = 5 * 1024 * 1024

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > self.MAX_BYTES:
            raise ValidationError(_("The file is larger than 5 MB."))
        return file


class SurfacesForm(forms.Form):
    """What a post shows. A field left empty was not captured, unless its box says that there is none."""

    SURFACES = ("title", "caption", "description", "overlay", "transcript", "author_comments", "bio")

    title = forms.CharField(required=False, label=_("Title"), max_length=2000)
    caption = forms.CharField(required=False, label=_("Caption"), widget=forms.Textarea(attrs={"rows": 5}))
    description = forms.CharField(
        required=False, label=_("Video description"), widget=forms.Textarea(attrs={"rows": 3})
    )
    overlay = forms.CharField(
        required=False,
        label=_("Text on the picture or video"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One text per line; a second in front, like “0:03 text”, says when it appears."),
    )
    transcript = forms.CharField(
        required=False, label=_("What is said (transcript)"), widget=forms.Textarea(attrs={"rows": 3})
    )
    author_comments = forms.CharField(
        required=False, label=_("The creator's own comments"), widget=forms.Textarea(attrs={"rows": 2})
    )
    bio = forms.CharField(required=False, label=_("Profile text"), max_length=2000)
    absent = forms.MultipleChoiceField(
        required=False,
        label=_("There is none of"),
        choices=(
            ("overlay", _("text on the picture or video")),
            ("transcript", _("spoken words")),
            ("description", _("description")),
        ),
        widget=forms.CheckboxSelectMultiple,
    )
    platform_label = forms.ChoiceField(
        required=False,
        label=_("The platform's own label"),
        choices=(("", _("not captured")), ("yes", _("shown")), ("no", _("not shown"))),
    )
    links = forms.CharField(
        required=False, label=_("Links, one per line"), widget=forms.Textarea(attrs={"rows": 2}), max_length=10_000
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not any(cleaned.get(name) for name in self.SURFACES):
            raise ValidationError(_("Paste what the post says: at least one of its texts."))
        return cleaned

    @property
    def uses_more(self) -> bool:
        """Say whether anything but the caption is filled in."""
        names = (*self.SURFACES, "absent", "platform_label", "links")
        return any(self[name].value() or self[name].errors for name in names if name != "caption")

    def surfaces(self) -> dict[str, Any]:
        """Return the captured texts, in the case format of campaigns.compliance.post."""
        given = self.cleaned_data
        found: dict[str, Any] = {}
        for name in self.SURFACES:
            text = given[name].replace("\r\n", "\n").strip()
            if not text and name not in given["absent"]:
                continue
            found[name] = _lines(text) if name in ("overlay", "author_comments") else text
        if "overlay" in found:
            found["overlay"] = [_timed(line) for line in found["overlay"]]
        return found

    def label_seen(self) -> bool | None:
        """Return whether the platform's label was seen; None where nobody looked."""
        return {"yes": True, "no": False}.get(self.cleaned_data["platform_label"])

    def seen_links(self) -> list[str]:
        """Return the links as a list."""
        return _lines(self.cleaned_data["links"])


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _timed(line: str) -> dict[str, Any]:
    """Read '0:03 text' as text from second 3."""
    head, _blank, rest = line.partition(" ")
    minutes, colon, seconds = head.partition(":")
    if colon and minutes.isdecimal() and seconds.isdecimal() and rest:
        return {"text": rest.strip(), "t": int(minutes) * 60 + int(seconds)}
    return {"text": line}


class CaptureForm(SurfacesForm):
    """A draft or the published post of one deliverable."""

    is_published = forms.ChoiceField(
        label=_("This is"),
        choices=(("draft", _("a draft")), ("paste", _("the published post"))),
        initial="draft",
    )

    field_order = ("is_published",)


class DraftCheckForm(SurfacesForm):
    """A text to try against some markets; nothing is stored."""

    markets = MarketsField()
    platform = forms.ChoiceField(choices=PLATFORM_CHOICES, label=_("Platform"))
    media = forms.ChoiceField(choices=MEDIA, label=_("Form"))  # type: ignore[assignment]
    connection = forms.ChoiceField(
        label=_("Connection to the brand"),
        choices=[(key, CONNECTIONS[key]) for key in CONNECTION_TYPES],
        initial="paid",
    )
    brand = forms.CharField(required=False, max_length=120, label=_("Brand"))

    field_order = ("markets", "platform", "media", "connection", "brand")


class DecisionForm(forms.ModelForm[Decision]):
    """What a compliance reviewer decides; waiving and dismissing need a reason."""

    hold = forms.BooleanField(required=False, label=_("Hold the payment"))

    class Meta:
        model = Decision
        fields = ("kind", "reason")
        labels = {"kind": _("Decision")}
        widgets = {"reason": forms.Textarea(attrs={"rows": 3})}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        needs_reason = {Decision.Kind.WAIVE, Decision.Kind.DISMISS}
        if cleaned.get("kind") in needs_reason and not cleaned.get("reason", "").strip():
            self.add_error("reason", _("Say why."))
        if cleaned.get("hold") and cleaned.get("kind") != Decision.Kind.CONFIRM:
            self.add_error("hold", _("Only a confirmed breach can hold a payment."))
        return cleaned
