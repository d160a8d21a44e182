"""What pages are made of: values, fields, page links, navigation, and the files they load."""

import re
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils.translation import override

from kolhub.category_names import CATEGORY_NAMES
from kolhub.roster.categories import CATEGORIES
from kolhub.templatetags import kolhub as tags
from tests.factories import make_membership, make_user

ROOT = Path(__file__).resolve().parents[2]


def rendered(source: str, **context: Any) -> str:
    return re.sub(r"\s+", " ", Template(source).render(Context(context))).strip()


class TestValues:
    @pytest.mark.parametrize(
        ("amount", "currency", "english", "chinese"),
        [
            (123_456, "USD", "$1,234.56", "US$1,234.56"),
            (123_456, "CNY", "CN¥1,234.56", "¥1,234.56"),
            (123_456, "JPY", "¥123,456", "JP¥123,456"),
            (123_456, "KWD", "KWD123.456", "KWD123.456"),
            (-5, "EUR", "-€0.05", "-€0.05"),
            (0, "USD", "$0.00", "US$0.00"),
            (None, "USD", "–", "–"),
        ],
    )
    def test_money(self, amount: int | None, currency: str, english: str, chinese: str) -> None:
        assert tags.money(amount, currency).replace("\xa0", "") == english
        with override("zh-hans"):
            assert tags.money(amount, currency).replace("\xa0", "") == chinese

    @pytest.mark.parametrize(
        ("number", "english", "chinese"),
        [
            (45_300, "45.3K", "4.5万"),
            (1_200_000, "1.2M", "120万"),
            (999, "999", "999"),
            (0, "0", "0"),
            (None, "–", "–"),
        ],
    )
    def test_compact(self, number: int | None, english: str, chinese: str) -> None:
        assert tags.compact(number) == english
        with override("zh-hans"):
            assert tags.compact(number) == chinese

    @pytest.mark.parametrize(
        ("ratio", "digits", "written"),
        [(0.0139, 2, "1.39%"), (0.0139, 1, "1.4%"), (1, 1, "100%"), (12.5, 0, "1,250%"), (None, 1, "–")],
    )
    def test_percent(self, ratio: float | None, digits: int, written: str) -> None:
        assert tags.percent(ratio, digits).replace(".%", "%") == written

    def test_names(self) -> None:
        assert (tags.country_name("br"), tags.country_name("XX1"), tags.country_name("")) == ("Brazil", "XX1", "–")
        assert (tags.language_label("pt-BR"), tags.platform_label("xiaohongshu")) == ("Portuguese (Brazil)", "小红书")
        assert tags.platform_label("nowhere") == "nowhere"
        assert (tags.category_label("news_politics"), tags.category_label("knitting")) == (
            "News and politics",
            "knitting",
        )
        with override("zh-hans"):
            assert tags.country_name("BR") == "巴西"


def test_every_category_has_a_name() -> None:
    assert tuple(CATEGORY_NAMES) == CATEGORIES


class Asked(forms.Form):
    name = forms.CharField(label="Name <b>", help_text="As on paper")
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")])
    which = forms.MultipleChoiceField(choices=[("x", "X"), ("y", "Y")], widget=forms.CheckboxSelectMultiple)
    agree = forms.BooleanField()
    hidden = forms.IntegerField(widget=forms.HiddenInput)


class TestFields:
    def test_a_field_is_labelled_explained_and_escaped(self) -> None:
        page = rendered("{% field form.name %}", form=Asked({"name": ""}))
        assert '<label class="form-label required" for="id_name">Name &lt;b&gt;</label>' in page
        assert 'aria-describedby="id_name_error id_name_help"' in page and "is-invalid" in page
        assert 'id="id_name_error"' in page and 'id="id_name_help"' in page

    def test_each_control_has_its_class(self) -> None:
        page = rendered("{% fields form %}", form=Asked())
        assert page.count("form-select") == 1 and page.count('class="form-check-input"') == 3
        assert "<fieldset" in page and 'type="hidden"' in page

    def test_errors_of_hidden_fields_are_shown(self) -> None:
        assert "Enter a whole number" in rendered("{% fields form %}", form=Asked({"hidden": "x"}))


class TestPageLinks:
    def test_other_parameters_stay(self) -> None:
        request = RequestFactory().get("/list/", {"q": "a&b", "page": "2"})
        page_obj = Paginator(range(100), 10).get_page(2)
        page = rendered("{% page_links page_obj %}", page_obj=page_obj, request=request)
        assert 'href="?page=3&amp;q=a%26b"' in page and 'aria-current="page"' in page
        assert "11–20 of 100" in page

    def test_one_page_needs_no_links(self) -> None:
        assert rendered("{% page_links page_obj %}", page_obj=Paginator([1], 10).get_page(1)) == ""


@pytest.mark.django_db
class TestNavigation:
    def page(self, role: str, kind: str) -> str:
        member = make_membership(role=role, kind=kind)
        client = Client()
        client.force_login(member.user)
        return client.get(f"/o/{member.organization.slug}/settings/").content.decode()

    def test_only_what_the_member_may_open(self) -> None:
        assert "/audit/" in self.page("owner", "brand")
        assert "/audit/" not in self.page("viewer", "brand")
        assert re.search(r"/sharing/", self.page("viewer", "agency"))
        assert not re.search(r"/sharing/", self.page("owner", "brand"))

    def test_a_route_that_is_not_there_is_left_out(self) -> None:
        assert rendered("{% nav_item 'nowhere:at_all' 'Nowhere' %}") == ""

    def test_another_tab_stays_in_its_organization(self) -> None:
        user = make_user()
        slugs = [make_membership(user=user).organization.slug for _n in range(2)]
        client = Client()
        client.force_login(user)
        for slug in slugs:
            links = set(re.findall(r'href="/o/([^/]+)/settings/"', client.get(f"/o/{slug}/").content.decode()))
            assert links == {slug}


@pytest.mark.django_db
class TestFiles:
    def test_everything_a_page_loads_is_served(self) -> None:
        client = Client()
        member = make_membership()
        client.force_login(member.user)
        page = client.get(f"/o/{member.organization.slug}/").content.decode()
        loaded = set(re.findall(r'(?:src|href|data-echarts)="(/static/[^"#]+)', page))
        assert len(loaded) >= 8
        wanted = {"vendor/tabler/css/tabler.min.css", "vendor/inter/wght.css", "vendor/echarts/echarts.common.min.js"}
        assert {f"/static/{path}" for path in wanted} <= loaded
        for address in loaded:
            assert client.get(address).status_code == 200, f"{address}: run ./dev run once to fetch the packages"

    def test_the_drawings_that_templates_name_exist(self) -> None:
        drawn = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/img/icons.svg").read_text()))
        sources = "".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))
        named = set(re.findall(r"{% icon '([\w-]+)'", sources)) | set(
            re.findall(r"{% nav_item .*? '([\w-]+)' %}", sources)
        )
        assert named <= drawn | {name for name in named if ":" in name}, named - drawn

    def test_no_template_carries_code_or_style_that_the_policy_refuses(self) -> None:
        for path in (ROOT / "templates").rglob("*.html"):
            # Snippets are shown as text, for other people's pages.
            if path.parent.name == "snippets":
                continue
            text = path.read_text()
            assert not re.search(r"<[^>]+\sstyle=", text), f"{path}: style attribute"
            assert not re.search(r"<[^>]+\son\w+=", text), f"{path}: inline handler"
            assert "<style" not in text and "javascript:" not in text, path
            for script in re.findall(r"<script\b[^>]*>", text):
                assert "src=" in script or 'type="application/json"' in script, f"{path}: {script}"

    def test_the_policy_allows_nothing_inline(self, client: Client) -> None:
        policy = client.get("/account/login/")["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy and "nonce" not in policy


@pytest.mark.django_db
class TestErrorPages:
    def test_they_need_no_database_and_say_what_happened(self) -> None:
        client = Client(raise_request_exception=False)
        assert "does not exist" in client.get("/nothing/").content.decode()
        member = make_membership(role="viewer")
        client.force_login(member.user)
        answer = client.get(f"/o/{member.organization.slug}/audit/")
        assert answer.status_code == 403 and "role does not allow" in answer.content.decode()
        strict = Client(enforce_csrf_checks=True)
        answer = strict.post("/account/login/", {})
        assert answer.status_code == 403 and "Nothing was changed" in answer.content.decode()

    def test_the_page_for_faults_needs_not_even_a_request(self) -> None:
        from django.template.loader import render_to_string

        assert "Something went wrong" in render_to_string("500.html")
