"""A post and the connection behind it, as frozen values: what the judge is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

MAX_TEXT = 200_000  # code points over all surfaces; a post longer than this is refused, not sampled

CONNECTION_TYPES = (
    "paid",
    "gifted",
    "affiliate",
    "code",
    "invited",
    "loan",
    "employee",
    "family",
    "own_brand",
    "none",
    "unknown",
)

_MEDIA = {
    "image": "image",
    "photo": "image",
    "carousel": "carousel",
    "album": "carousel",
    "text": "text",
    "article": "text",
    "blog": "text",
    "video": "video",
    "reel": "video",
    "reels": "video",
    "short": "video",
    "shorts": "video",
    "clip": "video",
    "story": "story",
    "live": "live",
    "livestream": "live",
    "stream": "live",
    "audio": "audio",
    "podcast": "audio",
}


class PostError(ValueError):
    """A post or connection that cannot be judged; the message says which field and why."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """Text shown on the image or video: from second `t` for `d` seconds (None: not known)."""

    text: str
    t: float | None = None
    d: float | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """One post. A surface that is None was *not captured*; an empty one was captured and is empty."""

    platform: str = ""
    media: str = "image"
    published_at: date | None = None  # a draft has none
    language: str | None = None
    title: str | None = None
    caption: str | None = None
    description: str | None = None
    overlay: tuple[Overlay, ...] | None = None
    ocr_text: str | None = None
    transcript: str | None = None
    frames: tuple[str, ...] | None = None
    author_comments: tuple[str, ...] | None = None
    bio: str | None = None
    platform_label: bool | None = None
    platform_label_text: str | None = None
    links: tuple[str, ...] = ()
    duration_s: float | None = None

    @property
    def pictured(self) -> bool:
        """Tell whether the text shown in the picture was captured, by hand or by text recognition."""
        return self.overlay is not None or self.ocr_text is not None

    @property
    def day(self) -> date | None:
        """The day of publication (UTC for an aware datetime)."""
        moment = self.published_at
        if isinstance(moment, datetime):
            return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
        return moment


@dataclass(frozen=True, slots=True)
class Connection:
    """What ties the creator to the brand, from the campaign's records.

    `known` is False when no record exists. `licence` counts only when `licence_checked`: checked and
    None means that the creator has none. `posting_obligation`: must the creator post? None: not known.
    """

    known: bool = False
    type: str = "unknown"
    brand: str | None = None
    handles: tuple[str, ...] = ()
    coupon_codes: tuple[str, ...] = ()
    our_hosts: tuple[str, ...] = ()
    posting_obligation: bool | None = None
    synthetic_performer: bool = False
    licence: str | None = None
    licence_checked: bool = False
    certificates: tuple[str, ...] = field(default=())

    @property
    def names(self) -> tuple[str, ...]:
        """Every name the brand goes by in a text: brand and handles, without '@'."""
        found = [self.brand or "", *self.handles]
        return tuple(dict.fromkeys(name.lstrip("@").strip() for name in found if name.strip("@ ")))


def parse_post(data: object, *, language: object = None) -> Post:
    """Read a post from the case format.

    Raises PostError naming the field. Unknown keys are ignored; an unknown medium is judged as an image
    only when it carries no video surface, else as a video.
    """
    if not isinstance(data, Mapping):
        raise PostError("post: expected an object")
    media = _text(data, "media") or "image"
    shown = data.get("platform_label")
    kind = _MEDIA.get(media.strip().lower())
    if kind is None:
        kind = "video" if data.get("transcript") or data.get("duration_s") else "image"
    post = Post(
        platform=(_text(data, "platform") or "").strip().lower(),
        media=kind,
        published_at=parse_moment(data.get("published_at")),
        language=language if isinstance(language, str) and language else None,
        title=_text(data, "title"),
        caption=_text(data, "caption"),
        description=_text(data, "description"),
        overlay=_overlay(data.get("overlay")),
        ocr_text=_text(data, "ocr_text"),
        transcript=_text(data, "transcript"),
        frames=_texts(data, "frames"),
        author_comments=_texts(data, "author_comments"),
        bio=_text(data, "bio"),
        platform_label=bool(shown) if isinstance(shown, str) else _flag(data, "platform_label"),
        platform_label_text=_text(data, "platform_label_text"),
        links=_texts(data, "links") or (),
        duration_s=_number(data, "duration_s"),
    )
    size = sum(len(text) for _, text in post_texts(post))
    if size > MAX_TEXT:
        raise PostError(f"post: {size} characters of text, more than {MAX_TEXT} cannot be judged")
    return post


def parse_connection(data: object) -> Connection:
    """Read a connection from the case format; absent means unknown. Raises PostError naming the field."""
    if data is None:
        return Connection()
    if not isinstance(data, Mapping):
        raise PostError("connection: expected an object")
    kind = (_text(data, "type") or "unknown").strip().lower()
    if kind not in CONNECTION_TYPES:
        raise PostError(f"connection.type: {kind[:40]!r} is not one of {', '.join(CONNECTION_TYPES)}")
    known = _flag(data, "known")
    return Connection(
        known=bool(known) and kind != "unknown",
        type=kind,
        brand=_text(data, "brand"),
        handles=_texts(data, "handles") or (),
        coupon_codes=_texts(data, "coupon_codes") or (),
        our_hosts=_texts(data, "our_hosts") or (),
        posting_obligation=_flag(data, "posting_obligation"),
        synthetic_performer=bool(_flag(data, "synthetic_performer")),
        licence=_licence(data),
        licence_checked="licence" in data,
        certificates=_texts(data, "certificates") or (),
    )


def post_texts(post: Post) -> list[tuple[str, str]]:
    """List the captured texts as (surface name, raw text); list surfaces are named `overlay[0]`."""
    found: list[tuple[str, str]] = []
    for name in ("title", "caption", "description"):
        value = getattr(post, name)
        if value is not None:
            found.append((name, value))
    for number, item in enumerate(post.overlay or ()):
        found.append((f"overlay[{number}]", item.text))
    for name in ("ocr_text", "transcript"):
        if getattr(post, name) is not None:
            found.append((name, getattr(post, name)))
    for name, texts in (("frames", post.frames), ("author_comments", post.author_comments)):
        found.extend((f"{name}[{number}]", text) for number, text in enumerate(texts or ()))
    if post.bio is not None:
        found.append(("bio", post.bio))
    if post.platform_label_text is not None:
        found.append(("platform_label_text", post.platform_label_text))
    return found


def parse_moment(value: object) -> date | None:
    """Read an ISO date or datetime; None stays None (a draft). Raises PostError."""
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        text = value.strip()
        try:
            return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
        except ValueError:
            pass
    raise PostError(f"post.published_at: {str(value)[:40]!r} is not an ISO 8601 date")


def _text(data: Mapping[str, Any], key: str) -> str | None:
    value = data.get(key)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):  # transcripts and OCR often come as a list of lines
        return "\n".join(_line(item, key) for item in value)
    raise PostError(f"{key}: expected text, got {type(value).__name__}")


def _texts(data: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    value = data.get(key)
    if value is None:
        return None
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple):
        raise PostError(f"{key}: expected a list of texts, got {type(value).__name__}")
    return tuple(_line(item, key) for item in value)


def _line(item: object, key: str) -> str:
    if isinstance(item, str):
        return item
    if isinstance(item, Mapping):
        text = item.get("text", "")
        if isinstance(text, str):
            return text
    raise PostError(f"{key}: expected a text or an object with a text, got {type(item).__name__}")


def _overlay(value: object) -> tuple[Overlay, ...] | None:
    if value is None:
        return None
    items = [value] if isinstance(value, str | Mapping) else value
    if not isinstance(items, list | tuple):
        raise PostError(f"overlay: expected a list, got {type(value).__name__}")
    found = []
    for item in items:
        text = _line(item, "overlay")
        if isinstance(item, Mapping):
            found.append(Overlay(text, _number(item, "t"), _number(item, "d")))
        else:
            found.append(Overlay(text))
    return tuple(found)


def _number(data: Mapping[str, Any], key: str) -> float | None:
    value = data.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or value < 0:
        raise PostError(f"{key}: expected a number of seconds, got {str(value)[:40]!r}")
    return float(min(value, 1e9))


def _flag(data: Mapping[str, Any], key: str) -> bool | None:
    value = data.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise PostError(f"{key}: expected true, false or null, got {str(value)[:40]!r}")


def _licence(data: Mapping[str, Any]) -> str | None:
    value = data.get("licence")
    if value is None or value is False:
        return None
    return value if isinstance(value, str) and value.strip() else (str(value) if value else None)
