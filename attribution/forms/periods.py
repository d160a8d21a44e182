"""Forms that choose a period."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from attribution.wording import attributor_choices
from campaigns.models import Campaign


class PeriodForm(forms.Form):
    """Which attribution model, from when to when. Left out: the model used for pay, over the campaign's dates."""

    attributor = forms.ChoiceField(label=_("Attribution model"), required=False)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def __init__(self, *args: Any, campaign: Campaign, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Orders come in for as long as the click window after the last day.
        tail = timedelta(days=campaign.click_window_days)
        last = min(today, campaign.ends_on + tail) if campaign.ends_on else today
        self.fields["attributor"].choices = attributor_choices()  # type: ignore[attr-defined]
        self.initial = {
            "attributor": campaign.pay_attributor,
            "since": campaign.starts_on,
            "until": max(last, campaign.starts_on),
        }

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins, or is longer than ten years."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        since = cleaned.get("since") or self.initial["since"]
        until = cleaned.get("until") or self.initial["until"]
        if until < since:
            self.add_error("until", _("The period ends before it begins."))
        elif until - since > timedelta(days=3660):
            self.add_error("since", _("A period can be ten years at most."))
        return cleaned

    def chosen(self) -> tuple[str, date, date]:
        """Return attributor, first and last day; what is missing or wrong falls back to the campaign's own."""
        given = self.cleaned_data if self.is_bound and self.is_valid() else {}
        return (
            given.get("attributor") or self.initial["attributor"],
            given.get("since") or self.initial["since"],
            given.get("until") or self.initial["until"],
        )


class DaysForm(forms.Form):
    """Some days of counting, both included. Left out: the last seven. Days are those of the hit counts: UTC."""

    LONGEST = timedelta(days=366)

    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"since": today - timedelta(days=6), "until": today}

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins, or is longer than a year."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        since, until = self._filled(cleaned)
        if until < since:
            self.add_error("until", _("The period ends before it begins."))
        elif until - since > self.LONGEST:
            self.add_error("since", _("A period can be one year at most."))
        return cleaned

    def chosen(self) -> tuple[date, date]:
        """Return the first and the last day; a wrong choice falls back to the last seven."""
        return self._filled(self.cleaned_data if self.is_bound and self.is_valid() else {})

    def filled(self) -> "DaysForm":
        """Return a form that shows the days chosen, or this one with what is wrong in it."""
        if self.errors:
            return self
        shown = DaysForm(today=self.initial["until"])
        shown.initial["since"], shown.initial["until"] = self.chosen()
        return shown

    def _filled(self, given: dict[str, Any]) -> tuple[date, date]:
        until: date = given.get("until") or self.initial["until"]
        # A start that was left out follows an end that was given.
        return given.get("since") or date.fromordinal(max(1, until.toordinal() - 6)), until
