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
    "title": _("title"),
    "caption": _("caption"),
    "description": _("description"),
    "overlay": _("text on the picture"),
    "transcript": _("transcript"),
    "frames": _("frame"),
    "author_comments": _("own comment"),
    "bio": _("profile text"),
    "platform_label_text": _("the platform's label"),
}
