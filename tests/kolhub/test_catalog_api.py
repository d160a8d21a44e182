"""Creators and segments over REST, and segments as pages."""

import re
from typing import Any

import pytest
from django.test import Client

from kolhub.models import ApiToken, Creator, Membership, Profile, Segment
from kolhub.tenancy import act_for
from tests.factories import (
    make_contact,
    make_creator,
    make_grant,
    make_membership,
    make_organization,
    make_profile,
    make_rate,
)

pytestmark = pytest.mark.django_db


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


class Machine:
    """A caller with a token."""

    def __init__(self, membership: Membership) -> None:
        self.membership = membership
        self.organization = membership.organization
        self.client = Client(headers={"Authorization": f"Bearer {ApiToken.issue(membership, 'x')[1]}"})
        self.at = f"/api/v1/o/{self.organization.slug}/"

    def ask(self, method: str, path: str, data: Any = None, status: int = 200, **more: Any) -> Any:
        told = {"data": data, "content_type": "application/json"} if method != "get" else {"data": data}
        response = getattr(self.client, method)(self.at + path, **told, **more)
        assert response.status_code == status, response.content
        return response.json()


@pytest.fixture
def agency() -> Machine:
    return Machine(make_membership(kind="agency"))


NEW = {
    "name": "Ada",
    "country": "BR",
    "categories": ["beauty"],
    "tags": ["vip"],
    "profiles": [
        {
            "platform": "tiktok",
            "handle": "https://www.tiktok.com/@Ada",
            "followers": 1200,
            "engagement_rate": 0.05,
            "metrics_on": "2026-05-01",
        }
    ],
}


class TestCreators:
    def test_added_listed_changed(self, agency: Machine) -> None:
        made = agency.ask("post", "creators/", NEW, 201)
        assert made["profiles"][0]["handle"] == "ada" and made["top_followers"] == 1200 and made["is_own"]
        assert made["profiles"][0]["provenance"] == "claimed"
        agency.ask("patch", f"creators/{made['id']}/", {"name": "Ada L."})
        figures = {"platform": "tiktok", "handle": "ada", "followers": 9000, "metrics_on": "2026-06-01"}
        grown = agency.ask("post", f"creators/{made['id']}/profiles/", figures)
        assert [one["followers"] for one in grown["profiles"]] == [9000]
        assert grown["profiles"][0]["engagement_rate"] == pytest.approx(0.05), "what is not told stays"
        listed = agency.ask("get", "creators/", {"q": "ada l.", "country": "BR", "followers_min": "5k"})
        assert [one["name"] for one in listed["results"]] == ["Ada L."]

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"name": ""}, "name"),
            ({"nick": "x"}, "nick"),
            ({"categories": ["makeup"]}, "categories"),
            ({"country": "Brazil"}, "country"),
            ({"profiles": [{"platform": "tiktok", "handle": "a b"}]}, "profiles"),
            ({"profiles": [{"platform": "tiktok", "handle": "ab", "followers": 5}]}, "profiles"),
        ],
    )
    def test_bad_input_is_explained_and_nothing_is_stored(
        self, agency: Machine, changed: dict[str, Any], field: str
    ) -> None:
        assert field in agency.ask("post", "creators/", {**NEW, **changed}, 400)
        act_for(agency.organization.pk)
        assert not Creator.objects.exists() and not Profile.objects.exists()

    def test_a_taken_profile_stores_nothing(self, agency: Machine) -> None:
        agency.ask("post", "creators/", NEW, 201)
        assert "already" in str(agency.ask("post", "creators/", {**NEW, "name": "Other"}, 400))
        act_for(agency.organization.pk)
        assert Creator.objects.count() == 1

    def test_unknown_and_bad_parameters_are_refused(self, agency: Machine) -> None:
        assert agency.ask("get", "creators/", {"contry": "BR"}, 400) == {"contry": ["Unknown parameter."]}
        assert "followers_min" in agency.ask("get", "creators/", {"followers_min": "lots"}, 400)
        assert "segment" in agency.ask("get", "creators/", {"segment": "999999"}, 400)

    def test_what_is_shared_is_read_only_and_says_no_more_than_the_grant(self, agency: Machine) -> None:
        brand = Machine(make_membership(kind="brand", role="compliance"))
        creator = make_creator(agency.organization, notes="our secret")
        make_rate(make_profile(creator))
        make_contact(creator)
        assert brand.ask("get", f"creators/{creator.pk}/", status=404)
        make_grant(agency.organization, brand.organization)
        shown = brand.ask("get", f"creators/{creator.pk}/")
        assert (shown["is_own"], shown["notes"], shown["contacts"]) == (False, "", [])
        assert shown["brought_by"] == agency.organization.slug
        assert shown["profiles"][0]["prices"] == [], "a reviewer sees no money"
        manager = Machine(make_membership(brand.organization, "manager"))
        assert manager.ask("get", f"creators/{creator.pk}/")["profiles"][0]["prices"][0]["amount_minor"] == 120_000
        manager.ask("patch", f"creators/{creator.pk}/", {"name": "Mine"}, 404)
        manager.ask("post", f"creators/{creator.pk}/profiles/", {"platform": "tiktok", "handle": "x1"}, 404)
        brand.ask("post", "creators/", NEW, 403)


class TestSegments:
    def test_saved_listed_opened_renamed_deleted(self, agency: Machine) -> None:
        make_profile(make_creator(agency.organization, name="Ada", country="BR"), followers=90_000)
        make_profile(make_creator(agency.organization, name="Bao", country="US"), followers=90_000)
        client = Client()
        client.force_login(agency.membership.user)
        at = f"/o/{agency.organization.slug}/"
        assert "No segments yet" in text(client.get(at + "segments/"))
        asked = {"country": "BR", "followers_min": "5万", "sort": "name"}
        saved = client.post(at + "segments/", {"name": "Big in Brazil", **asked}, follow=True)
        assert saved.redirect_chain[0][0] == f"{at}creators/?country=BR&followers_min=50000"
        assert [one.name for one in saved.context["page_obj"].object_list] == ["Ada"]
        assert saved.context["segment"].name == "Big in Brazil"
        listed = text(client.get(at + "segments/"))
        assert "Big in Brazil" in listed and "Country: Brazil" in listed
        act_for(agency.organization.pk)
        segment = Segment.objects.get()
        assert segment.filters == {"country": "BR", "followers_min": "50000"}
        assert client.get(f"{at}segments/{segment.pk}/").url == f"{at}creators/?country=BR&followers_min=50000"
        again = client.post(at + "segments/", {"name": "Big in  Brazil", "country": "US"})
        assert again.status_code == 422 and "already a segment" in text(again) and "Country:" in text(again)
        everybody = client.post(at + "segments/", {"name": "All"})
        assert everybody.status_code == 422 and "Filter the creators first" in text(everybody)

        told = agency.ask("get", "segments/")["results"]
        assert [(one["name"], one["filters"]["country"]) for one in told] == [("Big in Brazil", "BR")]
        found = agency.ask("get", "creators/", {"segment": segment.pk})["results"]
        assert [one["name"] for one in found] == ["Ada"]

        assert "Big in Brazil" in text(client.get(f"{at}segments/{segment.pk}/edit/"))
        client.post(f"{at}segments/{segment.pk}/edit/", {"name": "Brazil"})
        assert "Brazil" in text(client.get(at + "segments/"))
        client.post(f"{at}segments/{segment.pk}/delete/")
        act_for(agency.organization.pk)
        assert not Segment.objects.exists() and Creator.objects.count() == 2

    def test_another_organizations_segment_is_not_there(self, agency: Machine) -> None:
        stranger = make_organization("agency")
        segment = Segment.objects.create(organization=stranger, name="Theirs", filters={"country": "BR"})
        client = Client()
        client.force_login(agency.membership.user)
        at = f"/o/{agency.organization.slug}/segments/{segment.pk}/"
        assert {client.get(at).status_code, client.get(at + "edit/").status_code} == {404}
        assert client.post(at + "delete/").status_code == 404
        agency.ask("get", "creators/", {"segment": segment.pk}, 400)
