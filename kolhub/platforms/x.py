"""X (Twitter): letters, digits and underscores, at most 15; case does not count.

https://help.x.com/en/managing-your-account/x-username-rules
"""

import re

from kolhub.platforms.base import Platform, paths


class X(Platform):
    key = "x"
    label = "X"
    names = ("twitter", "x/twitter", "x (twitter)", "推特", "트위터", "ツイッター")
    hosts = ("x.com", "twitter.com")
    short_hosts = ("t.co",)
    # Accounts from before 2010 may be longer than today's 15.
    handle_pattern = re.compile(r"[a-z0-9_]{1,20}")
    profile_paths = paths(r"/@?(?P<handle>[^/]+)(?:/(?:with_replies|media|likes))?")
    post_paths = paths(r"/status(?:es)?/(?P<id>\d{1,20})")
    reserved = frozenset({"home", "i", "search", "intent", "hashtag", "share", "explore", "settings"})
    profile_template = "https://x.com/{}"
