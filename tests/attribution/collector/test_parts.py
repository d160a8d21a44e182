"""The collector's pure parts: click ids, rates, the spool's records, links, and reading."""

import json
import random
import struct
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.collector import reading, spool
from attribution.collector.incoming import IncomingHit, fingerprint, uuid7
from attribution.collector.limits import Buckets, Rate
from attribution.collector.orders import RefundFact, capped
from attribution.collector.outcomes import Kind, Outcome
from attribution.collector.salts import Salts
from attribution.collector.sessions import ClickSeen, Visit, direct_touches, double_clicks
from attribution.collector.signing import LIFETIME, Click, Keys, Refused
from attribution.collector.sources import reading as strict
from attribution.collector.sources.base import Malformed
from attribution.collector.tables import Link, Pixel, Source, Tables, is_safe_target, with_parameters

KEYS = Keys("a secret")


@given(st.uuids(), st.integers(1, 2**40), st.integers(1, 65535), st.floats(0, 2e9))
def test_a_click_id_names_its_click_and_version(click: UUID, organization: int, version: int, now: float) -> None:
    signed = KEYS.sign_click(organization, click, version, now)
    assert len(signed) == 52
    assert KEYS.read_click(organization, signed, now) == Click(click, version, int(now) + LIFETIME)
    assert KEYS.read_click(organization + 1, signed, now) is Refused.FORGED
    assert Keys("another secret").read_click(organization, signed, now) is Refused.FORGED
    assert KEYS.read_click(organization, signed, now + LIFETIME + 2) is Refused.EXPIRED


@given(st.integers(0, 51), st.sampled_from("ABCxyz019-_"))
def test_no_letter_of_a_click_id_can_be_changed(place: int, letter: str) -> None:
    signed = KEYS.sign_click(1, UUID(int=7), 1, 0)
    changed = signed[:place] + letter + signed[place + 1 :]
    if changed != signed:
        assert isinstance(KEYS.read_click(1, changed, 0), Refused)


@given(st.text(max_size=60))
def test_anything_may_be_shown_as_a_click_id(text: str) -> None:
    assert isinstance(KEYS.read_click(1, text, 0), Refused)


def test_a_browsers_hash_and_a_servers_plain_text_are_one_customer() -> None:
    import hashlib

    plain = KEYS.customer(1, " Anna@Example.com ")
    assert plain == KEYS.customer(1, hashlib.sha256(b"anna@example.com").hexdigest())
    assert plain != KEYS.customer(2, "anna@example.com"), "organizations cannot compare their customers"
    assert "anna" not in plain


def test_ids_sort_by_time_and_are_uuids_of_their_version() -> None:
    first, second = uuid7(1000.0), uuid7(1000.002)
    assert first < second
    assert (first.version, first.variant) == (7, "specified in RFC 4122")
    assert len({uuid7(1.0) for _i in range(1000)}) == 1000


def test_a_bucket_lets_bursts_through_and_then_the_rate() -> None:
    bucket = Buckets(Rate(2, 4))
    assert [bucket.take("a", 0) for _i in range(5)] == [True] * 4 + [False]
    assert [bucket.take("a", 0.5), bucket.take("a", 0.5)] == [True, False]
    assert bucket.take("b", 0.5), "others are not concerned"
    assert [bucket.take("a", 100) for _i in range(5)] == [True] * 4 + [False]


def test_buckets_do_not_grow_without_end() -> None:
    bucket = Buckets(Rate(1, 1), most=100)
    for number in range(1000):
        bucket.take(str(number), 0)
    assert len(bucket._buckets) <= 100


def a_hit(**fields: object) -> IncomingHit:
    name = str(uuid4())
    return IncomingHit(name, 1, name, Kind.PIXEL, Outcome.ACCEPTED, "k", 1.5, fingerprint(name), **fields)  # type: ignore[arg-type]


def test_a_record_comes_back_as_it_went() -> None:
    batch = [a_hit(payload={"url": "https://例え.jp/\u2028"}), a_hit()]
    refusals = {("2026-01-01", None, "pixel", "", "malformed"): 3}
    ((_offset, body, _raw),) = spool.records(spool.encode(batch, refusals, ("stream", 4)))
    assert body is not None
    assert spool.decode(body) == spool.Batch(batch, refusals, ("stream", 4))


@given(st.integers(0, 10_000), st.binary(max_size=30))
def test_damage_never_reaches_beyond_its_record(seed: int, noise: bytes) -> None:
    chance = random.Random(seed)
    parts = [
        spool.HEAD.pack(spool.MAGIC, len(text), __import__("zlib").crc32(text)) + text for text in (b"one", b"two" * 9)
    ]
    hurt = bytearray(parts[0])
    hurt[chance.randrange(len(hurt))] ^= 1 + chance.randrange(255)
    found = list(spool.records(parts[1] + bytes(hurt) + noise + parts[1]))
    bodies = [body for _offset, body, _raw in found]
    assert bodies[0] == bodies[-1] == b"two" * 9
    assert set(bodies) <= {b"one", b"two" * 9, None}, "what is damaged is never believed"
    assert b"".join(raw for _offset, _body, raw in found) == parts[1] + bytes(hurt) + noise + parts[1]


def test_a_length_beyond_the_end_is_damage_and_not_a_crash() -> None:
    assert [body for _o, body, _r in spool.records(struct.pack(">4sII", spool.MAGIC, 2**31, 0) + b"x")] == [None]


def test_a_segment_belongs_to_its_writer_until_it_is_sealed(tmp_path: Path) -> None:
    writer = spool.Writer(tmp_path, least_free=0)
    writer.write(spool.encode([a_hit()], {}, None))
    (path,) = spool.segments(tmp_path)
    with spool.taken(path) as content:
        assert content is None
    writer.seal()
    with spool.taken(path) as content:
        assert content


def test_segments_end_at_their_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = spool.encode([a_hit()], {}, None)
    monkeypatch.setattr(spool, "SEGMENT_BYTES", 2 * len(record) + 50)
    writer = spool.Writer(tmp_path, least_free=0)
    for _i in range(5):
        writer.write(record)
    assert len(spool.segments(tmp_path)) == 3


def test_a_disk_that_should_stay_free_stays_free(tmp_path: Path) -> None:
    with pytest.raises(spool.Full):
        spool.Writer(tmp_path, least_free=1 << 60).write(b"x")


# ---- links ----


@pytest.mark.parametrize(
    ("url", "extra", "led_to"),
    [
        ("https://s.example/", {"a": "1"}, "https://s.example/?a=1"),
        ("https://s.example/?a=own#x", {"a": "1", "b": "2"}, "https://s.example/?a=own&b=2#x"),
        ("https://s.example/?a=", {"a": "1"}, "https://s.example/?a="),
        ("https://s.example/?q=%26", {"b": "ä&#\r\n=?"}, "https://s.example/?q=%26&b=%C3%A4%26%23%0D%0A%3D%3F"),
        ("https://s.example/?&", {}, "https://s.example/?&"),
    ],
)
def test_parameters_are_added_and_never_replaced(url: str, extra: dict[str, str], led_to: str) -> None:
    assert with_parameters(url, extra) == led_to


@pytest.mark.parametrize(
    ("url", "is_safe"),
    [
        ("https://s.example/a?b#c", True),
        ("http://s.example:8080", True),
        ("https://例え.jp/", True),
        *(
            (url, False)
            for url in ("javascript:alert(1)", "data:text/html,x", "intent://x", "file:///etc/passwd", "//s.example")
        ),
        *(
            (url, False)
            for url in ("https://s.example/\r\nX: y", "https://a@b.example", "https:s.example", "https:///x", "")
        ),
        *(
            (url, False)
            for url in ("https://s.example\\@evil.example", "https://[", "https://s.example/\t", "ftp://s.example")
        ),
    ],
)
def test_where_a_location_may_lead(url: str, is_safe: bool) -> None:
    assert is_safe_target(url) is is_safe


def test_a_link_knows_when_it_counts() -> None:
    link = Link("s", 1, 1, 1, "https://s.example", {}, 100.0, 50.0, False)
    assert [link.outcome(at) for at in (49, 50, 99, 100)] == ["accepted", "link_ended", "link_ended", "link_disabled"]
    over = Link("s", 1, 1, 1, "https://s.example", {}, None, None, True)
    assert (over.outcome(0), over.outcome(0, simulated=True)) == ("link_ended", "accepted")


def test_the_copy_of_the_tables_comes_back_whole(tmp_path: Path) -> None:
    tables = Tables(
        {"p": Pixel("p", 1, 2, "strict", ("10.0.0.0/8",), False)},
        {"k": Source("k", "s2s", 1, 2, "sealed", "", "", False)},
        {"s": Link("s", 1, 1, 3, "https://s.example", {"a": "b"}, None, 5.0, False)},
    )
    tables.index_networks()
    tables.write(tmp_path / "tables.json")
    assert (tmp_path / "tables.json").stat().st_mode & 0o77 == 0
    assert Tables.read(tmp_path / "tables.json") == tables
    (tmp_path / "tables.json").write_text('{"pixels": [{}]}')
    assert Tables.read(tmp_path / "tables.json") is None


def test_salts_are_forgotten_after_two_days(tmp_path: Path) -> None:
    salts = Salts(tmp_path)
    first = salts.of("2026-01-01")
    assert first == Salts(tmp_path).of("2026-01-01"), "processes share a day's salt"
    assert salts.of("2026-01-02") != first
    salts.of("2026-01-03")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-01-02.salt", "2026-01-03.salt"]


# ---- reading ----


@given(st.binary(max_size=300))
def test_any_query_is_read_to_text(query: bytes) -> None:
    found = reading.parameters(query)
    for text in (found or {}).values():
        strict.clean(text, 50).encode()


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [("12.34", "USD", 1234), ("0", "USD", 0), ("7.5", "USD", 750), ("100", "JPY", 100), ("1.234", "KWD", 1234)],
)
def test_amounts_are_exact(value: str, currency: str, minor: int) -> None:
    assert strict.amount(value, currency, "f") == minor


@pytest.mark.parametrize(
    ("value", "currency"), [("1.234", "USD"), ("1.0", "JPY"), ("1e3", "USD"), ("٣", "USD"), ("1.", "USD")]
)
def test_what_is_no_amount_is_refused(value: str, currency: str) -> None:
    with pytest.raises(Malformed):
        strict.amount(value, currency, "f")


@pytest.mark.parametrize("when", ["1969-12-31T23:59:59Z", "0001-01-01T00:00:00+00:00", "2999-01-01T00:00:00Z"])
def test_no_shop_reports_an_order_that_no_journey_can_hold(when: str) -> None:
    with pytest.raises(strict.Malformed):
        strict.moment(when, "created_at", 0, bounded=False)


def test_shops_may_be_sloppy_about_zeros_and_numbers() -> None:
    loaded = strict.load(b'{"n": 89.99, "y": "1000.00"}')
    assert strict.amount(loaded["n"], "USD", "f", lenient=True) == 8999
    assert strict.amount(loaded["y"], "JPY", "f", lenient=True) == 1000
    with pytest.raises(Malformed):
        strict.amount("1000.50", "JPY", "f", lenient=True)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2000)), max_size=8), st.integers(0, 5000), st.randoms())
def test_refunds_never_take_more_than_there_is(asked: list[tuple[int, int]], net: int, chance: random.Random) -> None:
    from datetime import UTC, datetime

    day = datetime(2026, 1, 1, tzinfo=UTC)
    refunds = [
        RefundFact(1, "o", str(number), UUID(int=number), day, day.replace(hour=hour), "USD", amount)
        for number, (hour, amount) in enumerate(asked)
    ]
    taken = capped(refunds, net, False)
    assert sum(taken.values()) == min(net, sum(amount for _hour, amount in asked))
    chance.shuffle(refunds)
    assert capped(refunds, net, False) == taken
    assert json.dumps(taken)


# ---- sessions ----


def test_a_visit_is_direct_once_per_half_hour_and_never_after_a_click() -> None:
    from datetime import UTC, datetime, timedelta

    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def visits(*minutes: float) -> list[Visit]:
        return [Visit(1, 1, noon + timedelta(minutes=one), UUID(int=int(one * 10))) for one in minutes]

    def kept(found: list[Visit]) -> list[float]:
        return sorted((visit.at - noon).total_seconds() / 60 for visit in found)

    assert kept(direct_touches(visits(29, 1, 3, 30, 59, 90), [])) == [1, 30, 90]
    click = (1, 1, noon + timedelta(minutes=20))
    assert kept(direct_touches(visits(1, 21, 35, 59, 60), [click])) == [60]
    others = [(2, 1, noon), (1, 2, noon)]
    assert kept(direct_touches(visits(1), others)) == [1], "another person's click, another brand's click"


def test_double_clicks() -> None:
    from datetime import UTC, datetime, timedelta

    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def doubles(*clicks: tuple[float, int, str, bool]) -> set[int]:
        seen = [
            ClickSeen(UUID(int=place), 1, noon + timedelta(seconds=at), person, device, landed)
            for place, (at, person, device, landed) in enumerate(clicks)
        ]
        return {hit.int for hit in double_clicks(seen)}

    assert doubles((0, 1, "a", False), (1.9, 2, "a", False)) == {1}
    assert doubles((0, 1, "a", False), (2.1, 2, "a", False)) == set()
    assert doubles((0, 1, "a", False), (1, 2, "a", True)) == {0}, "the one that landed counts"
    assert doubles((0, 1, "a", True), (1, 2, "a", True)) == set(), "two people behind one address"
    assert doubles((0, 1, "a", True), (1, 1, "b", True)) == {1}, "one person"
    assert doubles((0, 1, "", False), (1, 2, "", False)) == set(), "nothing is known of either"
    assert doubles((0, 1, "a", False), (1.5, 2, "a", False), (3, 3, "a", False)) == {1, 2}
