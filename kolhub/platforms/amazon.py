"""Amazon: the name of an influencer's storefront, https://www.amazon.com/shop/<name>; case does not count.

https://affiliate-program.amazon.com/influencers; the same name may open a shop in each country's store.
"""

import re

from kolhub.platforms.base import Platform, paths

_STORES = (
    "com", "ca", "com.mx", "com.br", "co.uk", "de", "fr", "it", "es", "nl", "se", "pl",
    "com.be", "ie", "com.tr", "ae", "sa", "eg", "in", "co.jp", "sg", "com.au",
)  # fmt: skip


class Amazon(Platform):
    key = "amazon"
    label = "Amazon"
    names = (
        "amazon storefront",
        "amazon influencer",
        "amazon live",
        "亚马逊",
        "亞馬遜",
        "아마존",
        "アマゾン",
    )
    hosts = tuple(f"amazon.{store}" for store in _STORES)
    short_hosts = ("amzn.to", "a.co", "amzn.eu", "amzn.asia")
    handle_pattern = re.compile(r"[\w.-]{2,60}")
    profile_paths = paths(r"/shop/(?P<handle>[^/]+)(?:/.*)?")
    post_paths = paths(
        r"^/live/(?:broadcast|video)/(?P<id>[0-9a-f-]{8,40})",
        r"^/vdp/(?P<id>[0-9a-f]{16,40})",
        r"^/shop/[^/]+/(?:list|photo|video)/(?P<id>[A-Z0-9a-z-]{6,40})",
        r"^/(?:v|ideas|post)/(?P<id>amzn1\.[\w.-]+)",
    )
    profile_template = "https://www.amazon.com/shop/{}"
