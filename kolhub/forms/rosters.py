"""Forms about rosters: the upload, and the answers to what only a person can settle."""

import re
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kolhub.forms.fields import DayField, or_any, platform_choices
from kolhub.forms.people import currency_choices
from kolhub.roster import FIELDS
from kolhub.roster.encodings import CODECS
from kolhub.roster.wording import FIELDS as FIELD_NAMES

DELIMITERS: Final = {"comma": _("comma"), "semicolon": _("semicolon"), "tab": _("tab"), "pipe": "|"}
_COLUMN = re.compile(r"columns?[.-](\d{1,3})")


class UploadForm(forms.Form):
    """A roster's file, and what holds for all of it."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        help_text=_("CSV, TSV, XLSX, XLS, ODS or JSON, in any encoding, with any headers."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xls,.ods,.json"}),
    )
    metrics_on = DayField(
        label=_("Metrics as of"), help_text=_("The day on which the figures were true, unless the file says it itself.")
    )
    source = forms.CharField(
        label=_("Source"), max_length=200, required=False, help_text=_("Who counted. Left empty: the file’s name.")
    )
    platform = forms.ChoiceField(
        label=_("Platform"), required=False, choices=or_any(platform_choices, _("as the file says"))
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metrics_on"].initial = timezone.localdate

    def clean_file(self) -> "UploadedFile[bytes]":
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        limit = settings.ROSTER_MAX_BYTES
        if not file.size:
            raise ValidationError(_("The file is empty."), code="empty_file")
        if file.size > limit:
            raise ValidationError(
                _("The file has %(found)s MB; at most %(limit)s MB can be read. Split it into several files."),
                code="file_too_large",
                params={"found": -(-file.size // 1_048_576), "limit": limit // 1_048_576},
            )
        return file


class ChoicesForm(forms.Form):
    """Answers: encoding, delimiter, sheet, header row, platform, currency, and `columns.<index>` = field.

    `answers` holds those that were given; a column's empty field means that it is not read.
    """

    encoding = forms.ChoiceField(label=_("Encoding"), required=False, choices=or_any([(key, key) for key in CODECS]))
    delimiter = forms.ChoiceField(label=_("Delimiter"), required=False, choices=or_any(list(DELIMITERS.items())))
    sheet = forms.CharField(label=_("Sheet"), required=False, max_length=120, strip=False)
    header_row = forms.IntegerField(label=_("Header row"), required=False, min_value=0, max_value=1000)
    platform = forms.ChoiceField(label=_("Platform"), required=False, choices=or_any(platform_choices))
    currency = forms.ChoiceField(label=_("Currency"), required=False, choices=or_any(currency_choices))

    @property
    def answers(self) -> dict[str, Any]:
        """Return the answers as kolhub.roster.load.choose takes them."""
        given: dict[str, Any] = {
            name: value for name, value in self.cleaned_data.items() if value not in ("", None, {})
        }
        if "header_row" in given:
            given["header_row"] = str(given["header_row"])
        return given

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        columns: dict[str, str] = {}
        for name in self.data:
            match = _COLUMN.fullmatch(str(name))
            if match is None:
                continue
            field = str(self.data.get(name) or "")
            if field and field not in FIELDS:
                raise ValidationError(
                    _("Column %(number)s cannot be read as “%(field)s”: there is no such field."),
                    params={"number": int(match[1]) + 1, "field": field[:40]},
                )
            columns[match[1]] = field
        # The column that says who the creators are, by its number from 1.
        identity = str(self.data.get("identity") or "")
        if identity:
            if not identity.isdecimal() or not 1 <= int(identity) <= 500:
                raise ValidationError(_("Give the column’s number."))
            columns[str(int(identity) - 1)] = "handle"
        return {**cleaned, "columns": columns}


def field_choices() -> list[tuple[str, Any]]:
    """Return what a column can be read as."""
    return [("", _("not read")), *((key, FIELD_NAMES[key]) for key in FIELDS)]
