"""Likee: the name or number after @ in https://likee.video/@name; case does not count.

No published rule was found; 2 to 40 letters, digits, `_ . -` is what is seen.
"""

import re

from kolhub.platforms.base import Platform, paths


class Likee(Platform):
    key = "likee"
    label = "Likee"
    names = ("like app", "likee.video")
    hosts = ("likee.video", "likee.com")
    short_hosts = ("l.likee.video", "mobile.likee.video")
    handle_pattern = re.compile(r"[0-9a-z_.-]{2,40}")
    profile_paths = paths(r"/@(?P<handle>[^/]+)")
    post_paths = paths(r"/(?:@[^/]*/)?(?:video|v)/(?P<id>[0-9A-Za-z]{6,25})")
    profile_template = "https://likee.video/@{}"
