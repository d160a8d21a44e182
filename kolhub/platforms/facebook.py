"""Facebook: user names of 5 to 50 letters, digits and periods (neither case nor periods count), or a number.

https://www.facebook.com/help/105399436216001
"""

import re
from urllib.parse import SplitResult

from kolhub.platforms.base import Platform, host_of, is_under, paths, query_value


class Facebook(Platform):
    key = "facebook"
    label = "Facebook"
    names = ("fb", "脸书", "臉書", "脸谱", "페이스북", "フェイスブック")
    hosts = ("facebook.com", "fb.com")
    short_hosts = ("fb.watch", "fb.me")
    # Pages may carry hyphens: "Name-Of-Page-123456789" ends in the page's number.
    handle_pattern = re.compile(r"[\w-]{1,80}")
    profile_paths = paths(
        r"/(?:pg|pages)/(?P<handle>[^/]+)(?:/\d+)?",
        r"/people/[^/]+/(?P<handle>\d+)",
        r"/(?P<handle>[^/]+)(?:/(?:about|videos|posts|photos|reels|live))?",
    )
    post_paths = paths(
        r"/(?:posts|videos|reels?|photos)/(?:[^/?]+/)*?(?P<id>pfbid[0-9A-Za-z]+|\d{6,25})(?=[/?]|$)",
        r"^/reel/(?P<id>\d{6,25})",
        r"^/watch.*[?&]v=(?P<id>\d{6,25})",
        r"[?&](?:story_fbid|fbid)=(?P<id>pfbid[0-9A-Za-z]+|\d{6,25})",
    )
    reserved = frozenset({"profilephp", "watch", "groups", "events", "reel", "storyphp", "permalinkphp", "sharer"})
    profile_template = "https://www.facebook.com/{}"

    def fold(self, handle: str) -> str:
        """Return the handle in lower case and without periods: john.smith and JohnSmith are one account."""
        return handle.lower().replace(".", "")

    def form(self, handle: str) -> str:
        """Return id for a number, else name."""
        return "id" if handle.isdecimal() else "name"

    def handle_in(self, parts: SplitResult) -> str:
        """Return the handle of a profile URL, the number of a profile.php?id= one."""
        if is_under(host_of(parts), self.hosts) and parts.path == "/profile.php":
            return query_value(parts, "id")
        found = super().handle_in(parts)
        return "" if self.fold(found) in self.reserved else found
