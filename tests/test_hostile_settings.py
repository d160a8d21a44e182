"""What an installation must not be talked into: by a forged message, a careless variable, a parcel of pickles."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from kombu.exceptions import ContentDisallowed
from kombu.serialization import dumps, loads

from kolhub.celery import app
from kolhub.tenancy import act_for
from tests.factories import make_organization
from tests.walk_world import make_things

ROOT = Path(__file__).resolve().parents[1]


def test_messages_are_json_and_nothing_else() -> None:
    """Whoever reaches the broker can send a message; unpickling one would run what it says."""
    assert list(app.conf.accept_content) == ["json"]
    assert app.conf.task_serializer == "json"
    content_type, encoding, body = dumps({"id": 1}, serializer="pickle")
    with pytest.raises(ContentDisallowed):
        loads(body, content_type, encoding, accept=app.conf.accept_content)


@pytest.mark.django_db
def test_a_forged_task_reaches_nobodys_records() -> None:
    """Tasks take ids and look everything up again inside that organization: those of another find nothing."""
    brand, stranger = make_things()["brand"], make_organization()
    aimed = {
        "kolhub.tasks.work_on_roster": (brand.roster, "received"),
        "campaigns.tasks.draw_shortlist": (brand.shortlist, "waiting"),
        "campaigns.tasks.send_outreach": (brand.message, "queued"),
    }
    app.loader.import_default_modules()
    with_ids = {
        name
        for name, task in app.tasks.items()
        if name.split(".")[0] in {"kolhub", "campaigns", "attribution"} and task.run.__code__.co_argcount
    }
    assert with_ids == set(aimed), "a task that takes arguments is aimed at here"
    act_for(brand.organization.pk)
    for row, state in aimed.values():
        type(row).objects.filter(pk=row.pk).update(state=state)
    for name, (row, state) in aimed.items():
        for organization_id in (stranger.pk, 10**9):
            act_for(organization_id)
            # A fault would do: it is logged, and the message is gone. What must not be is a change.
            with suppress(ObjectDoesNotExist):
                app.tasks[name].run(organization_id, row.pk)
        act_for(brand.organization.pk)
        row.refresh_from_db()
        assert row.state == state, name


def test_no_table_and_no_file_holds_pickles() -> None:
    """Sessions are JSON; no code of ours reads a pickle, evaluates text, or loads YAML that can construct objects."""
    assert settings.SESSION_SERIALIZER.endswith("JSONSerializer")
    wrong = []
    for wing in ("kolhub", "campaigns", "attribution"):
        for path in (ROOT / wing).rglob("*.py"):
            source = path.read_text()
            for word in ("import pickle", "joblib", "yaml.load(", "eval(", "exec(", "marshal.", "shell=True"):
                if any(word in line and f".{word}" not in line and "#" not in line for line in source.splitlines()):
                    wrong.append(f"{path.relative_to(ROOT)}: {word}")
    assert not wrong, wrong


def test_without_a_secret_a_real_server_is_refused() -> None:
    """A key made up at each start would end every session at the next one, and differ from machine to machine."""
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": "postgresql://a@db/x", "KOLHUB_DATA_DIR": "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        env={**environment, "DJANGO_SETTINGS_MODULE": "kolhub.settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0 and "KOLHUB_SECRET_KEY must be set" in done.stderr


def test_what_is_off_stays_off_unless_said_so() -> None:
    assert (settings.DEBUG, "*" in settings.ALLOWED_HOSTS) == (False, False)
    assert "django.contrib.admin" not in settings.INSTALLED_APPS
    assert settings.CSRF_COOKIE_SAMESITE == settings.SESSION_COOKIE_SAMESITE == "Lax"
    assert not settings.USE_X_FORWARDED_HOST
    policy = json.dumps(settings.CONTENT_SECURITY_POLICY, default=str)
    assert "unsafe" not in policy and "*" not in policy


def test_every_package_is_pinned_with_its_hash() -> None:
    """What is installed is what was looked at: a version and a hash for each package, nothing from elsewhere."""
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-node.txt"):
        lines = (ROOT / name).read_text().replace("\\\n", " ").splitlines()
        packages = [line for line in lines if line.strip() and not line.lstrip().startswith(("#", "--", "-r", "-c"))]
        assert packages, name
        wrong = [line.split()[0] for line in packages if "==" not in line or "--hash=sha256:" not in line]
        assert not wrong, f"{name}: {wrong}"
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert all("integrity" in package for path, package in lock["packages"].items() if path)
