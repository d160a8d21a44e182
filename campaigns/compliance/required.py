"""Know the label a market asks for, and where it goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .grade import allowed_languages
from .packs.load import Pack, Version, load_packs
from .post import Connection

# The plain word in each language, for markets that want the label in the language of the post.
PLAIN = {
    "en": "#ad",
    "de": "Werbung",
    "fr": "Publicité",
    "it": "Pubblicità",
    "es": "Publicidad",
    "ca": "Publicitat",
    "gl": "Publicidade",
    "eu": "Publizitatea",
    "pt": "#publi",
    "nl": "#advertentie",
    "pl": "Reklama",
    "ja": "【PR】",
    "ko": "[광고]",
    "zh-Hans": "【广告】",
    "zh-Hant": "【廣告】",
    "id": "Iklan",
    "ms": "Iklan",
    "th": "โฆษณา",
    "vi": "Quảng cáo",
    "ar": "إعلان",
    "hi": "विज्ञापन",
    "ta": "விளம்பரம்",
    "sv": "Reklam",
    "da": "Reklame",
    "no": "Reklame",
    "tr": "Reklam",
    "ru": "Реклама",
}
# Where the label goes, as codes for wording.WHERE.
WHERE_TEXT, WHERE_FRAMES, WHERE_VIDEO, WHERE_VIDEO_AND_TEXT, WHERE_LIVE, WHERE_BLOG = (
    "text_start",
    "every_frame",
    "video_start",
    "video_start_and_text",
    "live_repeated",
    "title_or_first_part",
)


class NoPackError(LookupError):
    """There are no worked rules for a market; the message names it."""


@dataclass(frozen=True, slots=True)
class RequiredLabel:
    """A label a market accepts for a connection: the text, where it goes (a code of wording.WHERE), the rule."""

    market: str
    text: str
    where: str
    rule: str
    pack: str


def required_label(
    market: str,
    connection_type: str,
    platform: str,
    language: str | None,
    *,
    brand: str = "",
    media: str = "image",
    on: date | None = None,
) -> RequiredLabel:
    """Return the label `market` wants from a post in `language` under the version in force `on` (default: the last).

    `brand` fills the labels that must name it. Raises NoPackError for a stub or unknown market, or when no version
    is in force.
    """
    pack = load_packs().get(market.strip().upper())
    version = _version(pack, on) if pack is not None and pack.worked else None
    if pack is None or version is None:
        raise NoPackError(f"{market}: no worked disclosure rules")
    text = required_text(pack, connection_type, language, Connection(True, connection_type, brand or None))
    rule = next(iter(version.basis.get("placement", ()) or version.basis["compliant"]))
    return RequiredLabel(pack.id, text, where_to_put(version, platform, media), rule, version.id)


def _version(pack: Pack, on: date | None) -> Version | None:
    return pack.version_on(on) if on is not None else pack.versions[-1]


def required_text(pack: Pack, connection_type: str, language: str | None, connection: Connection) -> str:
    """Return the label text: the pack's own for the connection and a language it reads, else the plain word."""
    allowed = allowed_languages(pack, language)
    table = pack.required.get(connection_type) or pack.required.get("paid", {})
    brand = connection.brand or (f"@{connection.handles[0].lstrip('@')}" if connection.handles else "")
    order = [language] if language in allowed else []
    order += [name for name in pack.languages if name in allowed or "*" in allowed]
    for name in order:
        if name in table:
            text = table[name]
            if "{brand}" in text and not brand:
                text = pack.required.get("paid", {}).get(name, "") if connection_type != "paid" else text
            if text and ("{brand}" not in text or brand):
                return text.replace("{brand}", brand)
        if name in PLAIN:
            return PLAIN[name]
    return PLAIN["en"]


def where_to_put(version: Version, platform: str, media: str) -> str:
    """Return where the label goes, as a code of wording.WHERE."""
    if media == "story" or platform.endswith("_story"):
        return WHERE_FRAMES
    if media == "live":
        return WHERE_LIVE
    if media == "video":
        ways = version.placement.video
        return WHERE_VIDEO_AND_TEXT if ways and all("caption" in way for way in ways) else WHERE_VIDEO
    return WHERE_BLOG if platform in ("blog", "naver_blog", "note") else WHERE_TEXT
