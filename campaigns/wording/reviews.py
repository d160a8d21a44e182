"""What the parts of a review are called; its verdicts and findings are worded beside the engine."""

from django.utils.translation import gettext_lazy as _

SEVERITIES = {
    "none": _("none"),
    "info": _("for your information"),
    "low": _("low"),
    "medium": _("medium"),
    "high": _("high"),
}

CERTAINTIES = {
    "firm": _("law or ruling"),
    "guidance": _("guidance of a regulator"),
    "review": _("source to be verified"),
}

SURFACES = {
    "title": _("Title"),
    "caption": _("Caption"),
    "description": _("Description"),
    "overlay": _("Text on the picture"),
    "transcript": _("Transcript"),
    "frames": _("Frame"),
    "author_comments": _("Own comment"),
    "bio": _("Profile text"),
    "platform_label_text": _("The platform's label"),
}
