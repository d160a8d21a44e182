"""What the events of a collaboration's history are called."""

from django.utils.translation import gettext_lazy as _

EVENTS = {
    "collaboration.begin": _("Taken into the campaign"),
    "collaboration.move": _("Moved to another stage"),
    "collaboration.plan": _("Plan changed"),
    "collaboration.agree": _("Terms confirmed"),
    "shipment.save": _("Sample written down"),
    "shipment.remove": _("Sample removed"),
    "deliverable.save": _("Content saved"),
    "deliverable.remove": _("Content removed"),
    "post.judge": _("Post judged"),
    "review.confirm": _("Breach confirmed"),
    "review.dismiss": _("Finding dismissed"),
    "review.waive": _("Finding waived"),
    "review.ask_fix": _("Fix requested"),
    "hold.release": _("Payment hold released"),
    "outreach.sent": _("Message sent"),
    "outreach.failed": _("Message could not be sent"),
    "outreach.queued": _("Message will be tried again"),
}
