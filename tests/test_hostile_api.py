"""Hostile machines at the API: ids of others, smuggled fields, impossible values, bodies that are none."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from kolhub.models import ApiToken, Membership
from kolhub.tenancy import act_for
from tests.factories import make_membership
from tests.test_access_walk import INSIDE, NOUNS
from tests.walk_world import Things, make_things

JSON = "application/json"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def things(db: None) -> dict[str, Things]:
    return make_things()


class Machine:
    """A machine with a token of one member; every request is undone."""

    def __init__(self, member: Membership) -> None:
        _token, self.secret = ApiToken.issue(member, "hostile")
        self.client = Client(raise_request_exception=False)
        self.base = f"/api/v1/o/{member.organization.slug}"

    def ask(self, method: str, path: str, body: Any = None, content_type: str = JSON, **headers: str) -> Any:
        raw = body if isinstance(body, bytes | str) else json.dumps(body)
        headers.setdefault("HTTP_AUTHORIZATION", f"Bearer {self.secret}")
        address = path if path.startswith("/") else f"{self.base}/{path}"
        with transaction.atomic():
            if method in {"get", "head", "options"}:
                response = getattr(self.client, method)(address, **headers)
            else:
                response = self.client.generic(method.upper(), address, raw, content_type, **headers)
            transaction.set_rollback(True)
        return response


@pytest.fixture
def machine(things: dict[str, Things]) -> Machine:
    return Machine(things["brand"].owner)


def writes(things: Things) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation that takes a JSON body: method, address, the body's schema."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            if JSON not in content:
                continue
            component = content[JSON]["schema"].get("$ref", "").rsplit("/", 1)[-1]
            noun = path.split("/{", 2)[-2].rsplit("/", 1)[-1] if "{id}" in path else ""
            pk = NOUNS[noun](things).pk if noun in NOUNS else 1
            address = path.replace("{organization}", things.organization.slug).replace("{id}", str(pk))
            yield method, address, schema["components"]["schemas"].get(component, {})


# ---- ids of others ----


def test_a_foreign_id_in_a_filter_looks_like_one_that_does_not_exist(things: dict[str, Things]) -> None:
    """Filters by relation neither find nor confirm the records of another organization."""
    stranger = Machine(make_membership(kind="brand"))
    schema = SchemaGenerator().get_schema(request=None, public=True)
    tried = 0
    for path, operations in schema["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", []):
            if parameter["in"] != "query" or parameter["name"] not in NOUNS_OF_FILTERS:
                continue
            if "{id}" in path:
                continue
            address = path.replace("{organization}", stranger.base.rsplit("/", 1)[-1])
            foreign = getattr(things["brand"], NOUNS_OF_FILTERS[parameter["name"]]).pk
            answers = [stranger.ask("get", f"{address}?{parameter['name']}={pk}") for pk in (foreign, 10**9)]
            assert answers[0].status_code == answers[1].status_code, address
            assert answers[0].content.replace(str(foreign).encode(), b"") == answers[1].content.replace(
                str(10**9).encode(), b""
            ), address
            tried += 1
    assert tried >= 6


NOUNS_OF_FILTERS = {
    name: name for name in ("brand", "brief", "campaign", "collaboration", "shortlist", "creator", "shop")
}


def test_a_foreign_id_in_a_body_is_refused(things: dict[str, Things]) -> None:
    """Wherever a body names a record, one of another organization is as good as none."""
    stranger = make_membership(kind="brand")
    machine, brand = Machine(stranger), things["brand"]
    schemas = SchemaGenerator().get_schema(request=None, public=True)["components"]["schemas"]
    tried = 0
    for method, address, component in writes(brand):
        names = set(component.get("properties", {})) & set(NOUNS_OF_FILTERS)
        if method != "post" or "/compliance/" in address or not names:
            continue
        own = address.replace(brand.organization.slug, stranger.organization.slug)
        for name in names:
            body = {each: _plausible(value, schemas) for each, value in component["properties"].items()}
            said = []
            for pk in (getattr(brand, NOUNS_OF_FILTERS[name]).pk, 10**9):
                response = machine.ask("post", own, {**body, name: pk})
                assert response.status_code in {400, 404}, (own, name, response.content)
                said.append((response.status_code, response.content.decode().replace(str(pk), "…")))
            assert said[0] == said[1], (own, name)
            tried += 1
    assert tried >= 6


def _plausible(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """Return a value that a field would take, so that nothing but the id is wrong."""
    schema = (schema.get("allOf") or schema.get("oneOf") or [schema])[0]
    if "$ref" in schema:
        return _plausible(schemas[schema["$ref"].rsplit("/", 1)[-1]], schemas)
    if schema.get("enum"):
        return schema["enum"][0]
    if schema.get("type") == "string":
        return {"date": "2026-06-01", "date-time": "2026-06-01T12:00:00Z", "uri": "https://shop.example/x"}.get(
            schema.get("format", ""), "x"
        )
    if schema.get("type") == "array":
        return [_plausible(schema["items"], schemas)] if schema.get("minItems") else []
    return {"integer": 1, "number": 1.0, "boolean": True, "object": {}}[schema.get("type", "object")]


def test_hidden_relations_cannot_be_filtered_or_sorted_by(things: dict[str, Things], machine: Machine) -> None:
    """Parameters that are no declared filter are refused, or change nothing: neither rows nor order."""
    for path in ("creators/", "collaborations/", "members/", "campaigns/", "candidates/"):
        plain = machine.ask("get", path)
        assert plain.status_code == 200
        for parameter in (
            "creator__notes__startswith=a", "organization=1", "membership__user__password__startswith=p",
            "ordering=creator__notes", "order_by=-user__password", "user__email__contains=x", "expand=organization",
            "fields=password", "format=api", "_method=DELETE",
        ):  # fmt: skip
            response = machine.ask("get", f"{path}?{parameter}")
            assert response.status_code == 400 or response.content == plain.content, (path, parameter)


# ---- what no body may say ----


def test_unknown_fields_are_refused_by_name(things: dict[str, Things], machine: Machine) -> None:
    """Mass assignment: the organization, the owner or a state that no field of the description names is an error."""
    tried = 0
    for method, address, _component in writes(things["brand"]):
        for field in ("organization", "organization_id", "agency_organization", "is_superuser", "__class__"):
            response = machine.ask(method, address, {field: 1})
            assert response.status_code == 400, (method, address, field, response.content)
            assert field in response.json(), (method, address, field, response.content)
        tried += 1
    assert tried >= 15


BODIES: list[tuple[bytes | str, str]] = [
    ("", "nothing"),
    ("{", "half an object"),
    ("[" * 100_000, "too deep"),
    ('{"name": ' * 50_000, "deep objects"),
    ("[]", "a list"),
    ('"text"', "a text"),
    ("null", "null"),
    ("1e999", "infinity"),
    ('{"target_roas": 1e999, "fee_minor": 1e999}', "infinity in a field"),
    ('{"target_roas": NaN}', "no number"),
    ('{"name": "a", "name": "b"}', "a name twice"),
    (f'{{"brand": {"9" * 5000}}}', "a number of 5000 digits"),
    ('{"brand": 99999999999999999999, "fee_minor": 99999999999999999999}', "beyond 64 bits"),
    ('{"name": "a\\u0000b", "title": "\\u0000", "post": {"caption": "\\u0000"}}', "NUL"),
    ('{"name": "\\ud800", "title": "\\ud800", "text": "\\udfff", "post": {"caption": "\\ud800"}}', "half a character"),
    (b'{"name": "\xff\xfe"}', "no UTF-8"),
    ("\ufeff{}".encode(), "a byte order mark"),
    ('{"starts_on": "0000-00-00", "ends_on": "9999-99-99", "at": "0001-01-01T00:00:00+23:59"}', "no dates"),
    ('{"markets": {"0": "US"}, "deliverables": "x", "surfaces": [], "columns": 3, "filters": "x"}', "other shapes"),
]


@pytest.mark.parametrize("body", [body for body, _name in BODIES], ids=[name for _body, name in BODIES])
def test_no_body_breaks_an_operation(things: dict[str, Things], machine: Machine, body: bytes | str) -> None:
    wrong = []
    for method, address, _component in writes(things["brand"]):
        response = machine.ask(method, address, body)
        if response.status_code >= 500 or response["Content-Type"] != JSON:
            wrong.append(f"{method} {address}: {response.status_code} {getattr(response, 'exc_info', [0, 0])[1]!r}")
    assert not wrong, "\n".join(wrong)


def test_more_than_the_api_reads_is_cut_off(things: dict[str, Things], machine: Machine) -> None:
    filler = json.dumps({"name": "x" * settings.API_MAX_BYTES})
    assert machine.ask("post", "brands/", filler).status_code == 413
    # What is announced beyond all measure is refused before a byte of it is read.
    answer = machine.ask("post", "brands/", "{}", CONTENT_LENGTH=str(10 * 2**30))
    assert (answer.status_code, answer["Content-Type"]) == (413, JSON)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", ""],
)
def test_a_body_of_another_kind_is_not_guessed_at(machine: Machine, content_type: str) -> None:
    """A form on another page can send these three kinds without asking first: none is read as JSON."""
    response = machine.ask("post", "brands/", '{"name": "Nova"}', content_type)
    assert response.status_code in {400, 415}, response.content


def test_a_charset_that_unpacks_is_none(machine: Machine) -> None:
    for charset in ("bz2", "zip", "nothing", "idna", "unicode_escape"):
        answer = machine.ask("post", "brands/", b"BZh91AY&SY", f"application/json; charset={charset}")
        assert answer.status_code in {400, 415}, (charset, answer.status_code)


# ---- pages, methods, tokens ----


def test_pages_are_bounded(machine: Machine) -> None:
    found = machine.ask("get", "members/?page_size=1000000000").json()
    assert len(found["results"]) == found["count"] <= 500
    for query in ("page=1000000000", "page=-1", "page=x", "page=0", "page=" + "9" * 5000, "page=%F0%9F%98%80"):
        assert machine.ask("get", f"members/?{query}").status_code == 404
    for query in ("page_size=0", "page_size=-5", "page_size=x", "page_size=" + "9" * 5000):
        assert machine.ask("get", f"members/?{query}").status_code == 200


def test_no_parameter_breaks_a_list(things: dict[str, Things], machine: Machine) -> None:
    """Every declared parameter with what it cannot be: 400 or nothing found, as JSON."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    wrong, tried = [], 0
    for path, operations in schema["paths"].items():
        names = [each["name"] for each in operations.get("get", {}).get("parameters", []) if each["in"] == "query"]
        noun = path.split("/{", 2)[-2].rsplit("/", 1)[-1] if "{id}" in path else ""
        pk = NOUNS[noun](things["brand"]).pk if noun in NOUNS else things["brand"].campaign.pk
        address = path.replace("{organization}", things["brand"].organization.slug).replace("{id}", str(pk))
        for name in names:
            for value in ("%00", "9" * 40, "0001-01-01T00:00:00%2B23:59", "-1", "%ED%A0%80", "1e400", "'"):
                response = machine.ask("get", f"{address}?{name}={value}")
                tried += 1
                if response.status_code >= 500 or response["Content-Type"] != JSON:
                    wrong.append(f"{address}?{name}={value}: {response.status_code}")
    assert tried > 200
    assert not wrong, "\n".join(wrong)


def test_no_id_breaks_an_address(machine: Machine) -> None:
    for pk in ("0", "9" * 40, "-1", "1.0", "abc", "%00", "١", "1%20", "..", "%2e%2e%2fmembers"):
        for path in ("members", "campaigns", "orders", "creators"):
            answer = machine.ask("get", f"{path}/{pk}/")
            assert (answer.status_code, answer["Content-Type"]) in {(404, JSON), (400, JSON)}, (path, pk)


def test_no_method_but_the_named_ones(things: dict[str, Things], machine: Machine) -> None:
    """PUT, DELETE and TRACE nowhere unless described; overriding headers and parameters mean nothing."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    brand = things["brand"]
    described = {path: set(operations) for path, operations in schema["paths"].items()}
    for path, methods in described.items():
        address = path.replace("{organization}", brand.organization.slug).replace("{id}", "1")
        for method in {"put", "delete"} - methods:
            assert machine.ask(method, address, {}).status_code in {404, 405}, (method, address)
    campaign = f"campaigns/{brand.campaign.pk}/"
    for headers in ({"HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE"}, {"HTTP_X_METHOD_OVERRIDE": "PUT"}):
        assert machine.ask("post", campaign, {"_method": "DELETE"}, **headers).status_code == 405
    head = machine.ask("head", campaign)
    assert (head.status_code, head.content) == (200, b"")
    assert Client().options(f"{machine.base}/{campaign}").status_code == 401


def test_a_token_is_read_from_its_header_alone(things: dict[str, Things], machine: Machine) -> None:
    """Not from the address, a cookie or a body, where logs and caches would keep it; and never half of it."""
    path, secret = f"{machine.base}/members/", machine.secret
    client = Client()
    client.cookies["token"] = client.cookies["Authorization"] = secret
    for query in (f"?token={secret}", f"?access_token={secret}", f"?authorization=Bearer%20{secret}"):
        assert client.get(path + query).status_code == 401
    for header in (
        "Bearer", f"Bearer {secret} x", f"Bearer {secret[:-1]}", f"Bearer {secret}0", f"Token {secret}",
        f"Basic {secret}", "Bearer \xff\xfe", "Bearer khb_", f"Bearer {secret.upper()}",
    ):  # fmt: skip
        assert client.get(path, HTTP_AUTHORIZATION=header).status_code == 401, header
    assert client.get(path, HTTP_AUTHORIZATION=f"bearer {secret}").status_code == 200


def test_a_token_can_do_what_its_member_can_and_no_more(things: dict[str, Things]) -> None:
    """The viewer's token writes nothing, though its owner may be more elsewhere."""
    brand = things["brand"]
    viewer = next(member for member in brand.members if member.role == "viewer")
    Membership.objects.create(organization=make_membership().organization, user=viewer.user, role="owner")
    machine = Machine(viewer)
    act_for(brand.organization.pk)
    for method, address, _component in writes(brand):
        if "/compliance/judge/" not in address:
            assert machine.ask(method, address, {}).status_code == 403, (method, address)
    other = Membership.objects.filter(user=viewer.user, role="owner").get()
    assert machine.ask("get", f"/api/v1/o/{other.organization.slug}/members/").status_code == 404


def test_answers_tell_nothing_of_what_is_inside(machine: Machine) -> None:
    """No traceback, path, SQL or class of ours in what a refused request hears."""
    said = [machine.ask("post", "brands/", body).content.decode() for body, _name in BODIES] + [
        machine.ask("get", path).content.decode() for path in ("nothing/", "campaigns/x/", "orders/?state=x")
    ]
    for text in said:
        for secret in ("Traceback", "site-packages", "SELECT", "psycopg", "django.", "kolhub.", ".py"):
            assert secret not in text, text


def test_the_api_is_walked_by_other_tests_too() -> None:
    """Ids of others in every path: tests/test_access_walk.py does it from the same list of addresses."""
    assert len([route for route in INSIDE if route.is_api]) > 40


def test_a_query_does_not_run_for_ever(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a request asks of the database is ended after some seconds; here after one."""
    monkeypatch.setattr(settings, "REQUEST_QUERY_SECONDS", 1)
    with transaction.atomic(), connection.cursor() as cursor:
        assert (
            machine.client.get(f"{machine.base}/members/", HTTP_AUTHORIZATION=f"Bearer {machine.secret}").status_code
            == 200
        )
        # The test's transaction is the request's: what the request set still holds.
        with pytest.raises(OperationalError, match="statement timeout"):
            cursor.execute("SELECT pg_sleep(5)")
        transaction.set_rollback(True)
