"""Kwai (快手's app outside China): the name after @ in https://www.kwai.com/@name; case does not count.

No published rule was found; 2 to 40 letters, digits, `_ . -` is what is seen.
"""

import re

from kolhub.platforms.base import Platform, paths


class Kwai(Platform):
    key = "kwai"
    label = "Kwai"
    names = ("kwai.com", "snack video", "snackvideo")
    hosts = ("kwai.com", "kwai-video.com", "snackvideo.com")
    short_hosts = ("s.kw.ai", "k.kwai.com")
    handle_pattern = re.compile(r"[0-9a-z_.-]{2,40}")
    profile_paths = paths(r"/(?:u/)?@(?P<handle>[^/]+)(?:/[0-9A-Za-z_-]+)?")
    post_paths = paths(r"/(?:@[^/]*/)?video/(?P<id>\d{6,25})", r"^/(?:u/)?@[^/]+/(?P<id>\d{6,25})")
    profile_template = "https://www.kwai.com/@{}"
