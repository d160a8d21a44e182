"""Screening and consent, on values alone; the two lists of agents are somebody else's and are skipped when absent."""

from pathlib import Path

import pytest
import yaml

from attribution.collector.addresses import client, networks, read, truncate
from attribution.collector.agents import classify
from attribution.collector.consent import Consent, may_keep, said
from attribution.collector.outcomes import Kind, Outcome
from attribution.collector.screen import Seen, screen
from attribution.models import HitKind, HitOutcome

LISTS = Path(__file__).resolve().parents[4] / "shared" / "data" / "bots"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"


def agents(name: str) -> list[str]:
    path = LISTS / name
    if not path.exists():
        pytest.skip(f"../shared/data/bots/{name} is not here")
    return [str(agent) for group in yaml.safe_load(path.read_text()).values() for agent in group]


def test_nine_of_ten_crawlers_are_known() -> None:
    crawlers = agents("crawlers.yml")
    known = sum(bool(classify(agent)) for agent in crawlers)
    assert known / len(crawlers) >= 0.95


def test_no_browser_is_taken_for_a_crawler() -> None:
    assert [agent for agent in agents("browsers.yml") if classify(agent)] == []


@pytest.mark.parametrize(
    "app",
    [
        "MicroMessenger/8.0.50(0x18003237) NetType/WIFI Language/zh_CN",
        "Line/14.9.0/IAB",
        "[FBAN/FBIOS;FBAV/468.0.0.41.109;FBBV/608;FBDV/iPhone15,2;FBMD/iPhone;FBSN/iOS;FBSV/17.5]",
        "Instagram 330.0.3.29.91 (iPhone14,3; iOS 17_5; en_US; en; scale=3.00; 1125x2436; 595323416)",
        "musical_ly_34.9.0 JsSdk/2.0 NetType/WIFI Channel/App Store ByteLocale/en BytedanceWebview/d8a21c6",
        "aweme_30.1.0 JsSdk/2.0 NetType/5G Channel/App Store ByteLocale/zh",
        "xhsminiapp discover/8.38 NetType/WiFi",
        "Weibo (iPhone15,2__weibo__14.5.1__iphone__os17.5)",
        "Twitter for iPhone/10.42",
        "KAKAOTALK 10.8.0",
        "[Pinterest/iOS]",
        "Snapchat/12.89.0.40 (like Safari/8617.2.4.10.8, panda)",
        "GSA/317.0.634488990",
        "baiduboxapp/13.56.0.10 SP-engine/2.99.0",
        "AliApp(AP/10.6.0) AlipayClient/10.6.0 Language/zh-Hans",
        "Telegram-iOS/10.13",
        "DuckDuckGo/7 Safari/605.1.15",
        "Zalo iOS/544",
    ],
)
def test_people_in_apps_are_people(app: str) -> None:
    assert classify(f"{PHONE} {app}") == ""


def test_outcomes_and_kinds_are_the_same_words_as_in_the_database() -> None:
    assert {one.value for one in Outcome} == set(HitOutcome.values)
    assert {one.value for one in Kind} == set(HitKind.values)


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [
        (Seen(agent=PHONE), "accepted"),
        (Seen(method="HEAD", agent="Googlebot/2.1"), "head"),
        (Seen(agent="Googlebot/2.1", purpose="prefetch"), "prefetch"),
        (Seen(agent="Googlebot/2.1", consent=Consent.REFUSED), "bot"),
        (Seen(agent="WhatsApp/2.1"), "preview"),
        (Seen(agent=PHONE, address=read("203.0.113.5"), own_networks=networks(["203.0.113.0/24"])), "own_team"),
        (Seen(agent=PHONE, address=read("::ffff:203.0.113.5"), own_networks=networks(["203.0.113.0/24"])), "own_team"),
        (Seen(agent=PHONE, address=read("2001:db8::1"), own_networks=networks(["203.0.113.0/24", "x"])), "accepted"),
        (Seen(agent=PHONE, consent=Consent.GPC), "no_consent"),
        (Seen(agent=PHONE, policy="strict"), "no_consent"),
        (Seen(agent=PHONE, policy="strict", consent=Consent.GIVEN), "accepted"),
        (Seen(agent=PHONE, policy="eu_strict"), "no_consent"),
        (Seen(agent=PHONE, policy="eu_strict", country="US"), "accepted"),
        (Seen(agent=PHONE, policy="eu_strict", country="FR", time_zone="America/New_York"), "no_consent"),
        (Seen(agent=PHONE, policy="eu_strict", time_zone="Asia/Shanghai"), "accepted"),
        (Seen(agent=PHONE, policy="eu_strict", time_zone="Atlantic/Canary"), "no_consent"),
        (Seen(agent=PHONE, policy="eu_strict", time_zone="UTC"), "no_consent"),
        (Seen(agent=PHONE, policy="opt_out"), "accepted"),
        (Seen(agent=PHONE, policy="no such policy"), "no_consent"),
    ],
)
def test_the_first_reason_wins(seen: Seen, outcome: str) -> None:
    assert screen(seen) == outcome


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        (("1", "", ""), Consent.GIVEN),
        (("0", "", ""), Consent.REFUSED),
        (("1", "1", ""), Consent.GPC),
        (("1", "", "1"), Consent.DNT),
        (("", "0", "0"), Consent.UNKNOWN),
        (("yes", "", ""), Consent.UNKNOWN),
    ],
)
def test_what_the_visitor_said(told: tuple[str, str, str], meant: Consent) -> None:
    assert said(*told) is meant


def test_a_refusal_is_kept_under_every_policy() -> None:
    for policy in ("strict", "eu_strict", "opt_out"):
        for consent in (Consent.REFUSED, Consent.GPC, Consent.DNT):
            assert not may_keep(consent, policy, "US", "America/New_York")


TRUSTED = networks(["10.0.0.0/8", "::1"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("198.51.100.1", "203.0.113.9", "198.51.100.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9, 10.9.9.9", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, nonsense", "10.0.0.1"),
        ("10.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1"),
        ("::1", "[2001:db8::9]", "2001:db8::9"),
        ("", "203.0.113.9", "None"),
    ],
)
def test_whose_address_it_is(peer: str, forwarded: str, found: str) -> None:
    assert str(client(peer, forwarded, TRUSTED)) == found


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("198.51.100.77", "198.51.100.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:198.51.100.77", "198.51.100.0/24"),
        ("no address", ""),
    ],
)
def test_only_a_network_is_kept(address: str, kept: str) -> None:
    assert truncate(read(address)) == kept
