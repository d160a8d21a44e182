"""快手: a 快手号 of letters, digits, `_ -`, or the id in a profile's URL (3x…); case does not count.

No published rule was found; the forms are those in https://www.kuaishou.com/profile/<id>.
"""

import re

from kolhub.platforms.base import Platform, paths


class Kuaishou(Platform):
    key = "kuaishou"
    label = "快手"
    names = ("ks", "快手", "快手号", "콰이쇼우", "磁力聚星")
    hosts = ("kuaishou.com", "gifshow.com", "chenzhongtech.com")
    short_hosts = ("v.kuaishou.com",)
    handle_pattern = re.compile(r"[0-9a-z_][0-9a-z_-]{3,29}")
    profile_paths = paths(r"/(?:profile|fw/user|u)/(?P<handle>[0-9A-Za-z_-]+)")
    post_paths = paths(
        r"/(?:short-video|photo|fw/photo|fw/long-video|f)/(?P<id>[0-9A-Za-z_-]{6,})",
        r"^/u/[^/]+/(?P<id>[0-9A-Za-z_-]{6,})",
    )
    profile_template = "https://www.kuaishou.com/profile/{}"

    def form(self, handle: str) -> str:
        """Return id for what profile URLs carry, else name."""
        return "id" if handle.startswith("3x") else "name"
