"""The catalog's pages as members of each kind use them."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Collaboration
from kolhub.catalog import CreatorFilter
from kolhub.models import AuditEvent, Contact, Creator, DoNotContact, Membership, Profile, ProfileSnapshot, RateCard
from kolhub.roster.upsert import refresh
from kolhub.tenancy import act_for
from tests.factories import (
    make_contact,
    make_creator,
    make_credential,
    make_grant,
    make_membership,
    make_organization,
    make_profile,
    make_rate,
    make_snapshot,
)

pytestmark = pytest.mark.django_db


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


class Desk:
    """A member at a browser."""

    def __init__(self, membership: Membership) -> None:
        self.membership = membership
        self.organization = membership.organization
        self.client = Client()
        self.client.force_login(membership.user)
        self.at = f"/o/{self.organization.slug}"

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(f"{self.at}/{path}", **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> Any:
        return self.client.post(f"{self.at}/{path}", data or {}, **more)


@pytest.fixture
def agency() -> Desk:
    return Desk(make_membership(kind="agency"))


@pytest.fixture
def brand() -> Desk:
    return Desk(make_membership(kind="brand"))


def person(desk: Desk, name: str, platform: str = "tiktok", followers: int | None = 50_000, **fields: Any) -> Creator:
    """A creator with one profile, as a roster leaves it."""
    of_profile = {key: fields.pop(key) for key in ("audience_country", "engagement_rate") if key in fields}
    creator = make_creator(desk.organization, name=name, **fields)
    make_profile(creator, platform, handle=name.lower().replace(" ", "_"), followers=followers, **of_profile)
    refresh([creator.pk])
    creator.refresh_from_db()
    return creator


def names(response: Any) -> list[str]:
    return [creator.name for creator in response.context["page_obj"].object_list]


class TestList:
    def test_what_to_do_first_depends_on_who_one_is(self, agency: Desk, brand: Desk) -> None:
        assert "Upload your roster as it is" in text(agency.get("creators/"))
        assert "Ask your agency" in text(brand.get("creators/"))
        person(agency, "Ada")
        assert "Nobody fits" in text(agency.get("creators/?q=nobody"))

    def test_search_finds_names_handles_categories_and_tags(self, agency: Desk) -> None:
        person(agency, "小满", categories=["beauty"], tags=["重点"])
        person(agency, "Bob Smith", categories=["food"], tags=["VIP"])
        for asked, found in (
            ("小满", ["小满"]),
            ("bob", ["Bob Smith"]),
            ("@bob_smith", ["Bob Smith"]),
            ("https://www.tiktok.com/@bob_smith", ["Bob Smith"]),
            ("美妆", ["小满"]),
            ("vip", ["Bob Smith"]),
            ("bob food", ["Bob Smith"]),
            ("bob beauty", []),
            ("100%", []),
            ("_", ["Bob Smith"]),
        ):
            assert names(agency.get("creators/", data={"q": asked})) == found, asked

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({"platform": "tiktok"}, {"Ada", "Cem"}),
            ({"country": "BR"}, {"Ada"}),
            ({"country": "unknown"}, {"Cem"}),
            ({"audience": "BR"}, {"Bao"}),
            ({"audience": "unknown"}, {"Ada", "Cem"}),
            ({"category": "beauty"}, {"Ada", "Bao"}),
            ({"followers_min": "4万"}, {"Ada", "Bao"}),
            ({"followers_max": "10k"}, {"Cem"}),
            ({"platform": "tiktok", "followers_min": "60,000"}, set()),
            ({"engagement_min": "5"}, {"Bao"}),
            ({"has_price": "1"}, {"Ada"}),
            ({"has_email": "1"}, {"Bao"}),
            ({"tag": "vip"}, {"Ada"}),
            ({"kind": "virtual"}, {"Cem"}),
            ({"shared_by": "own"}, {"Ada", "Bao", "Cem"}),
            ({"shared_by": "nobody"}, set()),
        ],
    )
    def test_filters(self, agency: Desk, asked: dict[str, str], found: set[str]) -> None:
        ada = person(agency, "Ada", country="BR", categories=["beauty"], tags=["vip"])
        bao = person(
            agency, "Bao", "instagram", 90_000, country="US", categories=["beauty", "food"],
            audience_country="BR", engagement_rate=0.08,
        )  # fmt: skip
        person(agency, "Cem", followers=5_000, kind="virtual")
        make_rate(ada.profiles.get())
        make_contact(bao)
        response = agency.get("creators/", data=asked)
        assert set(names(response)) == found
        assert [chip["name"] for chip in response.context["chips"]] == list(CreatorFilter.read(asked)[0].asked)

    def test_orders(self, agency: Desk) -> None:
        person(agency, "Ada", followers=10, engagement_rate=0.5)
        person(agency, "Bao", followers=None, engagement_rate=None)
        person(agency, "Cem", followers=30, engagement_rate=0.1)
        Profile.objects.filter(creator__name="Ada").update(metrics_on=date(2026, 6, 1))
        for sort, order in (
            ("", ["Cem", "Ada", "Bao"]),
            ("name", ["Ada", "Bao", "Cem"]),
            ("engagement", ["Ada", "Cem", "Bao"]),
            ("newest", ["Ada", "Bao", "Cem"]),
        ):
            assert names(agency.get("creators/", data={"sort": sort})) == order, sort

    def test_bad_values_are_told_and_the_rest_still_filters(self, agency: Desk) -> None:
        person(agency, "Ada", country="BR")
        person(agency, "Bao", country="US")
        response = agency.get("creators/?followers_min=lots&country=BR&platform=myspace&engagement_min=900")
        assert response.status_code == 422 and names(response) == ["Ada"]
        assert "Write a whole number" in text(response) and "not one of the choices" in text(response)
        assert agency.get("creators/?followers_min=10&followers_max=5").status_code == 422
        assert agency.get("creators/?q=x&page=999999999999999999999").status_code == 200

    def test_htmx_gets_the_results_only(self, agency: Desk) -> None:
        person(agency, "Ada")
        part = agency.get("creators/?q=ada&country=", headers={"HX-Request": "true"})
        assert "<html" not in text(part) and "Ada" in text(part)
        assert part["HX-Push-Url"] == f"{agency.at}/creators/?q=ada"
        restored = agency.get("creators/?q=ada", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
        assert "<html" in text(restored)

    def test_shared_creators_come_and_go_with_the_grant(self, agency: Desk, brand: Desk) -> None:
        creator = person(agency, "Ada")
        make_contact(creator, value="ada@example.com")
        make_rate(creator.profiles.get())
        page = f"creators/{creator.pk}/"
        assert names(brand.get("creators/")) == [] and brand.get(page).status_code == 404
        grant = make_grant(agency.organization, brand.organization)
        assert names(brand.get("creators/")) == ["Ada"]
        assert names(brand.get("creators/", data={"shared_by": agency.organization.slug})) == ["Ada"]
        assert names(brand.get("creators/", data={"shared_by": "own"})) == []
        assert names(brand.get("creators/", data={"has_email": "1"})) == []
        shown = text(brand.get(page))
        assert "shares this creator with you" in shown and "$1,200.00" in shown and "ada@example.com" not in shown
        for step in ("edit/", "delete/", "profiles/new/", "credentials/new/"):
            assert brand.get(page + step).status_code == 404, step
        act_for(agency.organization.pk)
        grant.includes_contacts = True
        grant.save()
        assert "ada@example.com" in text(brand.get(page))
        assert names(brand.get("creators/", data={"has_email": "1"})) == ["Ada"]
        act_for(agency.organization.pk)
        grant.ends_at = timezone.now() - timedelta(seconds=1)
        grant.save()
        assert names(brand.get("creators/")) == [] and brand.get(page).status_code == 404

    def test_the_list_asks_as_few_questions_for_many_as_for_few(
        self, agency: Desk, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(12):
            make_rate(person(agency, f"Creator {number}").profiles.get())
        with django_assert_max_num_queries(30):
            agency.get("creators/")


class TestExport:
    def test_the_file_holds_what_the_filter_finds_and_no_formulas(self, agency: Desk) -> None:
        creator = person(agency, "=HYPERLINK(1)", country="BR")
        make_rate(creator.profiles.get(), 300_000, "CNY")
        make_contact(creator, value="+49@example.com")
        person(agency, "Bao", country="US")
        lines = agency.get("creators/creators.csv?country=BR").content.decode("utf-8-sig").splitlines()
        assert len(lines) == 2 and "'=HYPERLINK(1)" in lines[1] and "'+49@example.com" in lines[1]
        assert "Post 3000.00 CNY" in lines[1]
        assert agency.get("creators/creators.xlsx").content[:2] == b"PK"

    def test_prices_stay_with_those_who_may_see_money(self, agency: Desk) -> None:
        make_rate(person(agency, "Ada").profiles.get())
        reviewer = Desk(make_membership(agency.organization, "compliance"))
        viewer = Desk(make_membership(agency.organization, "viewer"))
        assert "Post 1200.00 USD" in agency.get("creators/creators.csv").content.decode()
        assert "USD" not in reviewer.get("creators/creators.csv").content.decode()
        assert "$1,200" not in text(reviewer.get("creators/"))
        assert viewer.get("creators/creators.csv").status_code == 403


class TestTags:
    def test_ticked_creators_are_tagged_and_found_by_it(self, agency: Desk) -> None:
        ada, _bao = person(agency, "Ada"), person(agency, "Bao")
        said = text(
            agency.post("creators/tag/", {"chosen": [ada.pk], "word": "Spring 26", "action": "add"}, follow=True)
        )
        assert "1 creator changed" in said
        assert names(agency.get("creators/", data={"q": "spring"})) == ["Ada"]
        agency.post("creators/tag/", {"everything": "1", "word": "Spring 26", "action": "remove"})
        assert names(agency.get("creators/", data={"q": "spring"})) == []

    def test_all_found_are_tagged_but_shared_ones_never(self, agency: Desk, brand: Desk) -> None:
        person(agency, "Ada", country="BR")
        make_grant(agency.organization, brand.organization)
        person(brand, "Bao", country="BR")
        person(brand, "Cem", country="US")
        said = text(brand.post("creators/tag/", {"everything": "1", "country": "BR", "word": "x"}, follow=True))
        assert "1 creator changed" in said and "left as they are" in said
        act_for(agency.organization.pk)
        assert Creator.objects.get(name="Ada").tags == []

    def test_nothing_ticked_is_told(self, agency: Desk) -> None:
        assert "Tick the creators first" in text(agency.post("creators/tag/", {"word": "x"}, follow=True))


NEW = {
    "name": "小满", "kind": "human", "country": "CN", "languages": ["zh"], "categories": ["beauty"], "tags": "a，b",
    "platform": "douyin", "handle": "XiaoMan88", "followers": "4.53w", "engagement_rate": "1.39",
    "taken_on": "2026-05-01", "source": "蝉妈妈",
}  # fmt: skip


class TestByHand:
    def test_added_with_a_profile(self, agency: Desk) -> None:
        response = agency.post("creators/new/", NEW)
        assert response.status_code == 302
        act_for(agency.organization.pk)
        creator = Creator.objects.get()
        profile = creator.profiles.get()
        assert (creator.name, creator.tags, creator.top_followers) == ("小满", ["a", "b"], 45_300)
        assert (profile.followers, profile.engagement_rate) == (45_300, pytest.approx(0.0139))
        assert (profile.metrics_source, profile.provenance) == ("蝉妈妈", "claimed")
        assert ProfileSnapshot.objects.get().followers == 45_300
        assert names(agency.get("creators/?q=小满")) == ["小满"]
        shown = text(agency.get(f"creators/{creator.pk}/"))
        assert "45,300" in shown and "claimed" in shown and "2026-05-01" in shown and "蝉妈妈" in shown
        assert AuditEvent.objects.filter(verb="creator.add", subject=f"creator:{creator.pk}").exists()

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"handle": "https://www.tiktok.com/@other"}, "does not lead to a 抖音"),
            ({"handle": "a b"}, "no blanks"),
            ({"followers": "3K-30K"}, "not a whole number"),
            ({"name": ""}, "required"),
            ({"taken_on": "2199-01-01"}, "in the future"),
        ],
    )
    def test_bad_input_is_explained_and_nothing_is_stored(
        self, agency: Desk, changed: dict[str, str], said: str
    ) -> None:
        response = agency.post("creators/new/", {**NEW, **changed})
        assert response.status_code == 422 and said in text(response)
        act_for(agency.organization.pk)
        assert not Creator.objects.exists()

    def test_a_profile_exists_once(self, agency: Desk) -> None:
        agency.post("creators/new/", NEW)
        response = agency.post("creators/new/", {**NEW, "name": "Other", "handle": "xiaoman88"})
        assert response.status_code == 422 and "has this profile already: 小满" in text(response)
        act_for(agency.organization.pk)
        assert Creator.objects.count() == 1

    def test_changes_are_searchable_and_written_down(self, agency: Desk) -> None:
        creator = person(agency, "Ada")
        agency.post(f"creators/{creator.pk}/edit/", {"name": "Ada Lovelace", "kind": "human", "tags": "math"})
        assert names(agency.get("creators/?q=lovelace math")) == ["Ada Lovelace"]
        event = AuditEvent.objects.get(verb="creator.change")
        assert event.data["fields"] == ["name", "tags"]

    def test_new_figures_make_history_and_a_chart(self, agency: Desk) -> None:
        creator = person(agency, "Ada")
        profile = creator.profiles.get()
        make_snapshot(profile, taken_on=date(2026, 4, 1), followers=40_000)
        agency.post(
            f"profiles/{profile.pk}/edit/",
            {"platform": "tiktok", "handle": "ada", "followers": "60000", "taken_on": "2026-05-02"},
        )
        response = agency.get(f"creators/{creator.pk}/")
        option = response.context["history"]
        assert option["xAxis"]["data"] == ["2026-04-01", "2026-05-02"]
        assert option["series"][0]["data"] == [40_000, 60_000]
        assert 'data-chart="followers-history"' in text(response)

    def test_deleting_is_refused_while_a_brand_works_with_the_creator(self, agency: Desk, brand: Desk) -> None:
        from tests.campaigns.work import Scene

        scene = Scene()
        scene.as_brand()
        scene.collaboration(scene.shared)
        desk = Desk(make_membership(scene.agency_org, "manager"))
        act_for(scene.agency_org.pk)
        said = text(desk.post(f"creators/{scene.shared.pk}/delete/", follow=True))
        assert "takes part in a collaboration" in said
        scene.as_brand()
        assert Collaboration.objects.filter(creator=scene.shared).exists()

    def test_an_unused_creator_can_be_deleted(self, agency: Desk) -> None:
        creator = person(agency, "Ada")
        make_rate(creator.profiles.get())
        assert "cannot be undone" in text(agency.get(f"creators/{creator.pk}/delete/"))
        agency.post(f"creators/{creator.pk}/delete/")
        act_for(agency.organization.pk)
        assert not Creator.objects.exists() and not RateCard.objects.exists()
        assert AuditEvent.objects.get(verb="creator.remove").data == {"name": "Ada"}


class TestWrittenDown:
    def test_prices_in_minor_units(self, agency: Desk) -> None:
        profile = person(agency, "Ada").profiles.get()
        price = {"format": "reel", "amount": "1200.50", "currency": "USD", "quoted_on": "2026-05-01"}
        agency.post(f"profiles/{profile.pk}/prices/new/", price)
        wrong = agency.post(f"profiles/{profile.pk}/prices/new/", {**price, "amount": "10.5", "currency": "JPY"})
        assert wrong.status_code == 422 and "JPY has 0 decimals" in text(wrong)
        act_for(agency.organization.pk)
        card = RateCard.objects.get()
        assert (card.amount_minor, card.currency, card.source) == (120_050, "USD", "entered by hand")
        assert "$1,200.50" in text(agency.get(f"creators/{profile.creator_id}/"))
        agency.post(f"prices/{card.pk}/delete/")
        assert not RateCard.objects.exists()

    def test_contacts_are_the_writers_own(self, agency: Desk, brand: Desk) -> None:
        creator = person(agency, "Ada")
        make_grant(agency.organization, brand.organization)
        page = f"creators/{creator.pk}/"
        assert brand.post(page + "contacts/new/", {"kind": "email", "value": "no"}).status_code == 422
        brand.post(page + "contacts/new/", {"kind": "email", "value": "ada@brand.example"})
        again = brand.post(page + "contacts/new/", {"kind": "email", "value": "ada@brand.example"})
        assert again.status_code == 422 and "already there" in text(again)
        assert "ada@brand.example" in text(brand.get(page))
        assert "ada@brand.example" not in text(agency.get(page))
        act_for(brand.organization.pk)
        contact = Contact.objects.get()
        assert agency.post(f"{page}contacts/{contact.pk}/delete/").status_code == 404
        brand.post(f"{page}contacts/{contact.pk}/edit/", {"kind": "wechat", "value": "ada_w"})
        assert "ada_w" in text(brand.get(page))
        brand.post(f"{page}contacts/{contact.pk}/delete/")
        act_for(brand.organization.pk)
        assert not Contact.objects.exists()

    def test_do_not_contact_is_said_and_taken_back(self, agency: Desk) -> None:
        creator = person(agency, "Ada")
        page = f"creators/{creator.pk}/"
        agency.post(page + "do-not-contact/", {"reason": "asked us to stop"})
        assert "asked us to stop" in text(agency.get(page))
        agency.post(page + "do-not-contact/")
        act_for(agency.organization.pk)
        assert not DoNotContact.objects.exists()
        assert AuditEvent.objects.filter(verb="creator.do_not_contact").count() == 2

    def test_credentials_and_their_expiry(self, agency: Desk) -> None:
        creator = person(agency, "Ada")
        page = f"creators/{creator.pk}/"
        make_credential(agency.organization, creator, number="OLD", valid_until=date(2020, 1, 1))
        agency.post(page + "credentials/new/", {"kind": "uae_permit", "number": "AE-1", "market": "AE"})
        shown = text(agency.get(page))
        assert "expired" in shown and "AE-1" in shown and "no expiry" in shown
        again = agency.post(page + "credentials/new/", {"kind": "uae_permit", "number": "AE-1"})
        assert again.status_code == 422


def test_who_may_only_see_is_offered_nothing_to_do(agency: Desk) -> None:
    creator = person(agency, "Ada")
    viewer = Desk(make_membership(agency.organization, "viewer"))
    shown = text(viewer.get(f"creators/{creator.pk}/")) + text(viewer.get("creators/"))
    assert "Delete" not in shown and "New figures" not in shown and "Tag the ticked" not in shown
    assert viewer.post("creators/new/", NEW).status_code == 403


def test_another_organizations_creators_are_not_there(agency: Desk) -> None:
    stranger = make_organization("agency")
    creator = make_creator(stranger)
    profile = make_profile(creator)
    price = make_rate(profile)
    for path in (f"creators/{creator.pk}/", f"creators/{creator.pk}/edit/", f"profiles/{profile.pk}/edit/"):
        assert agency.get(path).status_code == 404, path
    for path in (f"prices/{price.pk}/delete/", f"creators/{creator.pk}/do-not-contact/"):
        assert agency.post(path).status_code == 404, path
    agency.post("creators/tag/", {"chosen": [creator.pk], "word": "stolen"})
    act_for(stranger.pk)
    assert Creator.objects.get(pk=creator.pk).tags == []
