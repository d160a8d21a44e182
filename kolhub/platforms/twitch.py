"""Twitch: 4 to 25 letters, digits and underscores (older accounts 2 or 3); case does not count.

https://dev.twitch.tv/docs/api/reference/#get-users (login); where display name and login differ in script,
the login follows in brackets, as in "한동숙 (handongsuk)".
"""

import re

from kolhub.platforms.base import Platform, paths

_DISPLAY_AND_LOGIN = re.compile(r".*\((?P<login>[A-Za-z0-9_]{2,25})\)")


class Twitch(Platform):
    key = "twitch"
    label = "Twitch"
    names = ("twitch.tv", "twitchtv", "트위치", "ツイッチ")
    hosts = ("twitch.tv",)
    handle_pattern = re.compile(r"[a-z0-9][a-z0-9_]{1,24}")
    profile_paths = paths(r"/(?P<handle>[^/]+)(?:/(?:about|videos|schedule|clips))?")
    post_paths = paths(
        r"^/videos/(?P<id>\d+)",
        r"^/[^/]+/(?:v|video|clip)/(?P<id>[A-Za-z0-9_-]+)",
        r"^/(?P<id>[A-Z][A-Za-z0-9]+-[A-Za-z0-9_-]{16})$",
    )
    reserved = frozenset({"directory", "videos", "p", "downloads", "settings"})
    profile_template = "https://www.twitch.tv/{}"

    def compact(self, raw: str) -> str:
        """Return the login, also out of a display name with the login in brackets."""
        match = _DISPLAY_AND_LOGIN.fullmatch(raw.strip())
        return super().compact(match["login"] if match else raw)
