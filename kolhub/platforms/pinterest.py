"""Pinterest: 3 to 30 letters, digits and underscores; case does not count.

Taken from what sign-up accepts.
"""

import re

from kolhub.platforms.base import Platform, paths

_COUNTRIES = (
    "at",
    "ca",
    "ch",
    "cl",
    "co.kr",
    "co.uk",
    "com.au",
    "com.mx",
    "de",
    "dk",
    "es",
    "fr",
    "ie",
    "it",
    "jp",
)


class Pinterest(Platform):
    key = "pinterest"
    label = "Pinterest"
    names = ("pin", "핀터레스트", "ピンタレスト", "缤趣")
    hosts = ("pinterest.com", *(f"pinterest.{country}" for country in (*_COUNTRIES, "nz", "ph", "pt", "se")))
    short_hosts = ("pin.it",)
    handle_pattern = re.compile(r"[a-z0-9_]{3,30}")
    profile_paths = paths(r"/(?P<handle>[^/]+)(?:/(?:_created|_saved|boards|pins))?")
    post_paths = paths(r"^/pin/(?:[^/]*--)?(?P<id>\d{8,25})")
    reserved = frozenset({"pin", "search", "ideas", "today", "business", "settings"})
    profile_template = "https://www.pinterest.com/{}/"
