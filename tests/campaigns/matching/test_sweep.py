"""What a lost message or a dead worker left behind is found across organizations."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from campaigns.matching import shortlist as room
from campaigns.models import Brand, Brief, Shortlist
from campaigns.tasks.matching import draw_shortlist
from kolhub.tenancy import acting_for
from tests.campaigns.matching.rows import make_candidate
from tests.factories import make_organization


def test_waiting_draws_are_swept_and_drawn(committed_database: object) -> None:
    waiting = []
    for _number in range(2):
        with transaction.atomic():
            organization = make_organization()
            make_candidate(organization)
            brand = Brand.objects.create(organization=organization, name="House")
            brief = Brief.objects.create(organization=organization, brand=brand, title="Brief")
            waiting.append((organization.pk, room.request_draw(brief, "weighted", "prefer", None).pk))
    now = timezone.now()
    assert room.waiting(now) == waiting
    (first, first_list), (second, second_list) = waiting
    draw_shortlist(first, first_list)
    with acting_for(second):
        Shortlist.objects.filter(pk=second_list).update(state="drawing", claimed_at=now, attempts=1)
    assert room.waiting(now) == []
    assert room.waiting(now + timedelta(seconds=61)) == [(second, second_list)]
    with acting_for(first):
        drawn = Shortlist.objects.get(pk=first_list)
        assert (drawn.state, drawn.entries.count()) == ("done", 1)
