"""Podcasts: an Apple or Spotify number where there is one, else the address of the feed or site, else a slug.

Apple https://performance-partners.apple.com/search-api (collectionId),
Spotify https://developer.spotify.com/documentation/web-api (22 letters and digits, case counts).
The address of the feed is what the open index identifies a show by.
"""

import re
from urllib.parse import SplitResult, unquote

from kolhub.platforms.base import Platform, host_of, is_under, query_value, split_url
from kolhub.platforms.text import visible_handle

_APPLE = re.compile(r"/id(?P<id>\d{5,12})(?:/|$)")
_SPOTIFY = re.compile(r"/(?:intl-\w+/)?show/(?P<id>[A-Za-z0-9]{22})")
_SPOTIFY_EPISODE = re.compile(r"/(?:intl-\w+/)?episode/(?P<id>[A-Za-z0-9]{22})")
_ADDRESS = r"(?:[\w-]+\.)+[^\W\d_][\w-]+(?:/[^\s?#<>\"\\]*)?"


class Podcast(Platform):
    key = "podcast"
    label = "Podcast"
    names = ("podcasts", "播客", "ポッドキャスト", "팟캐스트", "小宇宙", "喜马拉雅")
    hosts = (
        "podcasts.apple.com", "itunes.apple.com", "open.spotify.com", "xiaoyuzhoufm.com", "ximalaya.com",
        "art19.com", "anchor.fm", "buzzsprout.com", "libsyn.com", "megaphone.fm", "podbean.com",
        "simplecast.com", "transistor.fm", "spreaker.com", "acast.com", "omnycontent.com", "captivate.fm",
        "redcircle.com", "castbox.fm",
    )  # fmt: skip
    handle_pattern = re.compile(rf"(?:apple|spotify):[A-Za-z0-9]+|{_ADDRESS}|[\w'!.~-]{{2,100}}")
    keeps_case = True

    def fold(self, handle: str) -> str:
        """Return a slug in lower case; addresses and numbers as they are."""
        return handle if ":" in handle or "/" in handle else handle.lower()

    def handle_in(self, parts: SplitResult) -> str:
        """Return apple:<number>, spotify:<id>, or host and path of any other address."""
        host, path = host_of(parts), visible_handle(unquote(parts.path)).rstrip("/")
        apple, spotify = _APPLE.search(path), _SPOTIFY.match(path)
        if apple and is_under(host, ("apple.com",)):
            return "apple:" + apple["id"]
        if is_under(host, ("spotify.com",)):
            return "spotify:" + spotify["id"] if spotify else ""
        return host + path

    def unlabelled(self, text: str) -> str:
        """Return the text: the colon in apple:123 is part of the handle."""
        return text if re.match(r"(?:apple|spotify):", text) else super().unlabelled(text)

    def form(self, handle: str) -> str:
        """Return apple, spotify, address or slug."""
        if ":" in handle:
            return handle.partition(":")[0]
        return "address" if "/" in handle or "." in handle else "slug"

    def profile_url(self, handle: str) -> str | None:
        """Return the show's address; a bare slug has none."""
        shop, colon, number = handle.partition(":")
        if colon:
            return (
                f"https://podcasts.apple.com/podcast/id{number}"
                if shop == "apple"
                else f"https://open.spotify.com/show/{number}"
            )
        return f"https://{handle}" if "/" in handle or "." in handle else None

    def post_id(self, url: str) -> str | None:
        """Return the episode: Apple's `i`, Spotify's id, else the address of an episode's page."""
        parts = split_url(visible_handle(url))
        if parts is None:
            return None
        host, path = host_of(parts), unquote(parts.path).rstrip("/")
        if is_under(host, ("apple.com",)):
            return query_value(parts, "i") or None
        if is_under(host, ("spotify.com",)):
            match = _SPOTIFY_EPISODE.match(path)
            return match["id"] if match else None
        return host + path if path else None
