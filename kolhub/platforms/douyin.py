"""抖音: a 抖音号 of letters, digits, `_ - .`, or the sec_uid in a profile's URL, in which case counts.

Video ids as in https://developer.open-douyin.com/docs (item_id in share URLs).
The two forms of a person's name cannot be computed from each other.
"""

import re

from kolhub.platforms.base import Platform, paths


class Douyin(Platform):
    key = "douyin"
    label = "抖音"
    names = ("dy", "抖音", "抖音短视频", "더우인", "星图", "巨量星图")
    hosts = ("douyin.com", "iesdouyin.com")
    short_hosts = ("v.douyin.com",)
    handle_pattern = re.compile(r"MS4wLjAB[A-Za-z0-9_-]{20,120}|[0-9a-z_][0-9a-z_.-]{1,29}")
    profile_paths = paths(
        r"/(?:share/)?user/(?P<handle>MS4wLjAB[A-Za-z0-9_-]+)", r"/(?:share/)?user/(?P<handle>\d{5,25})"
    )
    post_paths = paths(
        r"^/(?:share/)?(?:video|note|slides)/(?P<id>\d{15,25})",
        r"[?&](?:modal_id|vid|aweme_id)=(?P<id>\d{15,25})",
    )

    def fold(self, handle: str) -> str:
        """Return a 抖音号 in lower case, a sec_uid as it is."""
        return handle if handle.startswith("MS4wLjAB") else handle.lower()

    def form(self, handle: str) -> str:
        """Return id for a sec_uid or number, name for a 抖音号 (which may be all digits too)."""
        return "id" if handle.startswith("MS4wLjAB") or handle.isdecimal() else "name"

    def profile_url(self, handle: str) -> str | None:
        """Return the address for a sec_uid; a 抖音号 can only be searched for."""
        return f"https://www.douyin.com/user/{handle}" if handle.startswith("MS4wLjAB") else None
