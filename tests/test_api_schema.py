"""The API's description is complete, and the API does what it says: schemathesis against our own schema."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from typing import Any
from unittest import SkipTest

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from kolhub.models import ApiToken
from tests.test_access_walk import NOUNS
from tests.walk_world import Things, make_things

EXAMPLES = {GenerationMode.POSITIVE: 3, GenerationMode.NEGATIVE: 2}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# Fields of requests that name another record: with random numbers nearly every request would end at that field.
REFERENCES = ("brand", "product", "brief", "campaign", "creator", "collaboration", "shop", "to")


def _schema() -> dict[str, Any]:
    return dict(SchemaGenerator(patterns=None).get_schema(request=None, public=True))


def test_the_description_is_complete() -> None:
    """What `manage.py spectacular --validate --fail-on-warn` says: no clash of names, no guess, a valid document."""
    written = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=written)
    assert "openapi: 3" in written.getvalue()


def test_every_operation_says_what_it_does_and_how_it_refuses() -> None:
    schema = _schema()
    operations = [
        (path, method, operation) for path, methods in schema["paths"].items() for method, operation in methods.items()
    ]
    assert len(operations) > 50
    ids = [operation["operationId"] for _path, _method, operation in operations]
    assert len(ids) == len(set(ids))
    for path, method, operation in operations:
        where = f"{method} {path}"
        assert operation.get("description"), f"{where} has no description: give the view's method a docstring"
        assert "401" in operation["responses"], where
        assert operation["security"] and {} not in operation["security"], f"{where} is open to everybody"
        if "{organization}" in path:
            assert {"403", "404"} <= set(operation["responses"]), where
        if method in {"post", "patch", "put"}:
            assert {"400", "413", "415"} <= set(operation["responses"]), where
    unnamed = [name for name in schema["components"]["schemas"] if name[-7:-4].isalnum() and name.endswith("Enum")]
    assert "Kind15dEnum" not in unnamed


# ---- the API does what it says ----


@pytest.fixture
def things(db: None) -> Iterator[dict[str, Things]]:
    logging.disable(logging.CRITICAL)
    # The test's transaction is this connection's: as Django's own test client does, let no request close it.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield make_things()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    logging.disable(logging.NOTSET)


def _with_records(schema: dict[str, Any], things: Things) -> dict[str, Any]:
    """Let fields that name a record name one that exists, or one that does not."""
    for name, component in schema["components"]["schemas"].items():
        if name.endswith("Request"):
            for field in set(REFERENCES) & set(component.get("properties", {})):
                noun = "collaboration" if field == "to" else field
                component["properties"][field] = {"type": "integer", "enum": [getattr(things, noun).pk, 10**9]}
    return schema


def _path_values(operation: Any, things: Things) -> dict[str, Any]:
    noun = operation.path.split("/{id}")[0].split("/{pk}")[0].rsplit("/", 1)[-1]
    known = NOUNS.get(noun)
    pk = known(things).pk if known else 1
    return {"organization": things.organization.slug, "id": pk, "pk": pk}


class Asking:
    """Sends what schemathesis thinks up for one operation, each request undone, and remembers what was wrong."""

    def __init__(self, things: Things, secret: str) -> None:
        self.things = things
        self.secret = secret
        self.sent: Counter[int] = Counter()
        self.faults: dict[str, str] = {}

    def about(self, operation: Any, mode: GenerationMode) -> None:
        values = _path_values(operation, self.things)
        unknown = {**values, "id": 10**9, "pk": 10**9}

        @settings(
            max_examples=EXAMPLES[mode],
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode), path=st.sampled_from([values, values, unknown]))
        def ask(case: Any, path: dict[str, Any]) -> None:
            case.path_parameters.update({name: path[name] for name in case.path_parameters})
            self._send(operation.path, case)

        # An operation without parameters has no requests that break its description.
        with suppress(Unsatisfiable, pytest.skip.Exception, SkipTest):
            ask()

    def _send(self, path: str, case: Any) -> None:
        with transaction.atomic():
            response = case.call(headers={"Authorization": f"Bearer {self.secret}"})
            transaction.set_rollback(True)
        self.sent[response.status_code] += 1
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as fault:
            told = "; ".join(str(each) for each in fault.exceptions)
            self.faults.setdefault(f"{case.method} {path} {response.status_code}", f"{told}\n{case.as_curl_command()}")


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_the_api_does_what_its_description_says(things: dict[str, Things], mode: GenerationMode) -> None:
    """Requests that fit the description, or do not, to every operation: never a 5xx, always an answer as described."""
    brand = things["brand"]
    manager = next(each for each in brand.members if each.role == "manager")
    _token, secret = ApiToken.issue(manager, "schemathesis")
    described = schemathesis.openapi.from_dict(_with_records(_schema(), brand))
    described.app = get_wsgi_application()
    asking = Asking(brand, secret)
    for found in described.get_all_operations():
        asking.about(found.ok(), mode)
    assert not asking.faults, "\n\n".join(f"{where}\n{fault}" for where, fault in asking.faults.items())
    assert asking.sent.total() > 100
    # Guard against a walk in which every request ends at the door.
    assert asking.sent[200 if mode is GenerationMode.POSITIVE else 400] > 20, asking.sent
    assert mode is GenerationMode.NEGATIVE or asking.sent[201] > 3, asking.sent
