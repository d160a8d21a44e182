"""TikTok: letters, digits, underscores and periods, 2 to 24, no period at the end; case does not count.

https://support.tiktok.com/en/getting-started/setting-up-your-profile/changing-your-username
"""

import re

from kolhub.platforms.base import Platform, paths


class TikTok(Platform):
    key = "tiktok"
    label = "TikTok"
    names = ("tt", "tik tok", "tiktoker", "抖音国际版", "틱톡", "ティックトック")
    hosts = ("tiktok.com",)
    short_hosts = ("vm.tiktok.com", "vt.tiktok.com")
    handle_pattern = re.compile(r"[a-z0-9._]{2,24}(?<!\.)")
    profile_paths = paths(r"/@(?P<handle>[^/]+)(?:/live)?")
    post_paths = paths(r"^/@[^/]*/(?:video|photo)/(?P<id>\d{8,20})", r"^/(?:v|embed/v2|embed)/(?P<id>\d{8,20})")
    profile_template = "https://www.tiktok.com/@{}"
