"""What every test may ask for.

`db`                  the worker's own database, as the application's role, rolled back after the test
`committed_database`  a fresh database, for code that commits, locks or uses threads; dropped after
`broker`, `broker_url`  a Valkey of the test's own
`world`, `module_world` real web, collector, worker and beat processes over a fresh database (tests/world.py)
`browser`, `page`, `new_page`  headless Chromium; console errors and CSP violations fail the test

PostgreSQL is started once per session, by the first test that needs it; pure tests start nothing.
`transactional_db` is refused: it flushes, and hits, ledger and audit log refuse to be emptied.
"""

import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from kolhub.runtime.provision import DatabaseUrls
from kolhub.runtime.valkey import Valkey
from tests.throwaway import ThrowAway, current_urls, point_at, session_directory
from tests.world import World

# Settings are read from the environment once, so all of this must stand before they are imported; that is
# also why DJANGO_SETTINGS_MODULE is not named in pyproject.toml, where pytest-django would read it too early.
if settings.configured:
    pytest.exit("The settings were read too early: unset DJANGO_SETTINGS_MODULE and start pytest again.", 4)
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
THROWAWAY = ThrowAway(session_directory())
GUARD = THROWAWAY.guard() if WORKER == "main" else None
os.environ.update(THROWAWAY.urls(f"kolhub_{WORKER}").environment())
os.environ["KOLHUB_DATA_DIR"] = str(THROWAWAY.directory / f"var-{WORKER}")
os.environ.setdefault("KOLHUB_TEST_SECRET_KEY", secrets.token_urlsafe(48))
os.environ["KOLHUB_SECRET_KEY"] = os.environ["KOLHUB_TEST_SECRET_KEY"]
os.environ["BROKER_URL"] = "memory://"
for _name in (
    "KOLHUB_BASE_URL",
    "KOLHUB_COLLECTOR_URL",
    "KOLHUB_WEB_PORT",
    "KOLHUB_COLLECTOR_PORT",
    "EMAIL_URL",
):
    os.environ.pop(_name, None)
os.environ["DJANGO_SETTINGS_MODULE"] = "kolhub.settings"
Path(os.environ["KOLHUB_DATA_DIR"], "static").mkdir(parents=True, exist_ok=True)

import django  # noqa: E402

try:
    django.setup()
except Exception as trouble:
    # Pure rooms do not need Django: their tests go on, every other test module fails on its own import.
    print(f"Django could not be set up: {type(trouble).__name__}: {trouble}", file=sys.stderr)
    del os.environ["DJANGO_SETTINGS_MODULE"]
    django.conf.settings._wrapped = django.conf.empty


def pytest_configure(config: pytest.Config) -> None:
    if getattr(config.option, "numprocesses", None) and WORKER == "main":
        # A worker that inherited this would read the settings before it comes here.
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_unconfigure() -> None:
    if GUARD is not None:
        GUARD.finish()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # What walks the whole tree takes longest: begun last, it would leave the other worker with nothing to do.
    items.sort(key=lambda item: item.path.parent != Path(__file__).parent)
    for item in items:
        marker = item.get_closest_marker("django_db")
        flushes = (marker is not None and marker.kwargs.get("transaction")) or {
            "transactional_db",
            "live_server",
        } & set(getattr(item, "fixturenames", ()))
        if flushes:
            raise pytest.UsageError(
                f"{item.nodeid} would flush the database, which append-only tables refuse: use committed_database."
            )


# ---- databases ----


@pytest.fixture(scope="session")
def throwaway(django_test_environment: None, django_db_blocker: Any) -> ThrowAway:
    """The session's cluster, started, with its migrated template."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with django_db_blocker.unblock():
        THROWAWAY.prepare()
    return THROWAWAY


@pytest.fixture(scope="session")
def django_db_setup(throwaway: ThrowAway, django_db_blocker: Any) -> Iterator[None]:
    """Give this worker a database of its own; pytest-django would make one as its superuser."""
    with django_db_blocker.unblock():
        throwaway.create(f"kolhub_{WORKER}")
    yield
    from django.db import connections

    with django_db_blocker.unblock():
        connections.close_all()


@contextmanager
def _fresh_database(throwaway: ThrowAway, blocker: Any) -> Iterator[DatabaseUrls]:
    before = current_urls()
    with blocker.unblock():
        name, urls = throwaway.create_fresh()
        point_at(urls)
        try:
            yield urls
        finally:
            point_at(before)
            throwaway.drop(name)


def _refuse_both(request: pytest.FixtureRequest) -> None:
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        pytest.fail(f"{request.fixturename} brings its own database: do not ask for db or django_db as well")


@pytest.fixture
def committed_database(
    request: pytest.FixtureRequest, throwaway: ThrowAway, django_db_blocker: Any
) -> Iterator[DatabaseUrls]:
    """Work on a fresh database in which commits are real; yields its four URLs."""
    _refuse_both(request)
    with _fresh_database(throwaway, django_db_blocker) as urls:
        yield urls


# ---- broker and processes ----


def _use_broker(url: str) -> None:
    import kombu.pools

    from kolhub.celery import app

    # Celery's pools and kombu's, which would hand a closed one out again for the same URL.
    kombu.pools.reset()
    app.amqp.__dict__.pop("producer_pool", None)
    app.amqp._producer_pool = None
    app._pool = None
    app.conf.broker_url = app.conf.broker_read_url = app.conf.broker_write_url = url
    os.environ["BROKER_URL"] = url


@contextmanager
def _own_broker(directory: Path, throwaway: ThrowAway) -> Iterator[Valkey]:
    valkey = Valkey(directory)
    valkey.start()
    group = valkey.pid
    throwaway.remember(group)
    before = os.environ["BROKER_URL"]
    _use_broker(valkey.url)
    try:
        yield valkey
    finally:
        _use_broker(before)
        valkey.stop()
        throwaway.forget(group)


@pytest.fixture
def broker() -> Iterator[Valkey]:
    """A Valkey that Celery in this process talks to."""
    with _own_broker(_fresh_directory("broker"), THROWAWAY) as valkey:
        yield valkey


@pytest.fixture
def broker_url(broker: Valkey) -> str:
    return broker.url


@pytest.fixture(scope="module")
def throwaway_directory() -> Path:
    """A short path (sockets fit below it) that is deleted with the session."""
    return _fresh_directory("own")


def _fresh_directory(kind: str) -> Path:
    directory = THROWAWAY.directory / f"{kind}-{secrets.token_hex(4)}"
    directory.mkdir()
    return directory


@contextmanager
def _whole_world(throwaway: ThrowAway, blocker: Any) -> Iterator[World]:
    directory = _fresh_directory("world")
    with (
        _fresh_database(throwaway, blocker) as urls,
        _own_broker(directory / "broker", throwaway) as valkey,
    ):
        world = World(directory, urls, valkey, throwaway)
        try:
            yield world
        finally:
            world.stop()


@pytest.fixture
def world(request: pytest.FixtureRequest, throwaway: ThrowAway, django_db_blocker: Any) -> Iterator[World]:
    """An installation whose processes the test starts: `world.start("collector", "worker")`."""
    _refuse_both(request)
    with _whole_world(throwaway, django_db_blocker) as world:
        yield world


@pytest.fixture(scope="module")
def module_world(throwaway: ThrowAway, django_db_blocker: Any) -> Iterator[World]:
    """The same for a whole module; while it lives, the ORM works on its database: no `db` in that module."""
    with _whole_world(throwaway, django_db_blocker) as world:
        yield world


# ---- browser ----


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One headless Chromium for the session (Playwright's synchronous API)."""
    chromium = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
    if chromium is None:
        pytest.fail("Chromium is missing: install it with `apt-get install chromium fonts-noto-cjk`.")
    from playwright.sync_api import sync_playwright

    # Playwright's loop runs in this thread, where Django would refuse the ORM; nothing here is really async.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    flags = [
        "--disable-gpu",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
    ]
    flags += ["--disable-sync", "--no-first-run", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield running
        running.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


@pytest.fixture
def expected_console_errors() -> list[str]:
    """Patterns of console errors that the test provokes on purpose: append to it."""
    return []


@pytest.fixture
def new_page(browser: Any, expected_console_errors: list[str]) -> Iterator[Callable[..., Any]]:
    """Open pages, each with cookies of its own: `new_page(viewport=…, locale="zh-CN", base_url=…)`."""
    contexts: list[Any] = []
    problems: list[str] = []

    def open_page(**options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "locale": "en-US", **options})
        contexts.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
        # A violation of the Content-Security-Policy is reported as a console error too.
        page.on("console", lambda said: said.type == "error" and problems.append(f"{page.url}: {said.text}"))
        return page

    yield open_page
    for context in contexts:
        context.close()
    surprising = [p for p in problems if not any(re.search(known, p) for known in expected_console_errors)]
    if surprising:
        pytest.fail("the browser's console says:\n" + "\n".join(surprising), pytrace=False)


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    """One browser page."""
    return new_page()
