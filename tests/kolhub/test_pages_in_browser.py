"""The people pages in a real browser: no violation of the policy, nothing for axe to say, no sideways scrolling."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import transaction

from kolhub import people
from tests.factories import PASSWORD, make_creator, make_profile, make_user

pytestmark = [pytest.mark.browser, pytest.mark.processes]
AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
ENTRANCE = ("/account/login/", "/account/signup/", "/account/password/reset/")
WIDE = ("/o/glow/", "/o/glow/settings/", "/o/glow/members/", "/o/glow/invitations/new/", "/o/glow/tokens/")
WIDE += ("/o/glow/shared-with-us/", "/o/glow/audit/?check=yes", "/o/xinghe/", "/o/xinghe/sharing/")
WIDE += ("/organizations/new/", "/account/profile/", "/account/email/", "/account/2fa/")
NARROW = ("/o/glow/", "/o/glow/members/", "/o/glow/audit/?check=yes", "/o/xinghe/sharing/", "/organizations/new/")


@pytest.fixture(scope="module")
def site(module_world: Any) -> str:
    """A running site with one brand, one agency that shares with it, and their common owner."""
    with transaction.atomic():
        owner = make_user("owner@example.com", name="Li Na")
        # The server does not know the quick hasher that this process uses.
        owner.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt" * 6)
        owner.save()
        member = people.found(owner, name="Glow 光彩", slug="glow", kind="brand", currency="CNY")
        people.invite(member, "guest@example.com", "analyst")
        people.issue_token(member, "warehouse", 90)
        agency = people.found(owner, name="星河 MCN", slug="xinghe", kind="agency")
        make_profile(make_creator(agency.organization))
        people.share(agency, "glow", starts_at=member.created_at, ends_at=None, includes_contacts=True)
    module_world.start("web")
    return str(module_world.web_url)


def log_in(page: Any, site: str) -> None:
    page.goto(f"{site}/account/login/")
    page.fill("[name=login]", "owner@example.com")
    page.fill("[name=password]", PASSWORD)
    page.click("form[action*=login] button")
    page.wait_for_url(f"{site}/")


def check(page: Any, address: str) -> None:
    """Open the page; say what axe says of it, and whether it is wider than the window."""
    page.goto(address)
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    said = [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]
    assert not said, f"{address}\n" + "\n".join(said)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} scrolls sideways"


@pytest.mark.parametrize(
    ("seen", "paths"),
    [
        ({"viewport": {"width": 1280, "height": 900}}, WIDE),
        ({"viewport": {"width": 390, "height": 844}, "locale": "zh-CN", "color_scheme": "dark"}, NARROW),
    ],
    ids=["desktop", "phone"],
)
def test_every_people_page_is_sound(
    site: str, new_page: Callable[..., Any], seen: dict[str, Any], paths: tuple[str, ...]
) -> None:
    page = new_page(**seen)
    for path in ENTRANCE:
        check(page, site + path)
    log_in(page, site)
    for path in paths:
        check(page, site + path)


def test_the_menus_the_switch_and_copying_work(site: str, new_page: Callable[..., Any]) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    log_in(page, site)
    page.goto(f"{site}/o/glow/members/")
    page.click(".organization-switch button")
    page.click("text=星河 MCN")
    page.wait_for_url(f"{site}/o/xinghe/")
    page.click("header button[name=language]")
    page.wait_for_load_state()
    assert page.get_attribute("html", "lang") == "zh-hans"
    page.click("header button[name=language]")
    page.goto(f"{site}/o/glow/invitations/new/")
    page.fill("[name=email]", "another@example.com")
    page.click("main form button")
    link = page.input_value("#link")
    page.click("[data-copy='#link']")
    page.wait_for_function("document.querySelector('[data-copy]').textContent === 'Copied'")
    assert page.evaluate("navigator.clipboard.readText()") == link


def test_a_short_name_is_suggested_until_one_is_written(site: str, page: Any) -> None:
    log_in(page, site)
    page.goto(f"{site}/organizations/new/")
    page.type("[name=name]", "Glow & Co. Berlin")
    assert page.input_value("[name=slug]") == "glow-co-berlin"
    page.fill("[name=slug]", "mine")
    page.type("[name=name]", " GmbH")
    assert page.input_value("[name=slug]") == "mine"


def test_a_chart_is_drawn_with_a_table_beside_it(site: str, page: Any) -> None:
    """Put a chart into the page the way htmx does, and see pixels and the same numbers as text."""
    log_in(page, site)
    page.goto(f"{site}/o/glow/")
    page.evaluate(
        """() => {
            const holder = document.querySelector("main .page-body .container-xl");
            const data = document.createElement("script");
            data.type = "application/json";
            data.id = "numbers";
            data.textContent = JSON.stringify({
                xAxis: {type: "category", data: ["Mon", "Tue"]}, yAxis: {type: "value"},
                series: [{type: "bar", name: "Orders", data: [3, 4]}],
            });
            const place = document.createElement("div");
            place.className = "chart";
            place.dataset.chart = "numbers";
            place.setAttribute("aria-label", "Orders per day");
            holder.append(data, place);
            place.dispatchEvent(new CustomEvent("htmx:afterSettle", {bubbles: true}));
        }"""
    )
    page.wait_for_selector(".chart canvas")
    cells = page.eval_on_selector_all(".chart + .visually-hidden td", "cells => cells.map(cell => cell.textContent)")
    assert cells == ["Mon", "3", "Tue", "4"]
    page.hover(".chart canvas")


def test_the_api_documentation_shows_under_the_strict_policy(site: str, page: Any) -> None:
    page.goto(f"{site}/api/docs/")
    page.wait_for_selector("text=/api/v1/me/")
