"""What verdicts are called."""

from django.utils.translation import gettext_lazy as _

VERDICTS = {
    "compliant": _("compliant"),
    "not_sponsored": _("not sponsored"),
    "needs_review": _("a person must look"),
    "poor_placement": _("label badly placed"),
    "wrong_language": _("label in the wrong language"),
    "inadequate_label": _("label not enough"),
    "missing": _("no label"),
}
