"""Judge where a label stands: before the fold, at the start, on every slide, in the picture and the sound."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .document import Document
from .labels import LabelHit
from .lexicon import DATA, read_yaml
from .normalise import cells
from .packs.load import Placement
from .post import Post

START_CELLS = 45  # "at the very start" still allows a greeting and an emoji in front
START_SECONDS = 30.0
AUDIO_SECONDS = 60.0
_PICTURE = ("overlay", "ocr_text")
_STAMP = re.compile(r"\[?(\d{1,2}):(\d{2})(?::(\d{2}))?\]")
_TAGS = re.compile(r"(?:#[^\s#]{1,80}|@[\w.]{1,60})")


@dataclass(frozen=True, slots=True)
class Fold:
    """What a platform shows of a text before "more": cells, lines and title cells."""

    cells: int
    lines: int
    title: int
    short: bool
    blog: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """How the labels of a post stand together. `status`: ok, review (visible, yet not first), poor, unobserved.

    `detail` says why; `each` gives every hit its own (status, detail).
    """

    status: str
    detail: str
    each: dict[int, tuple[str, str]]


@lru_cache(maxsize=128)
def fold_of(platform: str, media: str) -> Fold:
    """Return the fold of a platform; unknown ones get the default, the smallest common one."""
    data = read_yaml(DATA / "platforms.yaml")
    row = data.get(platform) or data["default"]
    video = media in ("video", "live") and "video_cells" in row
    return Fold(
        cells=row["video_cells"] if video else row["cells"],
        lines=row["video_lines"] if video else row["lines"],
        title=row.get("title", 100),
        short=bool(row.get("short")),
        blog=bool(row.get("blog")),
    )


def place_labels(hits: Sequence[LabelHit], document: Document, post: Post, rule: Placement) -> Placed:
    """Judge the placement of `hits` (labels a pack accepts; at least one) in `post` under one pack's `rule`."""
    scene = _Scene(hits, document, post, rule)
    if post.media == "video":
        return scene.video()
    if post.media == "live":
        return scene.live()
    if post.media == "audio":
        return scene.any_of("audio", "title")
    if post.media == "story":
        return scene.frames(post.frames if post.frames is not None else None, rule.story)
    if post.media == "carousel" and post.frames and not scene.texts_ok():
        return scene.frames(post.frames, rule.story)
    return scene.still()


class _Scene:
    """The labels of one post seen under one placement rule."""

    def __init__(self, hits: Sequence[LabelHit], document: Document, post: Post, rule: Placement) -> None:
        self.hits, self.document, self.post, self.rule = hits, document, post, rule
        self.fold = fold_of(post.platform, post.media)
        self.stamps = time_stamps(post.transcript or "", post.duration_s)
        self.each = {number: self._stand(hit) for number, hit in enumerate(hits)}

    # one label ------------------------------------------------------------------------------------------

    def _stand(self, hit: LabelHit) -> tuple[str, str]:
        kind = hit.span.surface.kind
        if kind == "author_comments":
            return "poor", "in_comment"
        if kind == "bio":
            return "poor", "in_bio"
        if kind == "title":
            shown = _cells_to(hit.span.surface.raw, hit.span.raw_end, self.fold.title + 1) <= self.fold.title
            return ("ok", "in_title") if shown else ("poor", "title_cut")
        if kind in ("caption", "description"):
            return self._in_text(hit)
        return "ok", f"in_{kind}"

    def _in_text(self, hit: LabelHit) -> tuple[str, str]:
        raw, rule = hit.span.surface.raw, self.rule
        before = raw[: hit.span.raw_start]
        lines, used = before.count("\n"), _cells_to(raw, hit.span.raw_end, self.fold.cells + 1)
        if self.fold.blog:
            return self._in_blog(hit, raw, used)
        if used > self.fold.cells or lines >= self.fold.lines:
            return "poor", "after_fold"
        if rule.zone == "lines" and lines >= rule.lines:
            return "poor", "after_lines"
        tags_before, block = _tag_run(raw, hit.span.raw_start, hit.span.raw_end)
        if hit.hashtag:
            ranked = self._hashtag(raw, hit, tags_before, block)
            if ranked is not None:
                return ranked
        if rule.zone == "first_line" and lines > 0 and not (hit.hashtag and rule.first_tag):
            return "poor", "not_first_line"
        if rule.zone == "start" and (lines > 0 or _lead_cells(before) > START_CELLS):
            return rule.late, "not_start"
        return "ok", "in_text"

    def _hashtag(self, raw: str, hit: LabelHit, before: int, block: int) -> tuple[str, str] | None:
        """Judge a label that is a hashtag by its place among the others; None leaves it to the zone."""
        rule = self.rule
        if rule.tags or rule.first_tag:
            rank = len(re.findall(r"#[^\s#]", raw[: hit.span.raw_start]))
            limit = rule.tags or 1
            return ("ok", "in_text") if rank < limit else ("poor", "late_hashtag")
        if rule.strict_tags:
            return ("poor", "among_hashtags") if block >= 3 and before >= 1 else None
        if before >= 2 or (block >= rule.tag_block and before >= 1):
            return "poor", "among_hashtags"
        return None

    def _in_blog(self, hit: LabelHit, raw: str, used: int) -> tuple[str, str]:
        if used <= self.fold.cells:
            return "ok", "in_text"
        last = _cells_to(raw[hit.span.raw_start :], 1 << 30, self.fold.cells + 1) <= self.fold.cells
        if self.rule.blog_last and last:
            return "ok", "in_last_part"
        return "poor", "after_first_part"

    # whole posts ----------------------------------------------------------------------------------------

    def texts_ok(self) -> bool:
        return any(self._status(number) == "ok" for number, hit in enumerate(self.hits) if _written(hit))

    def _status(self, number: int) -> str:
        return self.each[number][0]

    def still(self) -> Placed:
        """Best label of an image or text post."""
        for status in ("ok", "review"):
            for number in self.each:
                if self._status(number) == status:
                    return Placed(status, self.each[number][1], self.each)
        return Placed("poor", self.each[0][1], self.each)

    def any_of(self, *channels: str) -> Placed:
        return self._ways(tuple((channel,) for channel in channels))

    def frames(self, frames: tuple[str, ...] | None, mode: str) -> Placed:
        """Label on each slide, or at least on one where the pack leaves that to judgement."""
        labelled = {hit.span.surface.number for hit in self.hits if hit.span.surface.kind == "frames"}
        over = any(hit.span.surface.kind in _PICTURE for hit in self.hits)
        if frames is None:
            if over or self.texts_ok():
                return Placed("ok", "in_overlay", self.each)
            return Placed("unobserved", "frames_not_captured", self.each)
        if over or (frames and len(labelled) >= len(frames)):
            return Placed("ok", "on_every_frame", self.each)
        if labelled and mode != "each_frame":
            return Placed("ok" if 0 in labelled else "review", "on_some_frames", self.each)
        detail = "on_some_frames" if labelled else self.still().detail
        each = dict.fromkeys(self.each, ("poor", detail))
        return Placed("poor", detail, each)

    def video(self) -> Placed:
        """Check the ways of the pack; the post passes by the best of them."""
        placed = self._ways(self.rule.video)
        captured = {"overlay": self.post.pictured, "transcript": self.post.transcript is not None}
        wanted = {"all": ("overlay", "transcript"), "visual": ("overlay",)}.get(self.rule.capture)
        enough = all(captured[name] for name in wanted) if wanted else any(captured.values())
        if placed.status in ("ok", "review") and not enough:
            return Placed("unobserved", "video_not_captured", self.each)
        return placed

    def _ways(self, ways: tuple[tuple[str, ...], ...]) -> Placed:
        best = Placed("poor", self._video_detail(), self.each)
        for way in ways:
            results = [self._channel(channel) for channel in way]
            if all(result is True for result in results):
                return Placed("ok", f"in_{way[0]}", self.each)
            if False not in results and best.status == "poor":
                best = Placed("unobserved", "video_not_captured", self.each)
        return best

    def _video_detail(self) -> str:
        kinds = {hit.span.surface.kind for hit in self.hits}
        if kinds & {*_PICTURE, "transcript"}:
            return "not_at_start_of_video" if not self._channel("visual") and not self._channel("audio") else "half"
        return "not_in_video" if kinds & {"caption", "description", "title"} else self.each[0][1]

    # channels: True, False, or None when not captured ------------------------------------------------------

    def _channel(self, name: str) -> bool | None:
        channels: dict[str, Callable[[], bool | None]] = {
            "visual": self._visual,
            "audio": self._audio,
            "title": lambda: self._text_channel("title"),
            "caption": lambda: self._text_channel("caption") or self._text_channel("description"),
            "short": lambda: self.fold.short and self._text_channel("caption"),
            "visual_whole": lambda: self._coverage(0.8),
            "visual_share": self._share,
            "start_end": self._start_end,
        }
        return channels[name]()

    def _text_channel(self, kind: str) -> bool:
        return any(
            hit.span.surface.kind == kind and self._status(number) in ("ok", "review")
            for number, hit in enumerate(self.hits)
        )

    def _overlays(self) -> list[tuple[float | None, float | None]]:
        items = self.post.overlay or ()
        chosen = sorted({hit.span.surface.number for hit in self.hits if hit.span.surface.kind == "overlay"})
        recognised = any(hit.span.surface.kind == "ocr_text" for hit in self.hits)
        return [(items[number].t, items[number].d) for number in chosen] + ([(None, None)] if recognised else [])

    def _visual(self) -> bool | None:
        if not self.post.pictured:
            return None
        limit = _early(self.post.duration_s, START_SECONDS)
        return any(
            (t is None or t <= limit) and (d is None or d >= min(self.rule.min_seconds, self.post.duration_s or 1e9))
            for t, d in self._overlays()
        )

    def _coverage(self, share: float) -> bool | None:
        if not self.post.pictured:
            return None
        shown = self._overlays()
        if not shown:
            return False
        if not self.post.duration_s or any(d is None for _, d in shown):
            return None
        return sum(d or 0 for _, d in shown) >= share * self.post.duration_s

    def _share(self) -> bool | None:
        """ASCI: 3 s of a clip up to 15 s, a third up to two minutes, the promotional segment beyond."""
        if not self.post.pictured:
            return None
        shown, length = self._overlays(), self.post.duration_s
        if not shown or length is None:
            return bool(shown) and None
        needed = 3.0 if length <= 15 else length / 3 if length <= 120 else 30.0
        if any(d is None for _, d in shown):
            return None
        return sum(d or 0 for _, d in shown) >= min(needed, length)

    def _audio(self) -> bool | None:
        if self.post.transcript is None:
            return None
        if not self.post.transcript.strip():  # nothing is said, so nothing needs saying
            return self._visual() or None
        return any(self._spoken(hit) <= 0.2 for hit in self.hits if hit.span.surface.kind == "transcript")

    def _spoken(self, hit: LabelHit) -> float:
        """Return where in the speech a label falls: 0 in the first minute or 300 characters, else its share."""
        stamps = self.stamps
        if stamps:
            at = max((second for place, second in stamps if place <= hit.span.raw_start), default=0.0)
            return 0.0 if at <= AUDIO_SECONDS else at / max(self.post.duration_s or stamps[-1][1], 1.0)
        return 0.0 if hit.span.raw_start <= 300 else hit.span.raw_start / max(len(self.post.transcript or ""), 1)

    def _start_end(self) -> bool | None:
        if not self.post.pictured and self.post.transcript is None:
            return None
        length = self.post.duration_s or 0.0
        spoken = [self._spoken(hit) for hit in self.hits if hit.span.surface.kind == "transcript"]
        shown = self._overlays()
        early = bool(self._visual()) or any(share <= 0.2 for share in spoken)
        lasting = self._coverage(0.5) is True or length <= 60
        late = any(share >= 0.6 for share in spoken) or any(
            t is not None and length and t + (d or 0) >= 0.6 * length for t, d in shown
        )
        return early and (lasting or late)

    def live(self) -> Placed:
        """A title shows all the time; spoken or shown labels must come again while the brand is promoted."""
        if self._text_channel("title") or self._coverage(0.8):
            return Placed("ok", "in_title", self.each)
        transcript = self.post.transcript
        if transcript is None:
            return Placed("unobserved", "video_not_captured", self.each)
        spoken = [hit for hit in self.hits if hit.span.surface.kind == "transcript"]
        if not spoken:
            return Placed("poor", self._video_detail(), self.each)
        ok = self._start_end() if self.rule.live_start_end else self._repeated(transcript, spoken)
        return Placed("ok", "repeated", self.each) if ok else Placed("poor", "not_repeated", self.each)

    def _repeated(self, transcript: str, spoken: Sequence[LabelHit]) -> bool:
        stamps = self.stamps
        length = self.post.duration_s or (stamps[-1][1] if stamps else 0.0)
        if not stamps:
            return length <= self.rule.live_repeat or len(spoken) >= max(2, int(length / self.rule.live_repeat / 2))
        said = [_second_at(stamps, hit.span.raw_start) for hit in spoken]
        surface = spoken[0].span.surface
        promoted = [
            _second_at(stamps, surface.folded.span(start - surface.offset, end - surface.offset)[0])
            for start, end in self.document.brands()
            if surface.offset <= start and end <= surface.offset + len(surface.folded.text)
        ]
        return all(any(0 <= at - label <= self.rule.live_repeat for label in said) for at in promoted)


def time_stamps(transcript: str, duration: float | None) -> list[tuple[int, float]]:
    """Read `[mm:ss]`, `[hh:mm]` or `[hh:mm:ss]` stamps as (place, second); two-part ones mean what fits the length."""
    found = [(match.start(), match.groups()) for match in _STAMP.finditer(transcript)]
    pairs = [(int(a), int(b)) for _, (a, b, c) in found if c is None]
    longest = max((a * 60 + b for a, b in pairs), default=0)
    hours = bool(duration) and longest * 10 < (duration or 0) and longest * 60 <= (duration or 0) * 1.1
    stamps = []
    for place, (a, b, c) in found:
        second = (
            int(a) * 3600 + int(b) * 60 + int(c) if c is not None else (int(a) * 60 + int(b)) * (60 if hours else 1)
        )
        stamps.append((place, float(second)))
    return stamps


def _second_at(stamps: list[tuple[int, float]], place: int) -> float:
    return max((second for spot, second in stamps if spot <= place), default=0.0)


def _written(hit: LabelHit) -> bool:
    return hit.span.surface.kind in ("title", "caption", "description", *_PICTURE)


def _early(duration: float | None, limit: float) -> float:
    return min(limit, max(3.0, 0.25 * duration)) if duration else limit


def _cells_to(raw: str, end: int, limit: int) -> int:
    """Count the cells of raw[:end], no further than `limit`."""
    total = 0
    for char in raw[:end] if end <= 4 * limit else raw[: 4 * limit]:
        total += cells(char)
        if total >= limit:
            return limit
    return total if end <= 4 * limit or len(raw) <= 4 * limit else limit


def _lead_cells(before: str) -> int:
    """Count the cells of what stands before a label, leaving out mentions and hashtags."""
    return _cells_to(_TAGS.sub("", before[:2000]).strip(), 2000, 400)


def _tag_run(raw: str, start: int, end: int) -> tuple[int, int]:
    """Count the hashtags directly before a place, and those of the whole run it stands in."""
    before = _leading_tags(reversed(raw[max(0, start - 1500) : start].split()))
    after = _leading_tags(iter(raw[end : end + 1500].split()))
    return before, before + 1 + after


def _leading_tags(tokens: Iterator[str]) -> int:
    """Count the hashtags of the leading tokens that are hashtags, handles or mere separators."""
    count = 0
    for token in tokens:
        if token[0] not in "#@＃" and token.strip("·|,/"):
            break
        count += token.count("#") + token.count("＃")
    return count
