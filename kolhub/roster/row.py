"""What a roster row says once it is understood, and the names of the fields that a column can be mapped to."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from kolhub.roster.money import Money

# Whole numbers that become a dated snapshot of the profile.
COUNTS = (
    "followers",
    "posts",
    "avg_views",
    "avg_likes",
    "avg_comments",
    "avg_shares",
    "avg_saves",
    "avg_engagement",
    "authentic_engagement",
    "total_likes",
    "monthly_reach",
)
# Fields that belong to one profile; in a row about several platforms each has its own.
OF_PROFILE = ("handle", "profile_url", *COUNTS, "engagement_rate", "price")
TEXTS = ("wechat", "whatsapp", "phone", "agent", "bio", "external_ref", "notes", "coupon")
# Fields that several columns may fill together.
MANY = ("category", "price", "language", "email", "audience_country", "audience_ages")

FIELDS: tuple[str, ...] = (
    "platform",
    "handle",
    "profile_url",
    "name",
    *COUNTS,
    "engagement_rate",
    "country",
    "audience_country",
    "audience_female",
    "audience_ages",
    "language",
    "category",
    "price",
    "currency",
    "email",
    *TEXTS,
    "kind",
    "as_of",
)

# The trade's price types: 星图 (1–20 s, 21–60 s, 60 s+, 直播), 蒲公英 (图文, 视频), 花火 (植入, 定制), and the rest.
PRICE_FORMATS: tuple[str, ...] = (
    "post",
    "story",
    "reel",
    "short",
    "video",
    "image_text",
    "live",
    "dedicated",
    "integrated",
    "xingtu_1_20s",
    "xingtu_21_60s",
    "xingtu_60s_plus",
    "cpm",
    "unspecified",
)


@dataclass(frozen=True, slots=True)
class RosterPrice:
    """A price asked for one format, one of PRICE_FORMATS."""

    format: str
    money: Money


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One profile of one creator, as claimed by the roster. '' and None and () mean: the roster does not say.

    line               where it stands; rows of one line are the same person on several platforms
    key                identity on the platform: the canonical handle, or '~' and the folded name when the roster
                       gives no handle (such a profile has no URL until somebody adds the handle)
    aliases            other canonical handles of the same account, as a channel id beside a name
    engagement_rate    share of one; engagement_basis is followers, views, reach or '' (not said)
    audience_female    share of one
    country            ISO 3166-1 alpha-2; region keeps the cell when it said more, as in 浙江杭州
    languages          BCP 47
    categories         keys of categories.CATEGORIES; categories_raw as written
    """

    line: int
    platform: str
    handle: str
    key: str
    name: str
    profile_url: str = ""
    aliases: tuple[str, ...] = ()
    followers: int | None = None
    posts: int | None = None
    avg_views: int | None = None
    avg_likes: int | None = None
    avg_comments: int | None = None
    avg_shares: int | None = None
    avg_saves: int | None = None
    avg_engagement: int | None = None
    authentic_engagement: int | None = None
    total_likes: int | None = None
    monthly_reach: int | None = None
    engagement_rate: Decimal | None = None
    engagement_basis: str = ""
    country: str = ""
    region: str = ""
    audience_countries: tuple[str, ...] = ()
    audience_female: Decimal | None = None
    audience_ages: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    categories_raw: tuple[str, ...] = ()
    prices: tuple[RosterPrice, ...] = ()
    emails: tuple[str, ...] = ()
    wechat: str = ""
    whatsapp: str = ""
    phone: str = ""
    agent: str = ""
    bio: str = ""
    kind: str = ""
    external_ref: str = ""
    notes: str = ""
    coupon: str = ""
    as_of: datetime.date | None = None
