"""Writing to creators: templates with merge fields, messages that wait for a worker, and their log."""

import smtplib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import BadHeaderError, EmailMessage
from django.db import transaction

from campaigns.merge import render
from campaigns.messages import TEXTS
from campaigns.models import Collaboration, OutreachMessage, OutreachTemplate, Stage
from kolhub.models import AuditEvent, DoNotContact, Organization, User
from kolhub.tenancy import acting_for

# Between the attempts; after the last one the message has failed.
RETRIES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8))
# A worker that took a message and did not report within this time is taken for dead.
LEASE = timedelta(minutes=10)


class Blocked(ValueError):
    """The organization has put this creator on its do-not-contact list."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message as it was typed, merge fields still in it."""

    recipient: str
    language: str
    subject: str
    body: str
    channel: str = "email"


def default_templates(organization: Organization) -> None:
    """Give a brand that has no templates yet the ones we come with."""
    if OutreachTemplate.objects.filter(organization=organization).exists():
        return
    OutreachTemplate.objects.bulk_create(
        OutreachTemplate(organization=organization, **text._asdict()) for text in TEXTS
    )


def values_for(collaboration: Collaboration, sender: User) -> dict[str, str]:
    """Return the merge fields' values; "" where there is none yet."""
    brief = collaboration.campaign.brief
    product = brief.product if brief else None
    link = collaboration.links.filter(disabled_at=None).first()
    coupon = collaboration.coupons.order_by("-id").first()
    return {
        "creator": collaboration.creator_name,
        "handle": collaboration.handle,
        "brand": collaboration.brand_name,
        "product": product.name if product else "",
        "campaign": collaboration.campaign_name,
        "sender": str(sender),
        "link": link.short_url if link else "",
        "coupon": coupon.code if coupon else "",
    }


def is_blocked(collaboration: Collaboration) -> bool:
    """Say whether the brand must not write to the creator."""
    return DoNotContact.objects.filter(
        organization_id=collaboration.organization_id, creator_id=collaboration.creator_id
    ).exists()


def preview(collaboration: Collaboration, draft: Draft, sender: User) -> Draft:
    """Return the draft with its merge fields replaced. Raises merge.MergeError."""
    values = values_for(collaboration, sender)
    subject = " ".join(render(draft.subject, values).split())
    return Draft(draft.recipient, draft.language, subject[:200], render(draft.body, values), draft.channel)


def queue(
    collaboration: Collaboration, draft: Draft, sender: User, now: datetime, follow_up_on: date | None = None
) -> OutreachMessage:
    """Write the rendered message into the inbox of the workers. Raises Blocked and merge.MergeError."""
    if is_blocked(collaboration):
        raise Blocked
    final = preview(collaboration, draft, sender)
    message = _write(collaboration, final, OutreachMessage.State.QUEUED, sender, now)
    _followed(collaboration, follow_up_on, sender, contacted=False)
    return message


def log(
    collaboration: Collaboration, draft: Draft, sender: User, now: datetime, follow_up_on: date | None = None
) -> OutreachMessage:
    """Write down a message that was sent elsewhere (WeChat, WhatsApp, telephone). Raises Blocked."""
    if is_blocked(collaboration):
        raise Blocked
    message = _write(collaboration, draft, OutreachMessage.State.LOGGED, sender, now)
    _followed(collaboration, follow_up_on, sender, contacted=True)
    return message


def _write(
    collaboration: Collaboration, draft: Draft, state: OutreachMessage.State, sender: User, now: datetime
) -> OutreachMessage:
    return OutreachMessage.objects.create(
        organization_id=collaboration.organization_id,
        collaboration=collaboration,
        channel=draft.channel,
        recipient=draft.recipient,
        language=draft.language,
        subject=draft.subject,
        body=draft.body,
        state=state,
        next_at=now,
        written_by=sender,
        sent_at=now if state == OutreachMessage.State.LOGGED else None,
    )


def _followed(collaboration: Collaboration, follow_up_on: date | None, actor: User | None, *, contacted: bool) -> None:
    if follow_up_on is not None:
        collaboration.follow_up_on = follow_up_on
        collaboration.save(update_fields=["follow_up_on"])
    if contacted and collaboration.stage == Stage.TO_CONTACT and actor is not None:
        collaboration.move(Stage.CONTACTED, actor)


def try_again(message: OutreachMessage, now: datetime) -> None:
    """Put a failed message back into the inbox."""
    if message.state == OutreachMessage.State.FAILED:
        message.state, message.attempts, message.error, message.next_at = OutreachMessage.State.QUEUED, 0, "", now
        message.save(update_fields=["state", "attempts", "error", "next_at"])


# ---- the worker's side ----


def deliver(organization_id: int, message_id: int, now: datetime) -> str:
    """Send one waiting message, if it is due; return what became of it.

    Claimed in one transaction, sent outside of any, reported in another: a worker that dies in between leaves a lease
    that runs out, and the message is sent again under the same Message-ID.
    """
    with acting_for(organization_id):
        message = _claim(message_id, now)
    if message is None:
        return "nothing"
    if message.state == OutreachMessage.State.FAILED:
        return "blocked" if message.error == "do_not_contact" else "failed"
    error, is_final = _send(message)
    with acting_for(organization_id):
        return _report(message_id, error, is_final, now)


def _claim(message_id: int, now: datetime) -> OutreachMessage | None:
    message: OutreachMessage | None = (
        OutreachMessage.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("collaboration", "written_by")
        .filter(pk=message_id, state=OutreachMessage.State.QUEUED, next_at__lte=now)
        .first()
    )
    if message is None:
        return None
    if is_blocked(message.collaboration):
        message.state, message.error = OutreachMessage.State.FAILED, "do_not_contact"
    elif message.attempts > len(RETRIES):
        # Every worker that took it died before it could report; the creator may have got it each time.
        message.state = OutreachMessage.State.FAILED
        message.error = message.error or "no worker came back from sending it"
    else:
        message.attempts += 1
        message.next_at = now + LEASE
    message.save(update_fields=["state", "error", "attempts", "next_at"])
    return message


def _send(message: OutreachMessage) -> tuple[str, bool]:
    """Hand the message to the mail server; return the error, "" for none, and whether trying again is useless."""
    sender = message.written_by
    mail = EmailMessage(
        subject=message.subject,
        body=message.body,
        to=[message.recipient],
        reply_to=[sender.email] if sender else None,
        headers={"Message-ID": _message_id(message)},
    )
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as refused:
        codes = [code for code, _reason in refused.recipients.values()]
        return f"recipient refused: {codes}"[:300], all(code >= 500 for code in codes)
    except (BadHeaderError, UnicodeError) as trouble:
        return str(trouble)[:300], True
    except smtplib.SMTPDataError as refused:
        return f"{refused.smtp_code}: {refused.smtp_error!r}"[:300], refused.smtp_code >= 500
    except (smtplib.SMTPException, OSError) as trouble:
        return f"{type(trouble).__name__}: {trouble}"[:300], False
    return "", False


def _message_id(message: OutreachMessage) -> str:
    """Return the same id for every attempt, so that a mail server can recognize a repetition."""
    domain = urlsplit(settings.BASE_URL).hostname or "localhost"
    return f"<kolhub.{message.organization_id}.{message.pk}.{message.created_at:%Y%m%d%H%M%S%f}@{domain}>"


@transaction.atomic
def _report(message_id: int, error: str, is_final: bool, now: datetime) -> str:
    message = OutreachMessage.objects.select_related("collaboration", "written_by").get(pk=message_id)
    if not error:
        message.state, message.error, message.sent_at = OutreachMessage.State.SENT, "", now
    elif is_final or message.attempts > len(RETRIES):
        message.state, message.error = OutreachMessage.State.FAILED, error
    else:
        message.error, message.next_at = error, now + RETRIES[message.attempts - 1]
    message.save(update_fields=["state", "error", "sent_at", "next_at"])
    if message.state == OutreachMessage.State.SENT:
        _followed(message.collaboration, None, message.written_by, contacted=True)
    AuditEvent.record(
        message.organization_id,
        message.written_by,
        f"outreach.{message.state}",
        message.collaboration,
        message=message.pk,
        attempt=message.attempts,
        error=message.error,
    )
    return str(message.state)
