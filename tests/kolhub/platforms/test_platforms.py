"""The contract that every platform in the registry keeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kolhub.platforms import HANDLE_PROBLEMS, PLATFORMS, find_platform, platform_named, platform_of_url
from kolhub.platforms.text import has_hidden, skeleton, visible
from tests.kolhub.platforms.examples import EXAMPLES

KEYS = [platform.key for platform in PLATFORMS]


def cases(field: str) -> list[tuple[str, str, object]]:
    return [(key, *pair) for key in KEYS for pair in getattr(EXAMPLES[key], field).items()]


def test_every_platform_has_examples_and_no_example_lacks_its_platform():
    assert set(EXAMPLES) == set(KEYS)
    assert len(set(KEYS)) == len(KEYS) == 18


@pytest.mark.parametrize(("key", "raw", "handle"), cases("handles"))
def test_compact_gives_the_canonical_handle(key, raw, handle):
    platform = find_platform(key)
    assert platform.compact(raw) == handle
    assert platform.validate(handle) is None
    assert platform.compact(handle) == handle, "compact must be idempotent"


@pytest.mark.parametrize(("key", "raw", "problem"), cases("bad"))
def test_validate_names_what_is_wrong(key, raw, problem):
    platform = find_platform(key)
    assert platform.validate(platform.compact(raw)) == problem


@pytest.mark.parametrize(("key", "url", "post"), cases("posts"))
def test_post_id(key, url, post):
    assert find_platform(key).post_id(url) == post


@pytest.mark.parametrize("key", KEYS)
def test_profile_url_leads_back_to_the_handle(key):
    platform, examples = find_platform(key), EXAMPLES[key]
    url = platform.profile_url(examples.linkable)
    assert url is not None and url.startswith("https://")
    assert platform.compact(url) == examples.linkable
    if key != "blog":
        assert platform_of_url(url) is platform
    if examples.unlinkable:
        assert platform.validate(examples.unlinkable) is None
        assert platform.profile_url(examples.unlinkable) is None


@pytest.mark.parametrize("key", KEYS)
@given(raw=st.text(max_size=60))
def test_nothing_a_person_types_breaks_a_platform(key, raw):
    platform = find_platform(key)
    handle = platform.compact(raw)
    problem = platform.validate(handle)
    assert problem is None or problem in HANDLE_PROBLEMS
    if problem is None:
        assert platform.compact(handle) == handle
        assert not any(character.isspace() for character in handle) and not has_hidden(handle)
        assert not handle.startswith(("=", "+", "@", "\t"))
    platform.post_id(raw)


def test_a_url_of_one_platform_is_no_handle_of_another():
    for key in KEYS:
        for other in KEYS:
            # A blog or podcast is an address, whoever hosts it.
            if other in {key, "blog", "podcast"}:
                continue
            url = find_platform(key).profile_url(EXAMPLES[key].linkable)
            assert find_platform(other).validate(find_platform(other).compact(url)) is not None, (key, other)


def test_find_platform_says_which_key_is_unknown():
    with pytest.raises(LookupError, match="myspace"):
        find_platform("myspace")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("IG", "instagram"),
        ("小红书", "xiaohongshu"),
        ("小紅書", "xiaohongshu"),
        ("B站", "bilibili"),
        ("Ｂ站", "bilibili"),
        ("Twitter", "x"),
        ("快手", "kuaishou"),
        ("Tik Tok", "tiktok"),
        ("抖音", "douyin"),
        ("인스타그램", "instagram"),
        ("mystery", None),
        ("", None),
    ],
)
def test_platform_named(text, key):
    found = platform_named(text)
    assert (found.key if found else None) == key


def test_names_are_claimed_once():
    seen: dict[str, str] = {}
    for platform in PLATFORMS:
        for name in {platform.key, platform.label.casefold(), *platform.names}:
            assert seen.setdefault(name, platform.key) == platform.key, name


def test_platform_of_url():
    assert platform_of_url("https://m.youtube.com/@a").key == "youtube"
    assert platform_of_url("vm.tiktok.com/ZM").key == "tiktok"
    assert platform_of_url("https://example.org/blog") is None
    assert platform_of_url("https://instagram.com.evil.example/leomessi") is None
    assert platform_of_url("https://evilinstagram.com/leomessi") is None
    assert platform_of_url("https://[::1") is None
    assert platform_of_url("javascript://instagram.com/%0aalert(1)") is None


def test_text_keeps_what_people_see():
    assert visible("👩‍👩‍👧 Ann\u202e\x00") == "👩‍👩‍👧 Ann"
    assert skeleton("lеоmеssі") == "leomessi"
