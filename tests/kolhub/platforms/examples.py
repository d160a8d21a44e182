"""One set of examples per platform; the contract test wants every platform to have one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Examples:
    """`handles`: what people write → canonical; `bad`: canonical-looking → problem; `posts`: URL → id."""

    handles: dict[str, str]
    bad: dict[str, str]
    posts: dict[str, str | None]
    linkable: str
    unlinkable: str = ""


XHS_USER, XHS_NOTE = "5ff0e6410000000001008400", "64b8f1a2000000001c00e5d2"
SEC_UID = "MS4wLjABAAAAv7iSuuXDJGDvJkmH_vz1qkDZYo1apxgzaxdBSeIuPiM"
CHANNEL = "UC-lHJZR3Gqxm24_Vd_AJ5Yw"

EXAMPLES: dict[str, Examples] = {
    "instagram": Examples(
        handles={
            "@Leo.Messi": "leo.messi",
            "https://www.instagram.com/LeoMessi/": "leomessi",
            "instagram.com/leomessi?igsh=abc": "leomessi",
            "https://instagram.com/_u/leomessi": "leomessi",
            "http://m.instagram.com/leomessi/reels/": "leomessi",
            "＠ｌｅｏｍｅｓｓｉ": "leomessi",
            "leo\u200bmessi": "leomessi",
            "\u202eleomessi\u202c": "leomessi",
            "IG: leomessi": "leomessi",
            "\ufeffleomessi ": "leomessi",
        },
        bad={
            "": "handle_missing",
            "leo messi": "handle_has_spaces",
            "lеomessi": "handle_lookalike",  # Cyrillic е
            "leo..messi": "handle_invalid",
            ".leo": "handle_invalid",
            "a" * 31: "handle_invalid",
            "https://www.youtube.com/@leo": "handle_is_url",
            "explore": "handle_reserved",
            "=hyperlink(1)": "handle_invalid",
        },
        posts={
            "https://www.instagram.com/p/CxYz_12-ab/": "CxYz_12-ab",
            "https://www.instagram.com/leomessi/reel/CxYz_12-ab/?x=1": "CxYz_12-ab",
            "https://www.instagram.com/leomessi/": None,
            "https://www.tiktok.com/p/CxYz_12-ab/": None,
        },
        linkable="leomessi",
    ),
    "tiktok": Examples(
        handles={
            "@Khaby.Lame": "khaby.lame",
            "https://www.tiktok.com/@khaby.lame?lang=en": "khaby.lame",
            "tiktok.com/@khaby.lame/live": "khaby.lame",
        },
        bad={
            "https://vm.tiktok.com/ZMabc/": "handle_short_link",
            "khaby.": "handle_invalid",
            "MOMO’s".lower(): "handle_invalid",
        },
        posts={
            "https://www.tiktok.com/@khaby.lame/video/7123456789012345678": "7123456789012345678",
            "https://www.tiktok.com/@khaby.lame/photo/7123456789012345678?x=1": "7123456789012345678",
            "https://vm.tiktok.com/ZMabc/": None,
        },
        linkable="khaby.lame",
    ),
    "youtube": Examples(
        handles={
            "@MrBeast": "mrbeast",
            "http://youtube.com/channel/" + CHANNEL: CHANNEL,
            CHANNEL: CHANNEL,
            "https://www.youtube.com/@MrBeast/videos": "mrbeast",
            "https://www.youtube.com/c/MrBeast6000": "c/mrbeast6000",
            "https://www.youtube.com/user/PewDiePie": "user/pewdiepie",
            "https://m.youtube.com/@%E0%A4%B5%E0%A5%8D%E0%A4%B2%E0%A4%BE%E0%A4%A6": "व्लाद",
            "FutParo\u0301dias": "futparódias",  # NFD in, NFC out
        },
        bad={
            "✿ kids diana show": "handle_has_spaces",
            "mrbeаst": "handle_lookalike",
            "дmrbeast": "handle_mixed_scripts",
            "https://www.youtube.com/watch?v=dqw4w9wgxcq": "handle_is_url",
            "watch": "handle_reserved",
        },
        posts={
            "https://www.youtube.com/watch?app=desktop&v=dQw4w9WgXcQ&t=3": "dQw4w9WgXcQ",
            "https://youtu.be/dQw4w9WgXcQ?si=abc": "dQw4w9WgXcQ",
            "https://www.youtube.com/shorts/dQw4w9WgXcQ": "dQw4w9WgXcQ",
            "https://www.youtube.com/live/dQw4w9WgXcQ?feature=share": "dQw4w9WgXcQ",
            "https://www.youtube.com/@MrBeast": None,
        },
        linkable=CHANNEL,
    ),
    "x": Examples(
        handles={"@NASA": "nasa", "https://twitter.com/NASA?lang=en": "nasa", "x.com/nasa/media": "nasa"},
        bad={"nasa.hq": "handle_invalid", "https://t.co/abc": "handle_short_link"},
        posts={
            "https://x.com/NASA/status/1700000000000000001?s=20": "1700000000000000001",
            "https://twitter.com/i/web/status/1700000000000000001": "1700000000000000001",
            "https://x.com/NASA": None,
        },
        linkable="nasa",
    ),
    "facebook": Examples(
        handles={
            "https://www.facebook.com/Zuck.Mark": "zuckmark",
            "facebook.com/profile.php?id=100004": "100004",
            "https://m.facebook.com/people/Some-One/61550001": "61550001",
        },
        bad={"two words": "handle_has_spaces", "https://fb.me/x": "handle_short_link"},
        posts={
            "https://www.facebook.com/zuck/posts/pfbid02AbCd123": "pfbid02AbCd123",
            "https://www.facebook.com/watch/?v=1234567890": "1234567890",
            "https://www.facebook.com/reel/1234567890": "1234567890",
            "https://www.facebook.com/zuck/videos/some-title/1234567890/": "1234567890",
            "https://www.facebook.com/permalink.php?story_fbid=pfbid0a1&id=4": "pfbid0a1",
            "https://www.facebook.com/zuck": None,
        },
        linkable="zuckmark",
    ),
    "twitch": Examples(
        handles={
            "xQcOW": "xqcow",
            "??? (handongsuk)": "handongsuk",
            "한동숙 (handongsuk)": "handongsuk",
            "https://www.twitch.tv/xqc/videos": "xqc",
        },
        bad={"???": "handle_invalid", "_x": "handle_invalid"},
        posts={
            "https://www.twitch.tv/videos/1234567890?filter=all": "1234567890",
            "https://www.twitch.tv/xqc/clip/BoldFunny-abc_DEF123": "BoldFunny-abc_DEF123",
            "https://www.twitch.tv/xqc": None,
        },
        linkable="xqcow",
    ),
    "xiaohongshu": Examples(
        handles={
            f"https://www.xiaohongshu.com/user/profile/{XHS_USER}?xhsshare=1": XHS_USER,
            "小红书号：Abc_12345": "abc_12345",
            "９５２７００１": "9527001",
        },
        bad={"http://xhslink.com/a/AbCd": "handle_short_link", "小美": "handle_invalid"},
        posts={
            f"https://www.xiaohongshu.com/explore/{XHS_NOTE}?xsec_token=1": XHS_NOTE,
            f"https://www.xiaohongshu.com/discovery/item/{XHS_NOTE}": XHS_NOTE,
            "https://xhslink.com/a/AbCd": None,
        },
        linkable=XHS_USER,
        unlinkable="9527001",
    ),
    "douyin": Examples(
        handles={
            f"https://www.douyin.com/user/{SEC_UID}?vid=1": SEC_UID,
            "抖音号: LiJiaQi_1": "lijiaqi_1",
            "https://www.iesdouyin.com/share/user/104255897823": "104255897823",
        },
        bad={"https://v.douyin.com/iABC/": "handle_short_link", "李佳琦": "handle_invalid"},
        posts={
            "https://www.douyin.com/video/7123456789012345678": "7123456789012345678",
            "https://www.douyin.com/user/x?modal_id=7123456789012345678": "7123456789012345678",
            "https://v.douyin.com/iABC/": None,
        },
        linkable=SEC_UID,
        unlinkable="lijiaqi_1",
    ),
    "bilibili": Examples(
        handles={
            "https://space.bilibili.com/546195?spm=1": "546195",
            "UID:546195": "546195",
            "uid 546195": "546195",
            "https://m.bilibili.com/space/546195": "546195",
        },
        bad={
            "老番茄": "handle_invalid",
            "https://b23.tv/abc": "handle_short_link",
            "0546195": "handle_invalid",
        },
        posts={
            "https://www.bilibili.com/video/BV1GJ411x7h7/?p=2": "BV1GJ411x7h7",
            "https://www.bilibili.com/video/av80433022": "av80433022",
            "https://b23.tv/BV1GJ411x7h7": "BV1GJ411x7h7",
            "https://space.bilibili.com/546195": None,
        },
        linkable="546195",
    ),
    "weibo": Examples(
        handles={
            "https://weibo.com/u/1669879400": "1669879400",
            "https://m.weibo.cn/u/1669879400?jump=1": "1669879400",
            "@人民日报": "人民日报",
            "https://weibo.com/rmrb": "rmrb",
        },
        bad={"a b": "handle_has_spaces", "http://t.cn/Abc": "handle_short_link"},
        posts={
            "https://weibo.com/1669879400/NkAbCdEfg": "NkAbCdEfg",
            "https://m.weibo.cn/detail/4912345678901234": "4912345678901234",
            "https://weibo.com/u/1669879400": None,
        },
        linkable="1669879400",
    ),
    "kuaishou": Examples(
        handles={"快手号：Zhang-San_1": "zhang-san_1", "https://www.kuaishou.com/profile/3xabcde": "3xabcde"},
        bad={"https://v.kuaishou.com/Ab1": "handle_short_link", "散打哥": "handle_invalid"},
        posts={
            "https://www.kuaishou.com/short-video/3xk9abcdef?x=1": "3xk9abcdef",
            "https://v.kuaishou.com/A": None,
        },
        linkable="3xabcde",
    ),
    "kwai": Examples(
        handles={"https://www.kwai.com/@Joao.Silva": "joao.silva", "@Joao.Silva": "joao.silva"},
        bad={"joão": "handle_invalid", "https://s.kw.ai/p/abc": "handle_short_link"},
        posts={"https://www.kwai.com/@joao/video/5190000000000000000": "5190000000000000000"},
        linkable="joao.silva",
    ),
    "likee": Examples(
        handles={"https://likee.video/@Anna_1": "anna_1", "@Anna_1": "anna_1"},
        bad={"https://l.likee.video/p/abc": "handle_short_link", "анна": "handle_lookalike"},
        posts={"https://likee.video/@anna/video/7012345678901234567": "7012345678901234567"},
        linkable="anna_1",
    ),
    "snapchat": Examples(
        handles={
            "https://www.snapchat.com/add/DjKhaled305": "djkhaled305",
            "snap: djkhaled305": "djkhaled305",
        },
        bad={"ab": "handle_invalid", "1abc": "handle_invalid"},
        posts={"https://www.snapchat.com/spotlight/W7_EDlXWTBiXAEEniNoMPwAA": "W7_EDlXWTBiXAEEniNoMPwAA"},
        linkable="djkhaled305",
    ),
    "pinterest": Examples(
        handles={"https://www.pinterest.co.uk/JoyCho/_created/": "joycho", "@joycho": "joycho"},
        bad={"jo": "handle_invalid", "https://pin.it/abc": "handle_short_link"},
        posts={
            "https://www.pinterest.com/pin/1234567890123456/": "1234567890123456",
            "https://www.pinterest.de/pin/a-nice-title--1234567890123456/": "1234567890123456",
        },
        linkable="joycho",
    ),
    "amazon": Examples(
        handles={
            "https://www.amazon.co.uk/shop/ZoeSugg?ref=x": "zoesugg",
            "amazon.com/shop/zoesugg/list/A1": "zoesugg",
        },
        bad={"https://amzn.to/3abc": "handle_short_link", "https://www.amazon.com/dp/B000": "handle_is_url"},
        posts={
            "https://www.amazon.com/vdp/0a1b2c3d4e5f60718293a4b5c6d7e8f9": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "https://www.amazon.com/dp/B000": None,
        },
        linkable="zoesugg",
    ),
    "blog": Examples(
        handles={
            "https://www.TheBlondeSalad.com/": "theblondesalad.com",
            "http://medium.com/@Some.One/?x=1": "medium.com/@Some.One",
            "TheBlondeSalad.com": "theblondesalad.com",
        },
        bad={
            "not a site": "handle_has_spaces",
            "javascript:alert(1)": "handle_invalid",
            "nodots": "handle_invalid",
        },
        posts={
            "https://www.theblondesalad.com/2024/a-post/": "theblondesalad.com/2024/a-post",
            "https://theblondesalad.com/": None,
        },
        linkable="theblondesalad.com",
    ),
    "podcast": Examples(
        handles={
            "https://rss.art19.com/gilmore-guys": "rss.art19.com/gilmore-guys",
            "https://podcasts.apple.com/us/podcast/im-still-right/id1154631014?mt=2": "apple:1154631014",
            "https://open.spotify.com/show/1jyoNIygQwVDI47Hict0ix?si=3": "spotify:1jyoNIygQwVDI47Hict0ix",
            "Gilmore-Guys": "gilmore-guys",
        },
        bad={"a show with blanks": "handle_has_spaces"},
        posts={
            "https://podcasts.apple.com/us/podcast/x/id1154631014?i=1000600000001": "1000600000001",
            "https://open.spotify.com/episode/1jyoNIygQwVDI47Hict0ix": "1jyoNIygQwVDI47Hict0ix",
            "https://open.spotify.com/show/1jyoNIygQwVDI47Hict0ix": None,
        },
        linkable="apple:1154631014",
        unlinkable="gilmore-guys",
    ),
}
