"""Rosters from the upload to the account of every line: the pages, the command, the API."""

import json
import re
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from openpyxl import Workbook

from kolhub.models import (
    ApiToken,
    AuditEvent,
    Creator,
    Membership,
    Organization,
    Profile,
    RosterImport,
    RosterLine,
    RosterProblem,
    User,
)
from kolhub.roster import load
from kolhub.tenancy import act_for, acting_for
from tests.factories import make_creator, make_membership, make_roster

DAY = "2026-05-01"
HEADER = "昵称,抖音号,粉丝数,平均点赞,类目,视频报价,邮箱\n"
ROSTER = (
    HEADER
    + "小满,xiaoman88,4.53w,3200,美妆,¥3000,xm@mcn.example\n"
    + "阿岳,ayue_outdoor,3.2万,N/A,户外,¥2500,\n"
    + ",,12万,10,美食,,\n"
    + "大橙,dacheng,3K-30K,88,美食,面议,bad-mail\n"
)


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def browser(membership: Membership) -> Client:
    client = Client()
    client.force_login(membership.user)
    return client


def upload(client: Client, at: str, name: str, data: bytes, **fields: str) -> Any:
    return client.post(at, {"file": SimpleUploadedFile(name, data), "metrics_on": DAY, **fields})


def found_in(organization: Organization, name: str, data: bytes, **choices: Any) -> RosterImport:
    """An import as a worker left it after reading, without the worker."""
    read = load.rehearse(organization, name, data, date(2026, 5, 1), choices).roster
    act_for(organization.pk)
    state = "ready" if read.state == "done" else read.state
    return make_roster(
        organization, filename=name, state=state, found=read.found, failure=read.failure, choices=choices,
        rows_total=read.rows_total, refused=read.refused,
    )  # fmt: skip


@pytest.mark.django_db
class TestUpload:
    @pytest.fixture
    def member(self) -> Membership:
        return make_membership(kind="agency", role="manager")

    @pytest.mark.parametrize(
        ("name", "data", "fields", "said"),
        [
            ("empty.csv", b"", {}, "The file is empty"),
            ("a.csv", b"x", {"metrics_on": "2199-01-01"}, "in the future"),
            ("a.csv", b"x", {"metrics_on": ""}, "required"),
            ("a.csv", b"x", {"platform": "myspace"}, "Select a valid choice"),
        ],
    )
    def test_what_cannot_be_taken_is_said(
        self, member: Membership, name: str, data: bytes, fields: dict[str, str], said: str
    ) -> None:
        response = upload(browser(member), f"/o/{member.organization.slug}/rosters/", name, data, **fields)
        assert response.status_code == 422 and said in text(response)
        act_for(member.organization_id)
        assert not RosterImport.objects.exists()

    def test_too_large_a_file_is_refused_with_both_sizes(self, member: Membership, settings: Any) -> None:
        settings.ROSTER_MAX_BYTES = 1024 * 1024
        at = f"/o/{member.organization.slug}/rosters/"
        response = upload(browser(member), at, "a.csv", b"x" * (1024 * 1024 + 1))
        assert response.status_code == 422 and "has 2 MB; at most 1 MB" in text(response)

    def test_no_file_at_all(self, member: Membership) -> None:
        response = browser(member).post(f"/o/{member.organization.slug}/rosters/", {"metrics_on": DAY})
        assert response.status_code == 422 and "required" in text(response)

    def test_an_upload_waits_for_a_worker_and_shows_its_progress(self, member: Membership) -> None:
        client, at = browser(member), f"/o/{member.organization.slug}/rosters/"
        response = upload(client, at, "../星光 名册.csv", ROSTER.encode("gb18030"), source="蝉妈妈")
        act_for(member.organization_id)
        roster = RosterImport.objects.get()
        assert response.url == f"{at}{roster.pk}/" and roster.filename == "星光 名册.csv"
        assert "Waiting for a worker" in text(client.get(response.url))
        RosterImport.objects.update(state="applying", rows_total=2000, rows_done=500)
        part = text(client.get(f"{response.url}progress/"))
        assert 'role="progressbar"' in part and 'aria-valuenow="500"' in part and "500 of 2,000 rows" in part
        RosterImport.objects.update(state="done")
        assert client.get(f"{response.url}progress/")["HX-Refresh"] == "true"
        assert AuditEvent.objects.get(verb="roster.receive").actor == member.user
        again = upload(client, at, "b.csv", ROSTER.encode("gb18030"))
        assert "This very file was uploaded before" in text(client.get(again.url))

    def test_a_viewer_reads_and_does_nothing(self, member: Membership) -> None:
        viewer = browser(make_membership(member.organization, "viewer"))
        at = f"/o/{member.organization.slug}/rosters/"
        assert "can upload a list" in text(viewer.get(at))
        assert upload(viewer, at, "a.csv", b"x").status_code == 403


@pytest.mark.django_db
class TestReading:
    @pytest.fixture
    def member(self) -> Membership:
        return make_membership(kind="agency", role="manager")

    def test_the_preview_shows_raw_and_stored_values_and_what_is_wrong(self, member: Membership) -> None:
        roster = found_in(member.organization, "a.csv", ROSTER.encode())
        assert roster.state == "ready"
        shown = text(browser(member).get(f"/o/{member.organization.slug}/rosters/{roster.pk}/"))
        assert re.search(r"4\.53w →</span> 45,300", shown)
        assert "CN¥3,000.00" in shown and "Beauty" in shown
        assert "Import 3 rows" in shown and "1 of them will be refused" in shown
        assert "This is a range; one number is needed." in shown and "names nobody" in shown
        viewer = make_membership(member.organization, "viewer")
        seen = text(browser(viewer).get(f"/o/{member.organization.slug}/rosters/{roster.pk}/"))
        assert "3,000.00" not in seen and "Import 3 rows" not in seen

    def test_an_unclear_encoding_is_asked_with_previews(self, member: Membership) -> None:
        roster = found_in(member.organization, "a.csv", "name,platform\n王,tiktok\n".encode("gb18030"))
        assert roster.state == "choosing", roster.found
        shown = text(browser(member).get(f"/o/{member.organization.slug}/rosters/{roster.pk}/"))
        assert "In which encoding" in shown and "王" in shown and "Simplified Chinese (GBK" in shown

    def test_two_sheets_are_asked_for(self, member: Membership) -> None:
        book = Workbook()
        for sheet, rows in (("抖音", ["aa", "bb", "cc"]), ("快手", ["dd", "ee", "ff"])):
            page = book.create_sheet(sheet)
            page.append(["昵称", "账号", "粉丝数"])
            for name in rows:
                page.append([name, f"{name}_88", "1.2万"])
        out = BytesIO()
        book.save(out)
        roster = found_in(member.organization, "a.xlsx", out.getvalue())
        assert roster.state == "choosing"
        client, at = browser(member), f"/o/{member.organization.slug}/rosters/{roster.pk}/"
        shown = text(client.get(at))
        assert "Which sheet holds the roster?" in shown and "快手" in shown and "dd_88" in shown
        client.post(f"{at}choose/", {"sheet": "快手"})
        act_for(member.organization_id)
        roster.refresh_from_db()
        assert (roster.state, roster.choices) == ("received", {"sheet": "快手"})

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"encoding": "utf-7"}, "Select a valid choice"),
            ({"header_row": "-1"}, "greater than or equal to 0"),
            ({"header_row": "first"}, "whole number"),
            ({"columns.1": "age"}, "no such field"),
            ({"identity": "x"}, "number"),
        ],
    )
    def test_answers_that_cannot_be_are_refused(self, member: Membership, given: dict[str, str], said: str) -> None:
        roster = found_in(member.organization, "a.csv", ROSTER.encode())
        response = browser(member).post(f"/o/{member.organization.slug}/rosters/{roster.pk}/choose/", given)
        assert response.status_code == 422 and said in text(response)
        act_for(member.organization_id)
        roster.refresh_from_db()
        assert (roster.state, roster.choices) == ("ready", {})

    def test_another_sheet_forgets_the_columns_chosen_before(self, member: Membership) -> None:
        roster = found_in(member.organization, "a.csv", ROSTER.encode())
        load.choose(roster, {"columns": {"0": "name"}, "header_row": "1"})
        assert roster.choices["columns"] == {"0": "name"}
        roster.state = "ready"
        load.choose(roster, {"columns": {"1": "handle"}})
        assert roster.choices["columns"] == {"0": "name", "1": "handle"}
        roster.state = "ready"
        load.choose(roster, {"header_row": "0"})
        assert "columns" not in roster.choices

    def test_an_unreadable_file_says_why(self, member: Membership) -> None:
        roster = found_in(member.organization, "a.pdf", b"%PDF-1.7")
        shown = text(browser(member).get(f"/o/{member.organization.slug}/rosters/{roster.pk}/"))
        assert "This is a PDF" in shown and "Nothing was written" in shown

    def test_what_has_moved_on_is_not_done_twice(self, member: Membership) -> None:
        roster = make_roster(member.organization, state="done")
        client, at = browser(member), f"/o/{member.organization.slug}/rosters/{roster.pk}/"
        for step in ("confirm/", "cancel/", "choose/"):
            assert "has moved on" in text(client.post(at + step, follow=True)), step


@pytest.mark.django_db
class TestAccount:
    def test_filtered_paged_and_exported(self) -> None:
        member = make_membership(kind="agency")
        organization = member.organization
        roster = make_roster(organization, state="done", rows_total=62, added=60, updated=1, refused=1)
        ada = make_creator(organization, name="=Ada")
        lines = [RosterLine(line=2 + at, outcome="added", label=f"C{at}") for at in range(60)]
        changes = {"tiktok.followers": [45_300, 50_000], "categories": [[], ["beauty"]]}
        lines.append(RosterLine(line=70, outcome="updated", label="=Ada", creator=ada, changes=changes))
        lines.append(RosterLine(line=71, outcome="refused", label="12万"))
        for line in lines:
            line.organization, line.roster_import = organization, roster
        RosterLine.objects.bulk_create(lines)
        RosterProblem.objects.create(
            organization=organization, roster_import=roster, line=71, code="identity_missing", refuses_row=True
        )
        client, at = browser(member), f"/o/{organization.slug}/rosters/{roster.pk}/"
        first = client.get(at)
        shown = text(first)
        assert re.sub("<[^>]+>", "", shown).count("60 added + 1 updated + 0 unchanged + 1 refused = 62 rows") == 1
        assert len(first.context["lines"]) == 50 and first.context["page_obj"].paginator.num_pages == 2
        updated = text(client.get(at + "?outcome=updated"))
        assert "TikTok · Followers" in updated and "45,300" in updated and "50,000" in updated and "Beauty" in updated
        only = client.get(at + "?problems=1")
        assert [row["line"].line for row in only.context["lines"]] == [71]
        assert "names nobody" in text(only)
        exported = client.get(at + "account.csv?outcome=updated").content.decode("utf-8-sig")
        assert "'=Ada" in exported and "45,300 → 50,000" in exported and exported.count("\n") >= 2
        assert client.get(at + "account.xlsx").content[:2] == b"PK"
        viewer = browser(make_membership(organization, "viewer"))
        assert viewer.get(at + "account.csv").status_code == 403


def test_a_gbk_file_through_the_wizard_into_the_catalog(committed_database: object) -> None:
    agency = Organization.objects.create(name="Starlight", slug="starlight", kind="agency")
    user = User.objects.create_user("lead@example.com")
    member = Membership.objects.create(organization=agency, user=user, role="manager")
    client, at = browser(member), "/o/starlight/rosters/"

    def work() -> RosterImport:
        load.work(agency.pk, roster_id)
        with acting_for(agency.pk):
            return RosterImport.objects.get(pk=roster_id)

    page = upload(client, at, "名册.csv", ROSTER.encode("gb18030")).url
    roster_id = int(page.rstrip("/").rsplit("/", 1)[1])
    roster = work()
    while roster.state == "choosing":
        question = roster.found["questions"][0]
        assert question["key"] == "encoding"
        client.post(f"{page}choose/", {"encoding": "gb18030"})
        roster = work()
    assert roster.state == "ready"
    client.post(f"{page}choose/", {"columns.3": ""})
    roster = work()
    assert roster.found["columns"][3]["field"] == "" and roster.found["columns"][3]["reason"] == "person"
    client.post(f"{page}confirm/")
    assert work().state == "done"
    shown = re.sub("<[^>]+>", "", text(client.get(page)))
    assert "3 added + 0 updated + 0 unchanged + 1 refused = 4 rows" in shown
    with acting_for(agency.pk):
        profile = Profile.objects.get(handle="xiaoman88")
    assert (profile.followers, profile.avg_likes) == (45_300, None)
    assert "小满" in text(client.get("/o/starlight/creators/?category=beauty"))
    creator = text(client.get(f"/o/starlight/creators/{profile.creator_id}/"))
    assert "45,300" in creator and "xm@mcn.example" in creator and "名册.csv" in creator and "CN¥3,000.00" in creator

    # The same by the API, and the same file changes nothing.
    _token, secret = ApiToken.issue(member, "import")
    headers = {"Authorization": f"Bearer {secret}"}
    api = "/api/v1/o/starlight/rosters/"
    file = SimpleUploadedFile("again.csv", ROSTER.encode())
    made = client.post(api, {"file": file, "metrics_on": DAY, "source": "名册.csv"}, headers=headers)
    assert made.status_code == 201 and made.json()["state"] == "received"
    roster_id = made.json()["id"]
    assert work().state == "ready"
    told = client.get(f"{api}{roster_id}/", headers=headers).json()
    assert told["rows"][0]["followers"] == 45_300 and told["columns"][2]["field"] == "followers"
    assert {"line": 4, "code": "identity_missing"}.items() <= told["problems"][-1].items() or told["problems"]
    assert client.post(f"{api}{roster_id}/confirm/", headers=headers).json()["state"] == "applying"
    work()
    done = client.get(f"{api}{roster_id}/", headers=headers).json()
    assert done["state"] == "done" and done["refused"] == 1
    assert done["added"] + done["updated"] + done["unchanged"] + done["refused"] == done["rows_total"] == 4
    lines = client.get(f"{api}{roster_id}/lines/?outcome=refused", headers=headers).json()
    assert [line["line"] for line in lines["results"]] == [4] and lines["results"][0]["problems"]
    assert client.post(f"{api}{roster_id}/cancel/", headers=headers).status_code == 409

    # And from the command line, for good this time.
    path = Path(str(settings_data_dir())) / "newer.csv"
    path.write_text(ROSTER.replace("4.53w", "5w"), encoding="utf-8")
    told = command(path, "starlight", "--metrics-on", "2026-06-01")
    assert told["counts"] == {"new": 0, "changed": 3, "unchanged": 0, "refused": 1}
    with acting_for(agency.pk):
        assert Profile.objects.get(handle="xiaoman88").followers == 50_000


def settings_data_dir() -> Any:
    from django.conf import settings

    return settings.DATA_DIR


def command(path: Path, slug: str, *more: str) -> dict[str, Any]:
    out = StringIO()
    call_command("load_roster", str(path), "--organization", slug, "--json", *more, stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


@pytest.mark.django_db
class TestCommand:
    @pytest.fixture
    def agency(self) -> Organization:
        return make_membership(kind="agency").organization

    def test_a_dry_run_says_what_would_be_and_leaves_nothing(self, agency: Organization, tmp_path: Path) -> None:
        path = tmp_path / "名册.csv"
        path.write_bytes(ROSTER.encode("gb18030"))
        told = command(path, agency.slug, "--dry-run", "--choose", "encoding=gb18030")
        assert told["encoding"] == "gb18030" and told["header_row"] == 1 and told["choices"] == []
        assert told["mapping"]["粉丝数"] == "followers" and told["mapping"]["抖音号"] == "handle"
        assert told["counts"] == {"new": 3, "changed": 0, "unchanged": 0, "refused": 1}
        assert {"line", "column", "code", "message"} == set(told["problems"][0])
        assert (5, "number_range") in {(one["line"], one["code"]) for one in told["problems"]}
        act_for(agency.pk)
        assert not RosterImport.objects.exists() and not Creator.objects.exists() and not AuditEvent.objects.exists()

    def test_an_unreadable_file_ends_with_2(
        self, agency: Organization, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "a.csv"
        path.write_bytes(b"")
        with pytest.raises(SystemExit) as ended:
            call_command("load_roster", str(path), "--organization", agency.slug, "--dry-run", "--json")
        assert ended.value.code == 2
        assert json.loads(capsys.readouterr().out)["problems"][0]["code"] == "empty_file"

    def test_a_question_ends_with_3_and_says_how_to_answer(
        self, agency: Organization, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "list.csv"
        path.write_bytes(b"name,followers\nAda,1200\nBao,900\nCem,70\n")
        for more in (["--json"], []):
            with pytest.raises(SystemExit) as ended:
                call_command("load_roster", str(path), "--organization", agency.slug, "--dry-run", *more)
            assert ended.value.code == 3
        machine, _brace, person = capsys.readouterr().out.rpartition("}\n")
        told = json.loads(machine + "}")
        assert told["choices"][0]["key"] == "platform" and "instagram" in told["choices"][0]["options"]
        assert "--choose platform=" in person
        assert command(path, agency.slug, "--dry-run", "--choose", "platform=instagram")["counts"]["new"] == 3

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            (["--choose", "encoding"], "KEY=VALUE"),
            (["--choose", "colour=red"], "not a choice"),
            (["--choose", "encoding=klingon"], "encoding"),
            (["--organization", "nobody"], "no organization"),
        ],
    )
    def test_wrong_arguments_are_said(self, agency: Organization, tmp_path: Path, more: list[str], said: str) -> None:
        path = tmp_path / "a.csv"
        path.write_text("x")
        with pytest.raises(CommandError, match=said):
            call_command("load_roster", str(path), "--organization", agency.slug, *more)

    def test_a_missing_file_is_said(self, agency: Organization, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="cannot be opened"):
            call_command("load_roster", str(tmp_path / "no.csv"), "--organization", agency.slug)


@pytest.mark.django_db
def test_another_organizations_import_is_not_there() -> None:
    mine, other = make_membership(kind="agency"), make_membership(kind="agency")
    roster = make_roster(other.organization, state="ready")
    client, at = browser(mine), f"/o/{mine.organization.slug}/rosters/{roster.pk}/"
    assert client.get(at).status_code == 404 and client.get(at + "account.csv").status_code == 404
    for step in ("confirm/", "cancel/", "choose/"):
        assert client.post(at + step).status_code == 404
    act_for(other.organization_id)
    roster.refresh_from_db()
    assert roster.state == "ready"
