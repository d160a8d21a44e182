"""小红书 (RED): letters and digits chosen once (小红书号), or the 24 hex digits of a URL.

The two cannot be computed from each other, so each stays what it is. No published rule for 小红书号 was
found: 4 to 30 letters, digits, `_ . -` is what is seen. Shared links (xhslink.com) name nobody until
the network resolves them.
"""

import re

from kolhub.platforms.base import Platform, paths


class Xiaohongshu(Platform):
    key = "xiaohongshu"
    label = "小红书"
    names = (
        "xhs",
        "red",
        "rednote",
        "小红书",
        "小紅書",
        "红书",
        "little red book",
        "샤오홍슈",
        "xiao hong shu",
        "蒲公英",
    )
    hosts = ("xiaohongshu.com", "rednote.com")
    short_hosts = ("xhslink.com",)
    handle_pattern = re.compile(r"[0-9a-z][0-9a-z_.-]{3,29}")
    profile_paths = paths(r"/user/profile/(?P<handle>[0-9a-fA-F]{24})")
    post_paths = paths(
        r"^/(?:explore|discovery/item)/(?P<id>[0-9a-f]{24})",
        r"^/user/profile/[0-9a-f]{24}/(?P<id>[0-9a-f]{24})",
    )

    def form(self, handle: str) -> str:
        """Return id for the 24 hex digits, name for a 小红书号."""
        return "id" if re.fullmatch(r"[0-9a-f]{24}", handle) else "name"

    def profile_url(self, handle: str) -> str | None:
        """Return the address for a user id; a 小红书号 has none."""
        if re.fullmatch(r"[0-9a-f]{24}", handle):
            return f"https://www.xiaohongshu.com/user/profile/{handle}"
        return None
