"""微博: the number (UID) of an account, its personal address or its nickname.

https://open.weibo.com/wiki/2/users/show (uid or screen_name; nicknames are
unique at any one time). Posts are named by a number (mid) or its base 62 form.
"""

import re

from kolhub.platforms.base import Platform, paths


class Weibo(Platform):
    key = "weibo"
    label = "微博"
    names = ("新浪微博", "sina weibo", "wb", "웨이보", "ウェイボー")
    hosts = ("weibo.com", "weibo.cn")
    short_hosts = ("t.cn",)
    handle_pattern = re.compile(r"[1-9]\d{4,11}|n/[\w-]{2,30}|[\w-]{2,30}")
    profile_paths = paths(
        r"/u/(?P<handle>\d+)", r"/(?P<handle>n/[^/]+)", r"/(?:p/100505)?(?P<handle>[\w-]+)(?:/profile)?"
    )
    post_paths = paths(
        r"^/(?:\d{5,12}|detail|status)/(?P<id>[0-9A-Za-z]{9,16})(?:[?#]|$)",
        r"[?&]weibo_id=(?P<id>\d{16})",
    )
    reserved = frozenset({"u", "n", "p", "detail", "status", "tv", "ttarticle", "home"})

    def form(self, handle: str) -> str:
        """Return id for a number, else name."""
        return "id" if handle.isdecimal() else "name"

    def profile_url(self, handle: str) -> str:
        """Return the address for a number, a personal address or a nickname."""
        if handle.isdecimal():
            return f"https://weibo.com/u/{handle}"
        return f"https://weibo.com/{handle if handle.isascii() or handle.startswith('n/') else 'n/' + handle}"
