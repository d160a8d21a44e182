"""kolhub.js in a real browser, on a shop's page of another origin."""

import gzip
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from attribution.collector.server import SCRIPT
from tests.attribution.collector.conftest import PERSON, Running, hits
from tests.world import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def test_the_script_is_small() -> None:
    assert len(gzip.compress(SCRIPT, 9)) < 4096


class Page:
    """A shop that serves one page at every address."""

    def __init__(self, collector: Running) -> None:
        self.attributes = ""
        self.collector = collector
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(page.html().encode())

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def html(self) -> str:
        source = f"http://127.0.0.1:{self.collector.port}/kolhub.js"
        return (
            "<!doctype html><link rel=icon href=data:,><title>Shop</title>"
            f'<script async src="{source}" data-key="{self.collector.shop.pixel}" {self.attributes}></script>'
        )


@pytest.fixture
def shop_page(collector: Running) -> Iterator[Page]:
    page = Page(collector)
    yield page
    page.server.shutdown()


@pytest.fixture
def visit(new_page: Callable[..., Any], shop_page: Page) -> Callable[..., Any]:
    def open_page(path: str, **options: Any) -> Any:
        browser = new_page(user_agent=PERSON, **options)
        browser.goto(shop_page.url + path)
        browser.wait_for_function("window.kolhub && window.kolhub.ready")
        return browser

    return open_page


def told(name: str, **filters: Any) -> list[Any]:
    return hits(kind="event", payload__name=name, **filters)


def test_a_visit_with_a_click_id_until_the_purchase(
    visit: Callable[..., Any], shop_page: Page, collector: Running
) -> None:
    shop_page.attributes = "data-consent=granted"
    click = collector.get(f"/go/{collector.shop.slugs[0]}")
    khc = click.headers["location"].partition("khc=")[2].partition("#")[0]
    browser = visit(f"/land?a=1&khc={khc}#top")
    wait_until("the landing is stored", lambda: told("page_view", payload__url__endswith="/land?a=1"))
    assert browser.url.endswith("/land?a=1#top"), "a shared address names nobody"
    (landing,) = told("page_view", payload__url__endswith="/land?a=1")
    assert str(landing.click_id) == click.headers["x-event-id"]
    assert landing.consent == "given"
    browser.evaluate("kolhub('add_to_cart')")
    browser.goto(shop_page.url + "/thanks")
    browser.wait_for_function("window.kolhub && window.kolhub.ready")
    browser.evaluate("kolhub('purchase', {order_ref: 'JS-1', customer: 'Anna@Example.com'})")
    wait_until("the purchase is stored", lambda: told("purchase", payload__order_ref="JS-1"))
    (bought,) = told("purchase", payload__order_ref="JS-1")
    assert bought.visitor == landing.visitor == browser.evaluate("kolhub.visitor()")
    assert bought.payload["customer"] and "nna" not in str(bought.payload)
    assert told("add_to_cart", visitor=landing.visitor)


def test_nothing_is_kept_before_consent_and_the_page_is_told_again_after_it(
    visit: Callable[..., Any], collector: Running
) -> None:
    browser = visit("/asking")
    wait_until("the page is counted", lambda: told("page_view", payload__url__endswith="/asking"))
    assert browser.evaluate("[document.cookie, localStorage.length]") == ["", 0]
    browser.evaluate("kolhub('consent', true)")
    wait_until("it is told again", lambda: len(told("page_view", payload__url__endswith="/asking")) == 2)
    first, second = told("page_view", payload__url__endswith="/asking")
    assert (first.consent, second.consent) == ("unknown", "given")
    assert len(second.visitor) == 36 != len(first.visitor)
    browser.evaluate("kolhub('consent', false)")
    assert browser.evaluate("[document.cookie, localStorage.length]") == ["", 0]


def test_an_event_is_sent_again_with_its_id_when_the_server_was_away(
    visit: Callable[..., Any], shop_page: Page, collector: Running, expected_console_errors: list[str]
) -> None:
    expected_console_errors.append("ERR_INTERNET_DISCONNECTED")
    shop_page.attributes = "data-consent=granted data-page=manual"
    browser = visit("/offline")
    browser.context.set_offline(True)
    with browser.expect_event("requestfailed"):
        browser.evaluate("kolhub('page_view')")
    assert not told("page_view", payload__url__endswith="/offline")
    browser.context.set_offline(False)
    wait_until("it arrives", lambda: told("page_view", payload__url__endswith="/offline"))
    browser.wait_for_function("JSON.parse(localStorage.kolhub).out.length === 0")  # nothing is left to send again
    assert len(told("page_view", payload__url__endswith="/offline")) == 1


def test_pages_of_one_page_apps_are_seen(visit: Callable[..., Any], shop_page: Page) -> None:
    shop_page.attributes = "data-consent=granted"
    browser = visit("/app")
    browser.evaluate("history.pushState({}, '', '/app/two')")
    wait_until("the second page is stored", lambda: told("page_view", payload__url__endswith="/app/two"))
