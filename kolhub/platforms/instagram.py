"""Instagram: letters, digits, periods and underscores, at most 30; case does not count.

Post shortcodes as in https://developers.facebook.com/docs/instagram-platform/oembed
"""

import re

from kolhub.platforms.base import Platform, paths


class Instagram(Platform):
    key = "instagram"
    label = "Instagram"
    names = ("ig", "ins", "insta", "照片墙", "인스타그램", "인스타", "インスタグラム", "インスタ")
    hosts = ("instagram.com", "instagr.am")
    handle_pattern = re.compile(r"(?!\.)(?!.*\.\.)[a-z0-9._]{1,30}(?<!\.)")
    profile_paths = paths(r"/_u/(?P<handle>[^/]+)", r"/@?(?P<handle>[^/]+)(?:/(?:reels|tagged|live|channel))?")
    post_paths = paths(r"^(?:/[^/]+)?/(?:p|reels?|tv)/(?P<id>[A-Za-z0-9_-]{5,})", r"^/stories/[^/]+/(?P<id>\d+)")
    reserved = frozenset({"p", "reel", "reels", "tv", "explore", "stories", "accounts", "about", "direct"})
    profile_template = "https://www.instagram.com/{}/"
