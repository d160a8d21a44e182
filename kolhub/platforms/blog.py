"""Blogs and own websites: the handle is the address, host and path without scheme, `www.` and last slash.

RFC 3986, 6.2.2: the host's case does not count, the path's does.
"""

import re
from urllib.parse import SplitResult, unquote

from kolhub.platforms.base import Platform, host_of, split_url
from kolhub.platforms.text import visible_handle


class Blog(Platform):
    key = "blog"
    label = "Blog"
    names = ("blogger", "wordpress", "博客", "部落格", "ブログ", "블로그", "公众号")
    handle_pattern = re.compile(r"(?:[\w-]+\.)+[^\W\d_][\w-]+(?:/[^\s?#<>\"\\]*)?")
    keeps_case = True

    def fold(self, handle: str) -> str:
        """Return the address with its host in lower case, without `www.` and closing slash."""
        host, slash, path = handle.removeprefix("www.").partition("/")
        return (host.lower() + slash + path).rstrip("/")

    def handle_in(self, parts: SplitResult) -> str:
        """Return host and path."""
        return host_of(parts) + visible_handle(unquote(parts.path)).rstrip("/")

    def profile_url(self, handle: str) -> str:
        """Return the address."""
        return f"https://{handle}"

    def post_id(self, url: str) -> str | None:
        """Return the canonical address of the post; None for a site's front page."""
        parts = split_url(visible_handle(url))
        if parts is None or (parts.path in {"", "/"} and not parts.query):
            return None
        return self.handle_in(parts) + ("?" + parts.query if parts.query else "")
