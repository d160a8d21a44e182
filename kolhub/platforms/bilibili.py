"""Bilibili (B站): the number (UID, mid) in https://space.bilibili.com/<mid>; nicknames change.

Video ids are BV (base 58, case counts) or the older av numbers.
"""

import re
from urllib.parse import SplitResult

from kolhub.platforms.base import Platform, host_of, paths


class Bilibili(Platform):
    key = "bilibili"
    label = "Bilibili"
    names = ("b站", "哔哩哔哩", "嗶哩嗶哩", "bili", "ビリビリ", "빌리빌리", "花火")
    hosts = ("bilibili.com",)
    short_hosts = ("b23.tv",)
    handle_pattern = re.compile(r"[1-9]\d{0,19}")
    profile_paths = paths(r"/(?:space/)?(?P<handle>\d+)(?:/[a-z/]+)?")
    post_paths = paths(
        r"/(?:video/)?(?P<id>BV1[1-9A-HJ-NP-Za-km-z]{9})",
        r"^/video/(?P<id>av\d+)",
        r"^/(?:opus|read/cv|dynamic)/?(?P<id>\d+)",
    )
    profile_template = "https://space.bilibili.com/{}"

    def compact(self, raw: str) -> str:
        """Return the number, also out of 'UID:123' and 'uid123'."""
        found = super().compact(raw)
        match = re.fullmatch(r"(?:uid|mid)[:\s]*(\d+)", found)
        return match[1] if match else found

    def handle_in(self, parts: SplitResult) -> str:
        """Return the number in a space URL; on other subdomains only under /space/."""
        if host_of(parts) != "space.bilibili.com" and not parts.path.startswith("/space/"):
            return ""
        return super().handle_in(parts)
