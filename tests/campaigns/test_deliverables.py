"""Content and the numbers it reached: by form and by file, for brand and agency."""

import io
from datetime import UTC, date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook

from campaigns import metrics
from campaigns.models import Collaboration, Deliverable, DeliverableMetric
from tests.campaigns.work import Scene, agree
from tests.factories import make_membership

pytestmark = pytest.mark.django_db

POST = "https://www.instagram.com/p/Cabc123/"


@pytest.fixture
def scene() -> Scene:
    return Scene()


def at(scene: Scene, name: str, *args: object) -> str:
    return reverse(f"campaigns:{name}", args=[scene.slug, *args])


def agency_at(scene: Scene, name: str, *args: object) -> str:
    return reverse(f"campaigns:{name}", args=[scene.agency_org.slug, *args])


def published(scene: Scene, row: Collaboration | None = None, url: str = POST) -> Deliverable:
    row = row or scene.collaboration()
    return Deliverable.objects.create(
        organization_id=row.organization_id,
        agency_organization_id=row.agency_organization_id,
        collaboration=row,
        platform="instagram",
        kind="review",
        url=url,
        published_at=datetime(2026, 6, 1, 9, tzinfo=UTC),
    )


# ---- content ----


def content(**fields: object) -> dict[str, object]:
    return {"platform": "instagram", "kind": "review", "media": "image", "url": POST, **fields}


def test_content_is_added_and_corrected(scene: Scene, client: Client) -> None:
    row = scene.collaboration()
    client.force_login(scene.member.user)
    client.post(at(scene, "deliverable_create", row.pk), content(published_on="2026-06-01T09:30"))
    scene.as_brand()
    found = Deliverable.objects.get()
    assert found.published_at == datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
    client.post(at(scene, "deliverable_edit", found.pk), content(kind="tutorial"))
    found.refresh_from_db()
    assert found.kind == "tutorial"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"url": "https://www.tiktok.com/@anna/video/123"}, "link to TikTok"),
        ({"url": "javascript:alert(1)"}, "valid URL"),
        ({"published_on": "2999-01-01T00:00"}, "still to come"),
        ({"url": POST}, "another deliverable"),
    ],
)
def test_bad_content_is_refused(scene: Scene, client: Client, fields: dict[str, object], says: str) -> None:
    row = scene.collaboration()
    published(scene, row)
    client.force_login(scene.member.user)
    answer = client.post(at(scene, "deliverable_create", row.pk), content(**{"url": "", **fields}))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    scene.as_brand()
    assert Deliverable.objects.count() == 1


def test_an_agency_enters_its_links_and_meets_the_brands_uniqueness(scene: Scene, client: Client) -> None:
    theirs = scene.collaboration(scene.shared)
    published(scene, scene.collaboration(scene.own))
    agree(theirs, scene.member)
    client.force_login(scene.agency.user)
    scene.as_agency()
    planned = theirs.deliverables.get()
    address = agency_at(scene, "deliverable_edit", planned.pk)
    assert client.post(address, content()).status_code == 422
    assert client.post(address, content(url="https://www.instagram.com/p/Other/")).status_code == 302
    scene.as_brand()
    assert Deliverable.objects.get(pk=planned.pk).url.endswith("/Other/")


def test_published_content_stays_for_the_record(scene: Scene, client: Client) -> None:
    row = scene.collaboration()
    kept = published(scene, row)
    planned = published(scene, row, url="")
    client.force_login(scene.member.user)
    client.post(at(scene, "deliverable_delete", kept.pk))
    client.post(at(scene, "deliverable_delete", planned.pk))
    scene.as_brand()
    assert list(Deliverable.objects.all()) == [kept]


# ---- numbers, by form ----


def test_numbers_by_form_have_an_age(scene: Scene, client: Client) -> None:
    found = published(scene)
    client.force_login(scene.member.user)
    address = at(scene, "metric_create", found.pk)
    data = {"taken_on": "2026-06-08", "views": 120_000, "likes": 900, "provenance": "measured", "source": "API"}
    client.post(address, data)
    scene.as_brand()
    metric = DeliverableMetric.objects.get()
    assert (metric.views, metric.saves, metric.age_days, metric.provenance) == (120_000, None, 7, "measured")
    assert client.post(address, data).status_code == 422
    assert client.post(address, {"taken_on": "2026-06-09", "provenance": "claimed"}).status_code == 422
    assert client.post(address, {**data, "taken_on": "2999-01-01"}).status_code == 422
    assert client.post(address, {**data, "taken_on": "2026-06-10", "views": -1}).status_code == 422
    page = client.get(at(scene, "deliverable", found.pk)).content.decode()
    assert "D7" in page
    assert "measured" in page


def test_an_agencys_number_is_a_claim(scene: Scene, client: Client) -> None:
    found = published(scene, scene.collaboration(scene.shared))
    client.force_login(scene.agency.user)
    address = agency_at(scene, "metric_create", found.pk)
    assert client.post(address, {"taken_on": "2026-06-08", "views": 1, "provenance": "measured"}).status_code == 422
    assert client.post(address, {"taken_on": "2026-06-08", "views": 1, "provenance": "claimed"}).status_code == 302
    scene.as_brand()
    assert DeliverableMetric.objects.get().agency_organization == scene.agency_org


# ---- numbers, by file ----

CHINESE = """链接,日期,播放量,点赞,评论,分享,收藏
instagram.com/p/Cabc123?igsh=xyz,2026-06-08,1.2万,3500,88,,12
https://www.instagram.com/p/Unknown/,2026-06-08,5,5,5,5,5
https://www.instagram.com/p/Cabc123/,32.13.2026,5,5,5,5,5
https://www.instagram.com/p/Cabc123/,2026-06-09,many,5,5,5,5
,2026-06-09,1,,,,
https://www.instagram.com/p/Cabc123/,2026-06-10,,,,,
https://www.instagram.com/p/Cabc123/,2999-06-10,1,,,,
https://www.instagram.com/p/Cabc123/,2026-06-08,7,,,,
"""


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_every_row_of_a_file_is_accounted_for(scene: Scene, encoding: str) -> None:
    found = published(scene)
    account = metrics.load(CHINESE.encode(encoding), "数据.csv", scene.member, default_day=None, best="measured")
    assert account.accepted == 1
    assert account.received == 8
    assert [(line, code) for line, code, _params in account.refused] == [
        (3, "unknown_link"),
        (4, "bad_date"),
        (5, "bad_number"),
        (6, "no_link"),
        (7, "no_numbers"),
        (8, "future"),
        (9, "repeated"),
    ]
    metric = found.metrics.get()
    assert (metric.views, metric.likes, metric.shares, metric.saves) == (12_000, 3500, None, 12)
    assert (metric.provenance, metric.source) == ("claimed", "数据.csv")


def test_a_workbook_is_read(scene: Scene) -> None:
    found = published(scene)
    book = Workbook()
    book.active.append(["URL", "Date", "Views", "Provenance"])
    book.active.append([POST, date(2026, 6, 8), 1234, "measured"])
    out = io.BytesIO()
    book.save(out)
    account = metrics.load(out.getvalue(), "numbers.xlsx", scene.member, default_day=None, best="measured")
    assert (account.accepted, account.refused) == (1, ())
    assert (found.metrics.get().views, found.metrics.get().provenance) == (1234, "measured")


def test_the_same_file_twice_changes_nothing(scene: Scene) -> None:
    published(scene)
    for accepted in (1, 0):
        account = metrics.load(
            f"link,views\n{POST},5\n".encode(), "a.csv", scene.member, default_day=date(2026, 6, 8), best="claimed"
        )
        assert account.accepted == accepted
    assert DeliverableMetric.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "unreadable"),
        (b"%PDF-1.7 x", "unreadable"),
        (b"link,views\n", "empty"),
        (b"name,views\nx,1\n", "no_link_column"),
        (b"link,name\nx,y\n", "no_number_column"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(scene: Scene, data: bytes, code: str) -> None:
    with pytest.raises(metrics.MetricsFileError) as trouble:
        metrics.load(data, "a.csv", scene.member, default_day=None, best="claimed")
    assert trouble.value.code == code


def test_the_upload_page_shows_the_account(scene: Scene, client: Client) -> None:
    published(scene, scene.collaboration(scene.shared))
    client.force_login(scene.agency.user)
    file = SimpleUploadedFile("a.csv", CHINESE.encode())
    page = client.post(agency_at(scene, "metrics_upload"), {"file": file}).content.decode()
    assert "8 rows: 1 accepted, 7 refused" in page
    assert "“many” in views is not a number" in page
    empty = client.post(agency_at(scene, "metrics_upload"), {"file": SimpleUploadedFile("a.csv", b"")})
    assert empty.status_code == 422


def test_strangers_numbers_find_no_deliverable(scene: Scene) -> None:
    published(scene)
    stranger = make_membership(kind="brand")
    account = metrics.load(
        f"link,views\n{POST},5\n".encode(), "a.csv", stranger, default_day=date(2026, 6, 8), best="measured"
    )
    assert [code for _line, code, _params in account.refused] == ["unknown_link"]
