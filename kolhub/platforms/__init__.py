"""Where creators publish: one file per platform, the same four verbs in each.

A new platform is one file, one line in PLATFORMS and one set of examples in
tests/kolhub/platforms/examples.py.
"""

import re

from kolhub.platforms.amazon import Amazon
from kolhub.platforms.base import HANDLE_PROBLEMS, Platform, host_of, is_under, split_url
from kolhub.platforms.bilibili import Bilibili
from kolhub.platforms.blog import Blog
from kolhub.platforms.douyin import Douyin
from kolhub.platforms.facebook import Facebook
from kolhub.platforms.instagram import Instagram
from kolhub.platforms.kuaishou import Kuaishou
from kolhub.platforms.kwai import Kwai
from kolhub.platforms.likee import Likee
from kolhub.platforms.pinterest import Pinterest
from kolhub.platforms.podcast import Podcast
from kolhub.platforms.snapchat import Snapchat
from kolhub.platforms.text import visible_handle
from kolhub.platforms.tiktok import TikTok
from kolhub.platforms.twitch import Twitch
from kolhub.platforms.weibo import Weibo
from kolhub.platforms.x import X
from kolhub.platforms.xiaohongshu import Xiaohongshu
from kolhub.platforms.youtube import YouTube

__all__ = ["HANDLE_PROBLEMS", "PLATFORMS", "Platform", "find_platform", "platform_named", "platform_of_url"]

PLATFORMS: tuple[Platform, ...] = (
    Instagram(),
    TikTok(),
    YouTube(),
    X(),
    Facebook(),
    Twitch(),
    Xiaohongshu(),
    Douyin(),
    Bilibili(),
    Weibo(),
    Kuaishou(),
    Kwai(),
    Likee(),
    Snapchat(),
    Pinterest(),
    Amazon(),
    Blog(),
    Podcast(),
)

_BY_KEY = {platform.key: platform for platform in PLATFORMS}
_BY_NAME = {
    re.sub(r"[\s_.-]+", "", name.casefold()): platform
    for platform in PLATFORMS
    for name in (platform.key, platform.label, *platform.names)
}


def find_platform(key: str) -> Platform:
    """Return the platform with this key; LookupError that names the key when there is none."""
    try:
        return _BY_KEY[key]
    except KeyError:
        raise LookupError(f"No platform has the key {key!r}.") from None


def platform_named(text: str) -> Platform | None:
    """Return the platform that a person means by 'IG', '小红书', 'B站' …; None when there is none."""
    return _BY_NAME.get(re.sub(r"[\s_.-]+", "", visible_handle(text).casefold()))


def platform_of_url(url: str) -> Platform | None:
    """Return the platform that a URL belongs to by its host; None for any other website."""
    parts = split_url(visible_handle(url))
    if parts is None:
        return None
    host = host_of(parts)
    return next((platform for platform in PLATFORMS if is_under(host, platform.hosts + platform.short_hosts)), None)
