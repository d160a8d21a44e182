"""Snapchat: 3 to 15 characters, a letter first, letters, digits and one of `_ - .`; case does not count.

Taken from what sign-up accepts; some older names hold more than one of the three marks.
"""

import re

from kolhub.platforms.base import Platform, paths


class Snapchat(Platform):
    key = "snapchat"
    label = "Snapchat"
    names = ("snap", "sc", "스냅챗", "スナップチャット")
    hosts = ("snapchat.com",)
    short_hosts = ("t.snapchat.com",)
    handle_pattern = re.compile(r"[a-z][a-z0-9_.-]{1,13}[a-z0-9]")
    profile_paths = paths(r"/(?:add|p)/(?P<handle>[^/]+)", r"/@(?P<handle>[^/]+)")
    post_paths = paths(r"^(?:/@[^/]+)?/spotlight/(?P<id>[A-Za-z0-9_-]{10,})")
    profile_template = "https://www.snapchat.com/add/{}"
