"""The files of a real deployment name what exists, and the page about it names everything."""

import re
from pathlib import Path

import yaml

from kolhub.runtime.processes import PROCESSES, ROOT

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
READ = re.compile(r"(?:env\.\w+|environ(?:\.get|\.pop)?|environment\.get|getenv)[(\[]\"([A-Z_]+)\"")
VARIABLE = re.compile(r"\b(?:KOLHUB_[A-Z_]+[A-Z]|[A-Z]+_URL|DATABASE_[A-Z_]+URL)\b")


def _documented() -> set[str]:
    rows = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "deploy.md").read_text(), re.M)
    assert len(rows) == len(set(rows))
    return set(rows)


def _read_by_the_code() -> set[str]:
    found: set[str] = set()
    for wing in ("kolhub", "campaigns", "attribution"):
        for path in (ROOT / wing).rglob("*.py"):
            code = path.read_text()
            found |= set(
                re.findall(r"(?:env\.\w+|environ(?:\.get|\.pop)?|environment\.get|getenv)[(\[]\"([A-Z_]+)\"", code)
            )
    return found - {"DJANGO_SETTINGS_MODULE"}


def test_every_variable_the_code_reads_is_documented() -> None:
    read = _read_by_the_code()
    assert {"DATABASE_URL", "KOLHUB_SECRET_KEY", "KOLHUB_WEB_PORT", "KOLHUB_POSTGRES_BIN"} <= read
    assert not read - _documented(), "add to the table in docs/deploy.md"


def test_every_documented_variable_is_read() -> None:
    by_the_shell = set(VARIABLE.findall((ROOT / "dev").read_text()))
    assert not _documented() - _read_by_the_code() - by_the_shell


def test_compose_sets_only_variables_that_are_read() -> None:
    for name, service in COMPOSE["services"].items():
        if name in ("db", "broker"):
            continue
        assert set(service["environment"]) <= _documented(), name
        assert service["environment"]["DATABASE_URL"].startswith("postgresql://kolhub_app:")


def test_only_the_migrating_container_holds_the_owners_password() -> None:
    holders = {name for name, service in COMPOSE["services"].items() if "OWNER_PASSWORD" in str(service)}
    assert holders == {"migrate"}


def test_compose_runs_every_process_and_publishes_on_loopback_only() -> None:
    services = COMPOSE["services"]
    for process in PROCESSES:
        command = services[process.name]["command"]
        assert command[-1] == process.name
        assert (ROOT / Path(*command[2].split("."))).with_suffix(".py").exists()
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:8000:8000", "127.0.0.1:8001:8001"]
    named = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert named == set(COMPOSE["volumes"])
    waits = {other for service in services.values() for other in service.get("depends_on", {})}
    assert waits <= set(services)


def test_every_variable_compose_asks_for_is_in_the_recipe_for_the_env_file() -> None:
    required = set(re.findall(r"\$\{([A-Z_]+):\?\}", (ROOT / "compose.yaml").read_text()))
    recipe = (ROOT / "docs" / "deploy.md").read_text().split("## With containers")[1].split("## Without")[0]
    made = {f"KOLHUB_{name}" for name in re.search(r"for name in ([A-Z_ ]+);", recipe)[1].split()}  # type: ignore[index]
    made |= set(re.findall(r"^([A-Z_]+)=", recipe, re.M))
    assert required <= made


def test_the_image_copies_what_exists() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.M):
        for source in line.split():
            assert (ROOT / source).exists(), source
    assert "--require-hashes" in dockerfile
    assert re.search(r"^USER kolhub$", dockerfile, re.M)
