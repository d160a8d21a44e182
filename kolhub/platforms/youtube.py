"""YouTube: handles of 3 to 30 characters in one script, or a channel id of 24; case counts in ids only.

Handles https://support.google.com/youtube/answer/11585688 (letters, digits, `_ - . ·`; scripts do not mix).
Channel ids, and the older /c/ and /user/ names https://support.google.com/youtube/answer/6180214 stay what
they are: a /c/Name need not belong to the owner of @Name.
"""

import re

from kolhub.platforms.base import Platform, paths
from kolhub.platforms.text import scripts

# Vowel signs of Arabic, Hebrew, Indic and Thai writing belong to a name but are no letters to Python's \w.
_SIGNS = "\u0300-\u036f\u0591-\u05c7\u0610-\u065f\u0900-\u0dff\u0e31-\u0eff"
_CHANNEL_ID = re.compile(r"UC[A-Za-z0-9_-]{22}")


class YouTube(Platform):
    key = "youtube"
    label = "YouTube"
    names = ("yt", "ytb", "you tube", "youtuber", "油管", "유튜브", "ユーチューブ")
    hosts = ("youtube.com", "youtu.be", "youtube-nocookie.com")
    # Bare names in older exports are user names, which may be shorter and longer than a handle.
    handle_pattern = re.compile(rf"{_CHANNEL_ID.pattern}|(?:c/|user/)?[\w.·{_SIGNS}-]{{1,64}}")
    profile_paths = paths(
        r"/channel/(?P<handle>UC[A-Za-z0-9_-]{22})(?:/[a-z]+)?",
        r"/@(?P<handle>[^/]+)(?:/[a-z]+)?",
        r"/(?P<handle>(?:c|user)/[^/]+)(?:/[a-z]+)?",
        r"/(?P<handle>[^/@]+)",
    )
    post_paths = paths(
        r"^/(?:watch|attribution_link).*[?&]v=(?P<id>[A-Za-z0-9_-]{11})(?![A-Za-z0-9_-])",
        r"^/(?:shorts|live|embed|v)/(?P<id>[A-Za-z0-9_-]{11})(?![A-Za-z0-9_-])",
        r"^/post/(?P<id>Ug[A-Za-z0-9_-]{10,})",
        r"^/(?P<id>(?!playlist|channel)[A-Za-z0-9_-]{11})(?:\?|$)",
    )
    reserved = frozenset(
        {
            "watch",
            "shorts",
            "live",
            "embed",
            "playlist",
            "results",
            "feed",
            "hashtag",
            "post",
            "channel",
            "c",
            "user",
        }
    )

    def fold(self, handle: str) -> str:
        """Return the handle in lower case, a channel id as it is."""
        return handle if _CHANNEL_ID.fullmatch(handle) else handle.lower()

    def form(self, handle: str) -> str:
        """Return id, legacy or name."""
        if _CHANNEL_ID.fullmatch(handle):
            return "id"
        return "legacy" if handle.startswith(("c/", "user/")) else "name"

    def judge_scripts(self, handle: str) -> str | None:
        """Refuse what YouTube refuses: letters of two alphabets in one handle."""
        return super().judge_scripts(handle) or ("handle_mixed_scripts" if len(scripts(handle)) > 1 else None)

    def profile_url(self, handle: str) -> str:
        """Return the channel's address for any of the four forms."""
        if _CHANNEL_ID.fullmatch(handle):
            return f"https://www.youtube.com/channel/{handle}"
        return f"https://www.youtube.com/{handle if handle.startswith(('c/', 'user/')) else '@' + handle}"
