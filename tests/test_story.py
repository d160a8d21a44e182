"""The whole story in a real browser over real processes: from log-in to the report, in both languages.

One installation for the module: web, collector, worker and beat, filled by `manage.py story`, whose own account must
hold. What the pages show must then sum.
"""

import hashlib
import hmac
import json
import re
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from kolhub.demo import PASSWORD
from tests.world import World, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.timeout(600)]

AXE = Path(__file__).resolve().parents[1] / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 390, "height": 844}
PAGES = (
    "",
    "creators/",
    "rosters/",
    "briefs/",
    "campaigns/",
    "reviews/",
    "orders/",
    "reports/",
    "tracking/",
    "settings/",
)


@pytest.fixture(scope="module")
def told(module_world: World) -> Iterator[tuple[World, str]]:
    """A running KolHub with the story in it, and what the story printed."""
    module_world.start(seconds=120)
    done = module_world.manage("story", "--shoppers", "900", "--days", "20")
    yield module_world, done.stdout


@pytest.fixture
def manager(told: tuple[World, str], new_page: Callable[..., Any]) -> Any:
    """A page on which the brand manager is logged in."""
    return log_in(new_page(base_url=told[0].web_url), "manager@lumen.example")


def log_in(page: Any, email: str) -> Any:
    page.goto("/account/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/o/**")
    return page


def cents(text: str) -> int:
    """Read an amount as a person sees it: $1,234.50 or -US$3.00."""
    number = Decimal(re.sub(r"[^\d.]", "", text))
    return int(number * 100) * (-1 if text.strip().startswith(("-", "−")) else 1)


def test_the_storys_own_account_holds(told: tuple[World, str]) -> None:
    assert "Everything reconciles." in told[1]
    assert "✗" not in told[1]
    assert re.search(r"event: sent \d+ = .*\d+ accepted.* \+ \d+ duplicate", told[1]), told[1]


@pytest.mark.parametrize("attributor", ["last_non_direct", "linear", "markov", "shapley"])
def test_credits_on_the_screen_sum_to_net_revenue_on_the_screen(manager: Any, attributor: str) -> None:
    manager.goto("/o/lumen/reports/")
    manager.get_by_role("link", name="Glow serum launch").click()
    manager.select_option("select[name=attributor]", attributor)
    manager.get_by_role("button", name="Show").click()
    manager.wait_for_url("**attributor=**")
    shown = [cents(cell) for cell in manager.locator("#reconciliation tbody td.text-end").all_inner_texts()]
    whole = cents(manager.inner_text("#brand-revenue"))
    assert whole > 0
    assert sum(shown) == whole
    creators = [int(cell.get_attribute("data-minor")) for cell in manager.locator("tbody td[data-minor]").all()]
    assert len(creators) == 5
    assert sum(creators) == cents(manager.inner_text("#credited"))


def test_an_order_shows_its_journey_and_every_split_sums(manager: Any) -> None:
    manager.goto("/o/lumen/orders/?state=counted")
    manager.locator("table tbody tr a").first.click()
    revenue = cents(manager.inner_text("#revenue"))
    sums = [int(cell.get_attribute("data-minor")) for cell in manager.locator("td[data-minor]").all()]
    assert len(sums) == 10
    assert set(sums) == {revenue}


def test_a_draft_fails_in_germany_passes_in_the_netherlands_and_comes_back_corrected(manager: Any) -> None:
    manager.goto("/o/lumen/drafts/")
    manager.fill("[name=caption]", "#ad Mein Morgen mit dem Glow Serum von @lumenskin.")
    manager.select_option("[name=platform]", "instagram")
    manager.select_option("[name=media]", "image")
    manager.select_option("[name=connection]", "paid")
    manager.fill("[name=brand]", "Lumen")
    for market in manager.locator("[name=markets]").all():
        market.set_checked(market.get_attribute("value") in {"DE", "NL"})
    manager.get_by_role("button", name="Check").click()
    germany = manager.locator(".card", has=manager.get_by_role("heading", name="Germany"))
    netherlands = manager.locator(".card", has=manager.get_by_role("heading", name="Netherlands"))
    assert "Werbung" in germany.inner_text()
    # The number of the finding stands in the mark as well, raised.
    assert germany.locator("mark").first.evaluate("mark => mark.firstChild.textContent") == "#ad"
    assert "compliant" in netherlands.inner_text().lower()


def test_an_agency_uploads_a_gbk_roster_and_sees_what_became_of_each_line(
    told: tuple[World, str], new_page: Callable[..., Any], tmp_path: Path
) -> None:
    page = log_in(new_page(base_url=told[0].web_url), "agency@starlight.example")
    roster = tmp_path / "名册.csv"
    lines = ["昵称,抖音号,粉丝数,平均点赞,类目"]
    lines += [f"小满{n}号,xiaoman{n}x,{n}.53w,{n}200,美妆" for n in range(4, 34)]
    lines += ["没有账号的人,,3.2万,1,美食", "阿岳,ayue_outdoor,3K-30K,80,户外", ",,12万,10,美食"]
    roster.write_bytes("\n".join(lines).encode("gb18030"))
    page.goto("/o/starlight/rosters/")
    page.set_input_files("input[type=file]", roster)
    page.get_by_role("button", name=re.compile("Upload", re.I)).first.click()
    page.get_by_text("45,300").first.wait_for(timeout=60_000)
    page.get_by_role("button", name=re.compile(r"^Import", re.I)).first.click()
    page.get_by_text(re.compile(r"\brefused\b", re.I)).first.wait_for(timeout=60_000)
    page.goto("/o/starlight/creators/?q=xiaoman4x")
    page.get_by_role("link", name="小满4号").first.click()
    assert "45,300" in page.content() or "45.3K" in page.content()


def test_the_pixel_says_we_saw_you(told: tuple[World, str], manager: Any) -> None:
    world = told[0]
    manager.goto("/o/lumen/tracking/")
    manager.locator("a[href*='/tracking/pixels/']").first.click()
    key = re.search(r'data-key="?([0-9a-f]{24})', manager.content()) or re.search(r"([0-9a-f]{24})", manager.content())
    assert key is not None
    event = {"id": "7f7c9a52-3b0a-4f0e-9d3c-6a2f6f1f0a01", "name": "page_view", "visitor": "v-story", "consent": True,
             "url": "https://shop.lumen.example/seen-by-the-story", "at": int(time.time() * 1000)}  # fmt: skip
    body = json.dumps({"key": key.group(1), "events": [event]}).encode()
    browser = {
        "User-Agent": "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36"
    }
    with urlopen(Request(f"{world.collector_url}/e", body, browser)) as answer:
        assert answer.status == 202
    manager.get_by_text("seen-by-the-story").first.wait_for(timeout=20_000)


def test_every_page_fits_a_phone_speaks_chinese_and_pleases_axe(
    told: tuple[World, str], new_page: Callable[..., Any]
) -> None:
    page = log_in(new_page(base_url=told[0].web_url, viewport=PHONE, locale="zh-CN"), "manager@lumen.example")
    wrong = []
    for path in PAGES:
        page.goto(f"/o/lumen/{path}")
        page.wait_for_load_state("networkidle")
        if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            wrong.append(f"{path}: wider than the phone")
        if not re.search(r"[\u4e00-\u9fff]", page.inner_text("h1") if path else page.inner_text("main")):
            wrong.append(f"{path}: not in Chinese")
        page.evaluate(AXE.read_text())
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        wrong += [f"{path}: {each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]
    assert not wrong, "\n".join(wrong)


def test_orders_survive_the_death_of_worker_broker_and_web(told: tuple[World, str]) -> None:
    world = told[0]
    from attribution.models import Conversion, PendingHit, SourceKey
    from attribution.models.sources import unseal
    from kolhub.models import Organization
    from kolhub.tenancy import acting_for

    lumen = Organization.objects.get(slug="lumen")
    with acting_for(lumen.pk):
        source = SourceKey.objects.get(kind="s2s")
        secret = b64decode(unseal(source.secret).removeprefix("whsec_"))
        before = Conversion.objects.count()
    for name in ("worker", "beat", "web"):
        world.kill(name)
    world.broker.kill()
    for number in range(20):
        post_order(world, source.key, secret, f"KILL-{number}")
        post_order(world, source.key, secret, f"KILL-{number}")
    world.broker.start()
    world.start("worker", "beat", "web", seconds=120)

    def settled() -> bool:
        with acting_for(lumen.pk):
            return not PendingHit.objects.exists() and not Conversion.objects.filter(is_stale=True).exists()

    wait_until("every order to be settled and attributed", settled, seconds=90)
    with acting_for(lumen.pk):
        assert Conversion.objects.count() == before + 20
        for order in Conversion.objects.filter(order_ref__startswith="KILL-").with_revenue():
            sums = {}
            for credit in order.credits.filter(run__is_current=True).select_related("run"):
                sums[credit.run.attributor] = sums.get(credit.run.attributor, 0) + credit.amount_minor
            assert set(sums.values()) == {order.revenue} and len(sums) == 10


def post_order(world: World, key: str, secret: bytes, order_ref: str) -> None:
    body = json.dumps(
        {
            "type": "order", "order_ref": order_ref, "currency": "USD", "customer": f"{order_ref}@mail.example",
            "occurred_at": time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(time.time() - 60)),
            "lines": [{"sku": "LUM-01", "quantity": 1, "price": "34.50"}],
        }
    ).encode()  # fmt: skip
    name, stamp = f"msg_{hashlib.sha256(order_ref.encode()).hexdigest()[:20]}", str(int(time.time()))
    signature = b64encode(hmac.digest(secret, f"{name}.{stamp}.".encode() + body, "sha256")).decode()
    headers = {
        "KolHub-Key": key, "webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}",
    }  # fmt: skip
    with urlopen(Request(f"{world.collector_url}/s2s/conversions", body, headers)) as answer:
        assert answer.status in {200, 202}
