"""Hostile requests at real doors. Letters and numbers name the attack in the list they were written from."""

import json
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from attribution.models import HitConflict
from tests.attribution.collector.conftest import (
    S2S_SECRET,
    Running,
    ago,
    counts,
    hits,
    make_shop,
    order,
    signed_headers,
)
from tests.world import wait_until


def pixel(running: Running, query: str = "", **headers: str) -> Any:
    return running.get(
        f"/t/{running.shop.pixel}.gif?consent=1&{query}",
        {name.replace("_", "-"): value for name, value in headers.items()},
    )


def stored(answer: Any) -> Any:
    (hit,) = hits(id=answer.headers["x-event-id"])
    return hit


# ---- P: the pixel ----


@pytest.mark.parametrize(
    "query", ["v=a%00b", "u=https://shop.example/%00", "eid=%00", "khc=%00", "r=https://x.example/%00"]
)
def test_p2_nul_is_stripped(collector: Running, query: str) -> None:
    hit = stored(pixel(collector, query))
    assert "\x00" not in f"{hit.visitor}{hit.payload}{hit.referrer}"


@pytest.mark.parametrize("query", ["v=%ff%fe", "v=%c0%ae", "v=%ed%a0%80", "v=%zz", "u=https://shop.example/%f0%28"])
def test_p3_bytes_that_are_no_text_are_kept_as_replacement_characters(collector: Running, query: str) -> None:
    answer = collector.raw(
        f"GET /t/{collector.shop.pixel}.gif?consent=1&{query} HTTP/1.1\r\nHost: x\r\nUser-Agent: Mozilla/5.0 (X)\r\n"
        "Connection: close\r\n\r\n".encode("utf-8", "surrogateescape")
    )
    assert answer.startswith(b"HTTP/1.1 200"), answer


def test_p4_too_long_and_too_many(collector: Running) -> None:
    before = counts()
    assert pixel(collector, "v=" + "a" * 9000).status == 414
    assert pixel(collector, "&".join(f"p{n}=1" for n in range(500))).status == 422
    assert pixel(collector, "v=1", X_Big="x" * 20_000).status == 431
    assert stored(pixel(collector, "v=first&v=second")).visitor == "first"
    wait_until("the refusals are counted", lambda: counts().get("too_large", 0) >= before.get("too_large", 0) + 2)


def test_p5_head_and_options_never_count(collector: Running) -> None:
    answer = collector.ask("HEAD", f"/t/{collector.shop.pixel}.gif?consent=1")
    assert (answer.status, answer.body, answer.outcome) == (200, b"", "head")
    assert collector.ask("OPTIONS", f"/t/{collector.shop.pixel}.gif").status == 204
    assert collector.ask("POST", f"/t/{collector.shop.pixel}.gif", b"x").status == 404
    assert collector.ask("TRACE", f"/t/{collector.shop.pixel}.gif").status in (400, 405)


@pytest.mark.parametrize("name", ["Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"])
def test_p6_prefetch(collector: Running, name: str) -> None:
    assert pixel(collector, "", **{name: "prefetch;prerender"}).outcome == "prefetch"


@pytest.mark.parametrize(
    "agent", ["", "curl/8.5.0", "Mozilla/5.0 (X11) HeadlessChrome/120.0 Safari/537.36", "Googlebot/2.1"]
)
def test_p7_programs(collector: Running, agent: str) -> None:
    assert pixel(collector, "", User_Agent=agent or " ").outcome == "bot"


def test_p8_forwarding_headers_of_strangers_mean_nothing(collector: Running, collect: Callable[..., Running]) -> None:
    told = {"X_Forwarded_For": "198.51.100.9", "CF_Connecting_IP": "198.51.100.9", "X_Country_Code": "DE"}
    hit = stored(pixel(collector, "", **told))
    assert (hit.network, hit.country) == ("127.0.0.0/24", "")
    behind = collect(KOLHUB_TRUSTED_PROXIES="127.0.0.1,10.0.0.0/8")
    told["X_Forwarded_For"] = "6.6.6.6, 198.51.100.9, 10.1.2.3"
    hit = stored(pixel(behind, "", **told))
    assert (hit.network, hit.country) == ("198.51.100.0/24", "DE")
    own = pixel(behind, "", X_Forwarded_For="203.0.113.77")
    assert own.outcome == "own_team"


@pytest.mark.parametrize("clock", ["0", "99999999999999", "-1", "x", "1e9", "9" * 400])
def test_p9_the_clients_clock_rules_nothing(collector: Running, clock: str) -> None:
    hit = stored(pixel(collector, f"t={clock}"))
    assert hit.claimed_at is None
    assert abs((hit.received_at - datetime.now(UTC)).total_seconds()) < 60


def test_p10_a_thousand_replays_are_one_hit(collector: Running) -> None:
    event = str(uuid4())
    before = counts(key=collector.shop.pixel).get("duplicate", 0)
    request = (
        f"GET /t/{collector.shop.pixel}.gif?eid={event}&consent=1 HTTP/1.1\r\nHost: x\r\n"
        "User-Agent: Mozilla/5.0 (X)\r\n\r\n"
    ).encode()

    def replay(_n: int) -> None:
        with socket.create_connection(("127.0.0.1", collector.port), timeout=30) as line:
            for _i in range(10):
                line.sendall(request * 10)
                received = b""
                while received.count(b"HTTP/1.1 200") < 10 or not received.endswith(b";"):
                    received += line.recv(65536)

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(replay, range(10)))
    assert len(hits(event_id=event)) == 1
    assert counts(key=collector.shop.pixel)["duplicate"] == before + 999


def test_p11_the_same_id_with_other_content_is_evidence(collector: Running) -> None:
    event = str(uuid4())
    assert pixel(collector, f"eid={event}&v=first").outcome == ""
    assert pixel(collector, f"eid={event}&v=first&t=1").outcome == "duplicate"
    assert pixel(collector, f"eid={event}&v=second").outcome == "id_conflict"
    (hit,) = hits(event_id=event)
    assert hit.visitor == "first"
    assert HitConflict.objects.using("owner").filter(event_id=event).count() == 1


def test_p12_unknown_and_archived_keys_look_alike(collector: Running) -> None:
    from attribution.models import Pixel
    from kolhub.tenancy import acting_for

    other = make_shop("Other")
    with acting_for(other.organization_id):
        Pixel.objects.update(archived_at=datetime.now(UTC))
    unknown = collector.get("/t/000000000000.gif?consent=1")
    # Where the collector read the key between its making and its archiving, it is told a moment later.
    address = f"/t/{other.pixel}.gif?consent=1"
    wait_until("the collector is told", lambda: collector.get(address).outcome == "unknown_key")
    archived = collector.get(address)
    assert (unknown.status, unknown.outcome) == (archived.status, archived.outcome) == (200, "unknown_key")
    assert stored(archived).outcome == "archived_key"
    assert stored(unknown).organization_id is None


def test_a_pixel_made_a_moment_ago_works(collector: Running) -> None:
    other = make_shop("New")
    answer = collector.get(f"/t/{other.pixel}.gif?consent=1&v=1")
    assert (answer.outcome, stored(answer).organization_id) == ("", other.organization_id)
    assert "khc=" in collector.get(f"/go/{other.slugs[0]}").headers["location"]


def test_p13_a_click_of_another_brand_is_not_believed(collector: Running) -> None:
    other = make_shop("Rival")
    theirs = collector.get(f"/go/{other.slugs[0]}").headers["location"].partition("khc=")[2].partition("#")[0]
    hit = stored(pixel(collector, f"v=1&khc={theirs}"))
    assert (hit.outcome, hit.click_id, hit.payload["khc"]) == ("accepted", None, "forged")


def test_p14_a_flood_from_one_network_is_limited_and_others_are_not(collect: Callable[..., Running]) -> None:
    running = collect("--rate-per-network", "3", KOLHUB_TRUSTED_PROXIES="127.0.0.1")
    flood = [pixel(running, "", X_Forwarded_For="198.51.100.1") for _i in range(60)]
    refused = [answer for answer in flood if answer.status == 429]
    assert len(refused) >= 20
    assert (refused[0].outcome, refused[0].headers["retry-after"], refused[0].body[:3]) == ("rate_limited", "5", b"GIF")
    assert pixel(running, "", X_Forwarded_For="192.0.2.1").status == 200
    click = running.get(f"/go/{running.shop.slugs[0]}", {"X-Forwarded-For": "198.51.100.1"})
    assert (click.status, "khc" in click.headers["location"]) == (302, False)


def test_p15_half_a_request_is_ended(collect: Callable[..., Running]) -> None:
    running = collect("--request-seconds", "2")
    for half in (b"POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", b"GET /healthz HTT"):
        assert running.raw(half, 15).startswith(b"HTTP/1.1 408")
    assert running.raw(b"", 15) == b"", "who says nothing is told nothing"
    with socket.create_connection(("127.0.0.1", running.port), timeout=15) as line:
        for _i in range(9):
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert line.recv(4096).endswith(b"ok\n")
            time.sleep(0.3)


def test_p15_pipelined_requests_are_answered_in_order(collector: Running) -> None:
    events = [str(uuid4()) for _i in range(40)]
    wire = "".join(
        f"GET /t/{collector.shop.pixel}.gif?eid={event}&consent=1 HTTP/1.1\r\nHost: x\r\n"
        "User-Agent: Mozilla/5.0 (X)\r\n\r\n"
        for event in events
    )
    answer = collector.raw(wire.encode() + b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    order_ = [line[12:].strip().decode() for line in answer.split(b"\r\n") if line.startswith(b"X-Event-Id")]
    assert order_ == events
    assert answer.endswith(b"ok\n")


@pytest.mark.parametrize(
    "wire",
    [
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /hea lthz HTTP/1.1\r\n\r\n",
    ],
)
def test_p15_what_is_no_http_is_refused(collector: Running, wire: bytes) -> None:
    assert collector.raw(wire, 8).startswith((b"HTTP/1.1 400", b"")), wire
    assert collector.get("/healthz").status == 200


def test_p16_nothing_dangerous_is_kept_as_an_address(collector: Running) -> None:
    hit = stored(pixel(collector, "u=javascript:alert(1)&r=data:text/html,x"))
    assert "url" not in hit.payload
    assert hit.referrer == ""


@pytest.mark.parametrize(
    ("query", "headers", "expected"),
    [
        ("consent=1", {}, ""),
        ("consent=0", {}, "no_consent"),
        ("", {"Sec-GPC": "1"}, "no_consent"),
        ("", {"DNT": "1"}, "no_consent"),
        ("consent=1", {"Sec-GPC": "1"}, "no_consent"),
        ("consent=maybe", {}, ""),
        ("", {"DNT": "yes"}, ""),
    ],
)
def test_p17_consent_is_decided_before_anything_is_kept(
    collector: Running, query: str, headers: dict[str, str], expected: str
) -> None:
    answer = collector.get(f"/t/{collector.shop.pixel}.gif?v=me&u=https://shop.example/secret&{query}", headers)
    assert answer.outcome == expected
    hit = stored(answer)
    kept = (hit.visitor, hit.network, hit.user_agent, hit.referrer, hit.payload.get("url"), hit.click_id)
    assert (kept == ("", "", "", "", None, None)) == bool(expected)


def test_p17_a_visitor_without_an_id_is_known_for_a_day_only(collector: Running) -> None:
    first, second = (stored(collector.get(f"/t/{collector.shop.pixel}.gif?n=page_view")) for _i in range(2))
    assert first.visitor == second.visitor
    assert first.visitor.startswith("d")
    other = stored(collector.get(f"/t/{collector.shop.pixel}.gif", {"User-Agent": "Mozilla/5.0 (other)"}))
    assert other.visitor != first.visitor


def test_p20_caches_are_told_not_to(collector: Running) -> None:
    assert collector.get(f"/t/{collector.shop.pixel}.gif/x.css").status == 404
    answer = pixel(collector, "", Host="evil.example", X_Forwarded_Host="evil.example")
    assert answer.headers["cache-control"] == "no-store, private"
    assert "evil" not in str(answer.headers)


# ---- C: the click ----


@pytest.mark.parametrize(
    "suffix",
    ["?url=https://evil.example", "?u=//evil.example", "?%0d%0aSet-Cookie:x=1", "?to=https:evil.example#@evil.example"],
)
def test_c2_the_destination_comes_from_the_link_alone(collector: Running, suffix: str) -> None:
    answer = collector.get(f"/go/{collector.shop.slugs[0]}{suffix}")
    assert answer.status == 302
    assert answer.headers["location"].startswith("https://shop.example/p?utm_source=own&utm_campaign=summer&khc=")
    assert "evil" not in str(answer.headers)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "destination",
    [
        "javascript:alert(1)",
        "https://shop.example/\r\nSet-Cookie: x=1",
        "//evil.example",
        "https://a@evil.example/",
        "file:///etc",
    ],
)
def test_c3_a_bad_destination_is_refused_again_at_the_redirect(collector: Running, destination: str) -> None:
    other = make_shop("Bad")
    from campaigns.models import TrackingLinkVersion
    from kolhub.tenancy import acting_for

    with acting_for(other.organization_id):
        TrackingLinkVersion.objects.create(
            organization_id=other.organization_id, link_id=other.links[0], version=2, destination=destination
        )
    # Where the collector read the first version before there was a second, it is told a moment later.
    wait_until("the collector is told", lambda: collector.get(f"/go/{other.slugs[0]}").status == 404)


def test_c5_and_c13_versions_and_ends_are_followed_at_once(collector: Running) -> None:
    from campaigns.models import Campaign, TrackingLink, TrackingLinkVersion
    from kolhub.tenancy import acting_for

    other = make_shop("Moving")
    assert stored(collector.get(f"/go/{other.slugs[0]}")).link_version == 1
    with acting_for(other.organization_id):
        TrackingLinkVersion.objects.create(
            organization_id=other.organization_id,
            link_id=other.links[0],
            version=2,
            destination="https://new.example/?a=b",
        )
        TrackingLink.objects.filter(pk=other.links[1]).update(disabled_at=datetime.now(UTC))

    def location(number: int) -> str:
        return collector.get(f"/go/{other.slugs[number]}").headers["location"]

    wait_until("the new version is followed", lambda: location(0).startswith("https://new.example/?a=b&khc="))
    disabled = collector.get(f"/go/{other.slugs[1]}")
    assert (disabled.status, disabled.outcome) == (302, "link_disabled")
    assert "khc" not in disabled.headers["location"]
    with acting_for(other.organization_id):
        Campaign.objects.update(state="ended")
    wait_until("the end is followed", lambda: "khc" not in location(0))
    assert collector.get(f"/go/{other.slugs[0]}").outcome == "link_ended"


def test_c6_an_unknown_slug_is_404_and_counted(collector: Running) -> None:
    before = counts(kind="click").get("unknown_key", 0)
    assert collector.get("/go/no-such-slug").status == 404
    assert collector.get("/go/%00").status == 404
    assert collector.get("/go/" + "x" * 500).status == 404
    wait_until("they are counted", lambda: counts(kind="click").get("unknown_key", 0) == before + 3)


@pytest.mark.parametrize(
    "agent",
    [
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "WhatsApp/2.23.20.0 A",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Twitterbot/1.0",
        "TelegramBot (like TwitterBot)",
        "line-poker/1.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 13_1 like Mac OS X) MicroMessenger/7.0 wechatdevtools qcloudcdn-xinan",
    ],
)
def test_c7_link_previews_count_no_click(collector: Running, agent: str) -> None:
    answer = collector.get(f"/go/{collector.shop.slugs[0]}", {"User-Agent": agent})
    assert (answer.status, answer.outcome, "khc" in answer.headers["location"]) == (302, "preview", False)
    head = collector.ask("HEAD", f"/go/{collector.shop.slugs[0]}")
    assert (head.status, head.outcome) == (302, "head"), "X looks again with three HEADs of a browser's name"


@pytest.mark.parametrize("damage", ["x", "cut", "flip", "long", "other"])
def test_c10_a_forged_click_id_ties_nothing(collector: Running, damage: str) -> None:
    khc = collector.get(f"/go/{collector.shop.slugs[0]}").headers["location"].partition("khc=")[2].partition("#")[0]
    flipped = "A" if khc[5] != "A" else "B"
    forged = {
        "x": "x",
        "cut": khc[:-1],
        "flip": khc[:5] + flipped + khc[6:],
        "long": khc + "A",
        "other": "%00" + khc[1:],
    }[damage]
    hit = stored(pixel(collector, f"v=1&khc={forged}"))
    assert (hit.outcome, hit.click_id) == ("accepted", None)
    assert hit.payload["khc"] in ("malformed", "forged")


# ---- S: orders from servers ----


def test_s1_the_same_call_many_times_at_once_is_one_hit(collector: Running) -> None:
    body = json.dumps(order("S1")).encode()
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _n: collector.s2s(body, name="same"), range(64)))
    assert {answer.status for answer in answers} == {202}
    assert len({answer.headers["x-event-id"] for answer in answers}) == 1
    assert sorted(answer.json["results"][0]["outcome"] for answer in answers) == ["accepted"] + ["duplicate"] * 63


def test_s2_the_same_id_with_another_body_is_refused(collector: Running) -> None:
    assert collector.s2s(order("S2"), name="s2").status == 202
    answer = collector.s2s(order("S2", discount="6.00"), name="s2")
    assert (answer.status, answer.outcome) == (409, "id_conflict")


@pytest.mark.parametrize(
    "price", ["-1.00", "1e308", "NaN", "1,234.50", "１２３", "1.234", "9" * 30, " 1", "+1", "", None, True, 1, 1.5]
)
def test_s5_amounts_are_plain_decimal_strings(collector: Running, price: Any) -> None:
    answer = collector.s2s(order("S5", lines=[{"sku": "A", "quantity": 1, "price": price}]))
    assert answer.status == 422, answer.body
    assert answer.json["results"][0]["field"] == "lines[0].price"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"currency": "usd"}, "currency"),
        ({"currency": "XXQ"}, "currency"),
        ({"currency": None}, "currency"),
        ({"currency": "JPY"}, "lines[0].price"),
        ({"occurred_at": "2026-01-01T00:00:00"}, "occurred_at"),
        ({"occurred_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}, "occurred_at"),
        ({"occurred_at": ago(days=401)}, "occurred_at"),
        ({"occurred_at": 5}, "occurred_at"),
        ({"order_ref": " "}, "order_ref"),
        ({"order_ref": 7}, "order_ref"),
        ({"order_ref": "x" * 121}, "order_ref"),
        ({"commission": "1.00"}, "commission"),
        ({"organization_id": 1}, "organization_id"),
        ({"type": "bribe"}, "type"),
        ({"discount": "50.01"}, "discount"),
        ({"lines": {"a": 1}}, "lines"),
        ({"lines": [{"price": "1.00", "quantity": 0}]}, "lines[0].quantity"),
        ({"lines": [{"price": "1.00", "quantity": True}]}, "lines[0].quantity"),
        ({"coupon_codes": "ANNA"}, "coupon_codes"),
        ({"new_customer": "yes"}, "new_customer"),
    ],
)
def test_s6_s7_s17_a_bad_field_is_named(collector: Running, fields: dict[str, Any], field: str) -> None:
    answer = collector.s2s(order("S6", **fields))
    assert (answer.status, answer.json["results"][0]["field"]) == (422, field)
    assert answer.outcome == "malformed"


def test_s10_signatures(collector: Running) -> None:
    body = json.dumps(order("S10")).encode()
    now = time.time()

    def status(**told: Any) -> int:
        raw = told.pop("raw", body)
        headers = {"KolHub-Key": collector.shop.s2s, **signed_headers(body, "s10", S2S_SECRET, told.pop("at", now))}
        headers |= {name.replace("_", "-"): value for name, value in told.items()}
        return collector.ask("POST", "/s2s/conversions", raw, headers).status

    right = signed_headers(body, "s10", S2S_SECRET, now)["webhook-signature"]
    assert status() == 202
    assert status(webhook_signature=f"v1,bm90aGluZw== {right}") == 202, "one of several is enough"
    # Five minutes either way; the request itself may take some seconds.
    assert [status(at=time.time() + skew) for skew in (-301, 330, -270, 299)] == [401, 401, 202, 202]
    assert status(webhook_signature="") == status(webhook_signature="v1,AAAA") == status(webhook_timestamp="1e9") == 401
    assert status(KolHub_Key="0" * 24) == status(KolHub_Key="") == 401
    assert status(raw=json.dumps(order("S10"), separators=(",", ":")).encode()) == 401, "the bytes are what is signed"
    assert status(raw=b"") == 401
    twice = "".join(f"{name}: {value}\r\n" for name, value in signed_headers(body, "s10", S2S_SECRET, now).items())
    wire = (
        f"POST /s2s/conversions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nKolHub-Key: {collector.shop.s2s}\r\n{twice}"
        f"webhook-signature: {right}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    answer = collector.raw(wire.encode() + body)
    assert answer.startswith(b"HTTP/1.1 401"), "two signature headers are one too many"
    unknown = collector.s2s(order(), key="0" * 24)
    wrong = collector.s2s(order(), secret="whsec_AAAA")
    assert (unknown.status, unknown.body, unknown.outcome) == (wrong.status, wrong.body, wrong.outcome)


def test_s10_the_former_secret_counts_while_a_rotation_lasts(collector: Running) -> None:
    from attribution.models import SourceKey, seal
    from kolhub.tenancy import acting_for

    other = make_shop("Rotating")
    with acting_for(other.organization_id):
        SourceKey.objects.filter(kind="s2s").update(secret=seal("whsec_bmV3"), previous_secret=seal(S2S_SECRET))

    def status(secret: str) -> int:
        return collector.s2s(order("S10r"), key=other.s2s, secret=secret).status

    wait_until("the new secret counts", lambda: status("whsec_bmV3") == 202)
    assert status(S2S_SECRET) == 202
    with acting_for(other.organization_id):
        SourceKey.objects.filter(kind="s2s").update(previous_secret="")
    wait_until("the former secret is forgotten", lambda: status(S2S_SECRET) == 401)


def test_s12_a_key_opens_its_own_shop_only(collector: Running) -> None:
    other = make_shop("Twelve")
    assert collector.s2s(order("S12", visitor="v"), key=other.s2s).status == 202
    (hit,) = hits(payload__order_ref="S12")
    assert (hit.organization_id, hit.shop_id) == (other.organization_id, other.shop_id)
    assert collector.shopify({}, key=other.s2s).status == 401, "a key of one kind opens no other door"


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"[" * 100_000, 422),
        (b'{"type":"order","type":"order"}', 422),
        (b"\xef\xbb\xbf{}", 422),
        (b"\xff", 422),
        (b"{", 422),
        (b"[]", 422),
        (b'{"events": []}', 422),
        (b'{"events": [], "key": 1}', 422),
        (b'{"a": ' + b"9" * 5000 + b"}", 422),
        (b" " * 1_100_000, 413),
    ],
)
def test_s13_strange_bodies(collector: Running, raw: bytes, status: int) -> None:
    assert collector.s2s(raw).status == status


def test_s13_more_than_the_door_takes_is_cut_off(collector: Running) -> None:
    answer = collector.raw(b"POST /s2s/conversions HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413")
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    wire = b"POST /s2s/conversions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 3
    assert collector.raw(wire).startswith(b"HTTP/1.1 413")


def test_s14_each_item_of_a_batch_has_its_own_fate(collector: Running) -> None:
    answer = collector.s2s({"events": [order("S14a"), order("S14b", currency="??"), order("S14c")]}, name="s14")
    assert answer.status == 202
    assert [one["outcome"] for one in answer.json["results"]] == ["accepted", "malformed", "accepted"]
    assert answer.json["results"][1] == {
        "index": 1, "outcome": "malformed", "field": "events[1].currency", "error": "unknown_currency",
    }  # fmt: skip
    assert len(hits(payload__order_ref__startswith="S14")) == 2


# ---- K: shops' webhooks ----


def shopify_order(**fields: Any) -> dict[str, Any]:
    return {
        "id": 7001, "currency": "USD", "created_at": "2026-01-02T03:04:05Z", "financial_status": "paid", "test": False,
        "line_items": [{"price": "10.00", "quantity": 1}], **fields,
    }  # fmt: skip


def test_k5_webhook_ids_and_event_ids_are_both_remembered(collector: Running) -> None:
    def outcome(**told: Any) -> str:
        answer = collector.shopify(shopify_order(), **told)
        assert answer.status == 200
        return str(answer.json["results"][0]["outcome"])

    assert outcome(webhook="w1", event="e1") == "accepted"
    assert outcome(webhook="w1", event="e1") == "duplicate"
    assert outcome(webhook="w2", event="e1") == "duplicate", "the same event, delivered under another id"
    assert outcome(webhook="w1", event="e2") == "duplicate", "the same delivery, whatever its event"
    assert outcome(webhook="w3", event="e1", topic="orders/paid") == "accepted", "one event tells two topics"
    conflict = collector.shopify(shopify_order(note="changed"), webhook="w1", event="e1")
    assert (conflict.status, conflict.outcome) == (200, "id_conflict"), "evidence, and no two days of retries"


def test_k6_states_and_topics(collector: Running) -> None:
    def state(topic: str = "orders/create", **fields: Any) -> Any:
        return stored(collector.shopify(shopify_order(**fields), topic)).payload.get("state")

    assert state() == "counted"
    assert state(test=True) == "test"
    assert state(financial_status="pending") == "pending"
    assert state("orders/paid", financial_status="pending") == "counted"
    assert state("orders/cancelled") == "cancelled"
    ignored = stored(collector.shopify({"id": 1}, "products/update"))
    assert ignored.payload == {"type": "ignored", "topic": "products/update"}


def test_k8_k10_bodies_and_domains(collector: Running) -> None:
    assert collector.shopify(shopify_order(), headers={"Content-Encoding": "gzip"}).status == 415
    assert collector.shopify(shopify_order(), headers={"X-Shopify-Shop-Domain": "other.myshopify.com"}).status == 401
    assert collector.shopify(shopify_order(), headers={"X-Shopify-Hmac-Sha256": "AAAA"}).status == 401
    assert collector.shopify(shopify_order(currency="dollars")).status == 422
    assert collector.shopify(b"{").status == 422


def test_customers_are_never_kept_in_the_clear(collector: Running) -> None:
    body = shopify_order(
        id=7002, email="Jon@Example.com", customer={"id": 99, "email": "jon@example.com", "first_name": "Jon"},
        billing_address={"address1": "123 Elm St."}, note_attributes=[{"name": "kolhub_visitor", "value": "v77"}],
    )  # fmt: skip
    hit = stored(collector.shopify(body))
    assert hit.visitor == "v77"
    assert len(hit.payload["customers"]) == 2
    assert not any(word in str(hit.payload).lower() for word in ("jon", "example", "elm"))
    s2s = stored(collector.s2s(order("S-customer", customer="  JON@example.com")))
    assert s2s.payload["customers"][0] in hit.payload["customers"], "the same person through another door"


# ---- the simulated clock ----


def test_time_travel_only_where_it_was_switched_on(collector: Running, collect: Callable[..., Running]) -> None:
    told = {"X-Simulated-At": "1767225600"}
    hit = stored(collector.get(f"/t/{collector.shop.pixel}.gif?consent=1", told))
    assert datetime.now(UTC) - hit.received_at < timedelta(minutes=1)
    simulated = collect("--simulated-clock")
    hit = stored(simulated.get(f"/t/{simulated.shop.pixel}.gif?consent=1", told))
    assert hit.received_at == datetime(2026, 1, 1, tzinfo=UTC)
    occurred = {"occurred_at": "2025-12-31T23:00:00+00:00"}
    answer = simulated.s2s(order("past", **occurred), at=1767225600, headers=told)
    assert answer.status == 202, answer.body
    assert collector.s2s(order("past", **occurred), at=1767225600, headers=told).status == 401


# ---- what the operator sees ----


def test_the_operators_doors(collector: Running) -> None:
    assert collector.get("/readyz").status == 200
    assert collector.metric("kolhub_collector_database_up") == 2
    assert collector.get("/").status == 404
    assert collector.ask("POST", "/healthz").status == 404
    script = collector.get("/kolhub.js")
    assert (script.status, script.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert collector.ask("DELETE", "/e").status == 405
