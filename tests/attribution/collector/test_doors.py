"""The doors, with real sockets, a real process and a real database."""

import re
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from tests.attribution.collector.conftest import PERSON, Running, hits, order


def test_a_pixel_is_stored_before_it_is_answered(collector: Running) -> None:
    event = str(uuid4())
    answer = collector.get(
        f"/t/{collector.shop.pixel}.gif?eid={event}&v=visitor-1&u=https://shop.example/a%20b&consent=1"
    )
    assert (answer.status, answer.body[:6], answer.outcome) == (200, b"GIF89a", "")
    assert answer.headers["x-event-id"] == event
    assert answer.headers["cache-control"] == "no-store, private"
    (hit,) = hits(event_id=event)
    assert (str(hit.id), hit.outcome, hit.organization_id) == (event, "accepted", collector.shop.organization_id)
    assert (hit.visitor, hit.payload["url"], hit.consent) == ("visitor-1", "https://shop.example/a b", "given")
    assert hit.network == "127.0.0.0/24"


def test_a_click_leads_on_with_a_signed_click_id(collector: Running) -> None:
    answer = collector.get(f"/go/{collector.shop.slugs[0]}")
    assert answer.status == 302
    target = urlsplit(answer.headers["location"])
    assert (target.netloc, target.path, target.fragment) == ("shop.example", "/p", "top")
    query = parse_qs(target.query)
    assert query["utm_source"] == ["own"], "the brand's own parameters win"
    assert query["utm_campaign"] == ["summer"]
    assert re.fullmatch(r"[\w-]{52}", query["khc"][0])
    (hit,) = hits(id=answer.headers["x-event-id"])
    assert (hit.kind, hit.outcome, hit.link_id, hit.link_version) == ("click", "accepted", collector.shop.links[0], 1)

    landed = collector.get(f"/t/{collector.shop.pixel}.gif?v=v2&consent=1&khc={query['khc'][0]}")
    (page,) = hits(id=landed.headers["x-event-id"])
    assert page.click_id == hit.id


def test_a_beacon_answers_per_event(collector: Running) -> None:
    good = {"id": str(uuid4()), "name": "page_view", "visitor": "v", "url": "https://shop.example/", "consent": True}
    answer = collector.beacon(collector.shop.pixel, good, {"name": "no_such_event"}, good)
    assert answer.status == 202
    assert [one["outcome"] for one in answer.json["results"]] == ["accepted", "malformed", "duplicate"]
    assert answer.headers["access-control-allow-origin"] == "*"


def test_an_order_is_stored_in_minor_units(collector: Running) -> None:
    answer = collector.s2s(order("A-1", customer="Anna@Example.com", visitor="v9"), name="msg-1")
    assert answer.status == 202, answer.body
    assert answer.json["results"][0]["outcome"] == "accepted"
    (hit,) = hits(id=answer.headers["x-event-id"])
    assert (hit.payload["gross"], hit.payload["discount"], hit.payload["net"]) == (5000, 500, 4500)
    assert "nna" not in str(hit.payload).lower().replace("anna10", ""), "no e-mail address is kept"


def test_a_shopify_webhook_is_stored(collector: Running) -> None:
    body = {
        "id": 42, "currency": "USD", "created_at": "2026-01-02T03:04:05-05:00", "financial_status": "paid",
        "line_items": [{"price": "89.99", "quantity": 2, "discount_allocations": [{"amount": "10.00"}]}],
    }  # fmt: skip
    answer = collector.shopify(body)
    assert answer.status == 200, answer.body
    (hit,) = hits(id=answer.headers["x-event-id"])
    assert (hit.kind, hit.payload["net"], hit.payload["order_ref"]) == ("shopify", 16998, "42")


def test_a_preview_counts_nothing_and_still_gets_there(collector: Running) -> None:
    answer = collector.get(f"/go/{collector.shop.slugs[0]}", {"User-Agent": "WhatsApp/2.23.20.0"})
    assert (answer.status, answer.outcome) == (302, "preview")
    assert "khc" not in answer.headers["location"]
    assert PERSON
