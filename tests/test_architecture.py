"""The rules of ARCHITECTURE.md that a machine can check."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest
from importlinter import cli

ROOT = Path(__file__).resolve().parents[1]
WINGS = ("kolhub", "campaigns", "attribution")

# Each room and its files that touch the database through the models; every other file in it knows nothing of Django.
# Reports are several readers of the same facts: one file per report reads, the sums (cost, credit, split) are pure.
ROOMS: dict[str, set[str]] = {
    "kolhub.platforms": set(),
    "kolhub.roster": {"load", "upsert", "progress", "wording"},
    "campaigns.matching": {"shortlist"},
    "campaigns.compliance": {"review", "wording"},
    "attribution.collector": {"settle", "__main__"},
    "attribution.journeys": {"load"},
    "attribution.attributors": set(),
    "attribution.reports": {"run", "order", "outcomes", "campaign_report", "ledger", "tracking"},
    "attribution.simulator": set(),
}
# Parts of the collector's own process: they hold its connections, its clock and its counters, and still no Django.
COLLECTOR_PROCESS = {"server", "visits", "orders_in", "append", "lanes", "lookups", "replay", "metrics"}
IMPURE = ("django", "celery", "rest_framework", "kolhub.settings", *(f"{wing}.models" for wing in WINGS))
CLOCKS = {"now", "today", "utcnow", "time", "time_ns", "localtime"}
VAGUE = {"utils", "helpers", "common", "services", "managers", "misc"}
LONGEST_FILE = 450  # "wants to be a package" past some 400
LONGEST_FUNCTION = 60  # "wants a second name" past some 40


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*WINGS, include_external_packages=True, cache_dir=None)


def _sources() -> Iterator[Path]:
    for wing in WINGS:
        yield from (path for path in (ROOT / wing).rglob("*.py") if "migrations" not in path.parts)


def _pure_modules(graph: grimp.ImportGraph) -> list[str]:
    found = []
    for room, exceptions in ROOMS.items():
        modules = {room, *graph.find_descendants(room)} if room in graph.modules else set()
        found += [name for name in modules if name.removeprefix(room).lstrip(".").split(".")[0] not in exceptions]
    return sorted(found)


def _in_the_collectors_process(name: str) -> bool:
    return name.startswith("attribution.collector.") and name.split(".")[2] in COLLECTOR_PROCESS


def _forbidden(name: str) -> tuple[str, ...]:
    return IMPURE if _in_the_collectors_process(name) else (*IMPURE, "psycopg")


def test_the_arrows_of_the_contracts_hold(capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None)
    assert code == 0, capsys.readouterr().out


def test_pure_files_know_nothing_of_django_celery_or_the_models(graph: grimp.ImportGraph) -> None:
    wrong = [
        f"{name} imports {imported}"
        for name in _pure_modules(graph)
        for imported in graph.find_modules_directly_imported_by(name)
        if imported.startswith(tuple(f"{impure}." for impure in _forbidden(name))) or imported in _forbidden(name)
    ]
    assert not wrong, "\n".join(wrong)


def test_pure_files_reach_the_database_by_no_detour(graph: grimp.ImportGraph) -> None:
    wrong = []
    steps = [(name, impure) for name in _pure_modules(graph) for impure in _forbidden(name)]
    for name, impure in steps:
        if impure in graph.modules and (chain := graph.find_shortest_chain(importer=name, imported=impure)):
            wrong.append(" -> ".join(chain))
    assert not wrong, "\n".join(wrong)


def test_pure_files_read_no_clock(graph: grimp.ImportGraph) -> None:
    wrong = []
    for name in _pure_modules(graph):
        # The simulator lives in the world outside: it waits for real servers, and its clock is the world's.
        if _in_the_collectors_process(name) or name.startswith("attribution.simulator"):
            continue
        path = ROOT.joinpath(*name.split("."))
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in CLOCKS
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in {"datetime", "date", "time", "timezone", "dt"}
            ):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} calls {ast.unparse(node.func)}()")
    assert not wrong, "`now` is an argument:\n" + "\n".join(wrong)


def test_the_simulator_comes_in_through_the_doors(graph: grimp.ImportGraph) -> None:
    if "attribution.simulator" not in graph.modules:
        pytest.fail("attribution.simulator is missing")
    inside = {"attribution.simulator", *graph.find_descendants("attribution.simulator")}
    wrong = [
        f"{name} imports {imported}"
        for name in inside
        for imported in graph.find_modules_directly_imported_by(name)
        if re.match(r"(kolhub|campaigns|attribution)\.(models|views|tasks|api)\b", imported)
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_has_a_vague_name() -> None:
    wrong = [str(path.relative_to(ROOT)) for path in _sources() if VAGUE & {*path.parent.parts, path.stem}]
    assert not wrong, f"name it after its work: {wrong}"


def test_no_signals_of_our_own() -> None:
    text = {path: path.read_text() for path in _sources()}
    wrong = [
        str(path.relative_to(ROOT))
        for path, source in text.items()
        if re.search(r"^\s*(from|import) .*\b(django\.dispatch|db\.models\.signals|celery\.signals)\b", source, re.M)
    ]
    assert not wrong, f"call it by name instead: {wrong}"


def test_files_and_functions_stay_readable() -> None:
    wrong = []
    for path in _sources():
        source = path.read_text()
        where = path.relative_to(ROOT)
        if path.name != "settings.py" and (lines := source.count("\n")) > LONGEST_FILE:
            wrong.append(f"{where} has {lines} lines")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                length = node.end_lineno - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    wrong.append(f"{where}:{node.lineno} {node.name}() has {length} lines")
    assert not wrong, "\n".join(wrong)
