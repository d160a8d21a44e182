"""Writing to creators: templates, sending by the worker, retries, logging by hand, do-not-contact."""

import smtplib
from datetime import date, timedelta

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import outreach
from campaigns.models import Collaboration, OutreachMessage, OutreachTemplate, Stage
from campaigns.tasks import send_outreach
from kolhub.models import Contact, DoNotContact
from kolhub.tenancy import acting_for
from tests.campaigns.work import Scene, agree
from tests.factories import make_contact, make_grant

pytestmark = pytest.mark.django_db


class Broken(BaseEmailBackend):
    """A mail server that answers with `answer`."""

    answer: Exception = smtplib.SMTPServerDisconnected("gone")

    def send_messages(self, email_messages: object) -> int:
        raise self.answer


BROKEN = f"{__name__}.Broken"


@pytest.fixture
def scene() -> Scene:
    return Scene()


def at(scene: Scene, name: str, *args: object) -> str:
    return reverse(f"campaigns:{name}", args=[scene.slug, *args])


def draft(**fields: str) -> outreach.Draft:
    return outreach.Draft(
        **{
            "recipient": "anna@example.com",
            "language": "en",
            "subject": "{{brand}}",
            "body": "Hi {{creator}}",
            **fields,
        }
    )


def waiting_message(scene: Scene) -> OutreachMessage:
    return outreach.queue(scene.collaboration(), draft(), scene.member.user, timezone.now(), date(2026, 7, 1))


# ---- templates ----


def test_a_new_brand_gets_templates_in_both_languages_once(scene: Scene) -> None:
    outreach.default_templates(scene.brand_org)
    outreach.default_templates(scene.brand_org)
    names = OutreachTemplate.objects.values_list("name", "language")
    assert len(names) == len(set(names)) == 6
    assert {language for _name, language in names} == {"en", "zh-hans"}


def test_every_template_of_ours_can_be_filled_in(scene: Scene) -> None:
    row = scene.collaboration()
    agree(row, scene.member)
    outreach.default_templates(scene.brand_org)
    for template in OutreachTemplate.objects.all():
        shown = outreach.preview(row, draft(subject=template.subject, body=template.body), scene.member.user)
        assert "{{" not in shown.subject + shown.body
        assert "Anna Schmidt" in shown.body


def test_a_template_with_an_unknown_field_is_refused(scene: Scene, client: Client) -> None:
    client.force_login(scene.member.user)
    answer = client.post(
        at(scene, "template_create"), {"name": "x", "language": "en", "subject": "Hi", "body": "{{creater}} {% if 1 %}"}
    )
    assert answer.status_code == 422
    assert "There is no merge field {{creater}}" in answer.content.decode().replace("&#x27;", "'")
    scene.as_brand()
    assert not OutreachTemplate.objects.exists()


# ---- sending ----


def test_compose_previews_then_sends(scene: Scene, client: Client) -> None:
    make_contact(scene.own, value="anna@example.com")
    scene.as_brand()
    row = scene.collaboration()
    outreach.default_templates(scene.brand_org)
    template = OutreachTemplate.objects.get(name="First contact", language="en")
    client.force_login(scene.member.user)
    address = at(scene, "outreach_compose", row.pk)
    page = client.get(f"{address}?template={template.pk}")
    typed = dict(page.context["form"].initial)
    assert typed["recipient"] == "anna@example.com"
    seen = client.post(address, {**typed, "preview": "1"})
    assert "Luma × Anna Schmidt" in seen.content.decode()
    scene.as_brand()
    assert not OutreachMessage.objects.exists()
    client.post(address, {**typed, "send": "1", "follow_up_on": "2026-07-01"})
    scene.as_brand()
    message = OutreachMessage.objects.get()
    assert message.state == OutreachMessage.State.QUEUED
    assert send_outreach(scene.brand_org.pk, message.pk) == "sent"
    assert mail.outbox[0].subject == "Luma × Anna Schmidt: working together?"
    assert mail.outbox[0].reply_to == [scene.member.user.email]
    row.refresh_from_db()
    assert (row.stage, row.follow_up_on) == (Stage.CONTACTED, date(2026, 7, 1))


def test_a_sent_message_is_not_sent_again(scene: Scene) -> None:
    message = waiting_message(scene)
    assert send_outreach(scene.brand_org.pk, message.pk) == "sent"
    assert send_outreach(scene.brand_org.pk, message.pk) == "nothing"
    assert len(mail.outbox) == 1


def test_a_subject_of_several_lines_cannot_add_headers(scene: Scene) -> None:
    row = scene.collaboration()
    Collaboration.objects.filter(pk=row.pk).update(creator_name="Eve\nBcc: all@example.com")
    row.refresh_from_db()
    message = outreach.queue(row, draft(subject="Hi {{creator}}"), scene.member.user, timezone.now())
    assert message.subject == "Hi Eve Bcc: all@example.com"


def test_a_broken_server_is_tried_again_with_growing_waits_then_given_up(
    scene: Scene, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = waiting_message(scene)
    settings.EMAIL_BACKEND = BROKEN  # type: ignore[attr-defined]
    now = timezone.now()
    waits = []
    for _attempt in range(6):
        state = outreach.deliver(scene.brand_org.pk, message.pk, now)
        message.refresh_from_db()
        if state == "failed":
            break
        waits.append(message.next_at - now)
        assert outreach.deliver(scene.brand_org.pk, message.pk, now) == "nothing"
        now = message.next_at
    assert waits == list(outreach.RETRIES)
    assert (message.state, message.attempts) == (OutreachMessage.State.FAILED, 6)
    assert "SMTPServerDisconnected" in message.error


def test_a_refused_recipient_fails_at_once(scene: Scene, settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    message = waiting_message(scene)
    settings.EMAIL_BACKEND = BROKEN  # type: ignore[attr-defined]
    refusal = smtplib.SMTPRecipientsRefused({"anna@example.com": (550, b"no such user")})
    monkeypatch.setattr(Broken, "answer", refusal)
    assert send_outreach(scene.brand_org.pk, message.pk) == "failed"
    message.refresh_from_db()
    assert "550" in message.error


def test_a_worker_that_died_leaves_a_lease_that_runs_out(scene: Scene) -> None:
    message = waiting_message(scene)
    now = timezone.now()
    with acting_for(scene.brand_org.pk):
        assert outreach._claim(message.pk, now) is not None
    assert outreach.deliver(scene.brand_org.pk, message.pk, now + timedelta(minutes=9)) == "nothing"
    assert outreach.deliver(scene.brand_org.pk, message.pk, now + timedelta(minutes=11)) == "sent"


def test_a_failed_message_can_be_tried_again(scene: Scene, client: Client) -> None:
    message = waiting_message(scene)
    OutreachMessage.objects.update(state=OutreachMessage.State.FAILED, attempts=6, error="x")
    client.force_login(scene.member.user)
    client.post(at(scene, "outreach_retry", message.pk))
    assert send_outreach(scene.brand_org.pk, message.pk) == "sent"


# ---- by hand ----


def test_a_wechat_message_is_written_down(scene: Scene, client: Client) -> None:
    row = scene.collaboration()
    client.force_login(scene.member.user)
    client.post(
        at(scene, "outreach_log", row.pk),
        {"channel": "wechat", "recipient": "anna_wx", "body": "您好 {{creator}}", "follow_up_on": "2026-06-20"},
    )
    scene.as_brand()
    message = OutreachMessage.objects.get()
    assert (message.state, message.channel, message.body) == ("logged", "wechat", "您好 {{creator}}")
    row.refresh_from_db()
    assert (row.stage, row.follow_up_on) == (Stage.CONTACTED, date(2026, 6, 20))


# ---- do not contact ----


def test_do_not_contact_refuses_new_and_waiting_messages(scene: Scene, client: Client) -> None:
    message = waiting_message(scene)
    row = message.collaboration
    client.force_login(scene.member.user)
    client.post(at(scene, "do_not_contact", row.pk), {"reason": "asked us by e-mail"})
    assert send_outreach(scene.brand_org.pk, message.pk) == "blocked"
    assert mail.outbox == []
    scene.as_brand()
    with pytest.raises(outreach.Blocked):
        outreach.queue(row, draft(), scene.member.user, timezone.now())
    refused = client.post(at(scene, "outreach_log", row.pk), {"channel": "wechat", "body": "x"})
    assert refused.status_code == 422
    answer = client.get(at(scene, "outreach_compose", row.pk), follow=True)
    assert "do-not-contact" in answer.content.decode()
    client.post(at(scene, "do_not_contact", row.pk))
    scene.as_brand()
    assert not DoNotContact.objects.exists()


# ---- contacts ----


def test_an_agencys_contacts_are_seen_only_when_shared(scene: Scene, client: Client) -> None:
    make_contact(scene.shared, value="boss@mcn.example")
    scene.as_brand()
    row = scene.collaboration(scene.shared)
    client.force_login(scene.member.user)
    address = at(scene, "collaboration", row.pk) + "?tab=contacts"
    assert "boss@mcn.example" not in client.get(address).content.decode()
    make_grant(scene.agency_org, scene.brand_org, includes_contacts=True)
    assert "boss@mcn.example" in client.get(address).content.decode()


def test_the_brands_own_contacts_stay_hidden_from_the_agency(scene: Scene, client: Client) -> None:
    row = scene.collaboration(scene.shared)
    client.force_login(scene.member.user)
    client.post(at(scene, "contact_create", row.pk), {"kind": "wechat", "value": "secret_wx", "language": "zh"})
    scene.as_brand()
    contact = Contact.objects.get()
    assert contact.organization == scene.brand_org
    client.force_login(scene.agency.user)
    page = client.get(reverse("campaigns:collaboration", args=[scene.agency_org.slug, row.pk]) + "?tab=contacts")
    assert page.status_code == 200
    assert "secret_wx" not in page.content.decode()


def test_a_contact_is_checked_and_stored_once(scene: Scene, client: Client) -> None:
    row = scene.collaboration()
    client.force_login(scene.member.user)
    address = at(scene, "contact_create", row.pk)
    assert client.post(address, {"kind": "email", "value": "not an address"}).status_code == 422
    assert client.post(address, {"kind": "email", "value": "a@example.com"}).status_code == 302
    assert client.post(address, {"kind": "email", "value": "a@example.com"}).status_code == 422


def test_a_message_whose_senders_all_die_is_given_up(scene: Scene) -> None:
    message = waiting_message(scene)
    now = timezone.now()
    for _attempt in range(len(outreach.RETRIES) + 1):
        # What a worker does that dies while the mail server has the message.
        assert outreach._claim(message.pk, now) is not None
        now += outreach.LEASE
    assert outreach.deliver(scene.brand_org.pk, message.pk, now) == "failed"
    assert not mail.outbox
    message.refresh_from_db()
    assert message.state == OutreachMessage.State.FAILED
    assert outreach.deliver(scene.brand_org.pk, message.pk, now) == "nothing"
