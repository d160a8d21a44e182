"""Cut a text into the pieces that a page marks: what findings quote, and what lies between."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; `marks` are the numbers of the findings that quote it, none for plain text."""

    text: str
    marks: tuple[int, ...] = ()


def cut(text: str, spans: Sequence[tuple[int, int]]) -> list[Piece]:
    """Cut `text` at the ends of the spans (code points; number n is the n-th span). The pieces join to the text.

    Empty spans mark nothing; spans outside of the text are cut to it.
    """
    edges = {0, len(text)}
    for start, end in spans:
        edges |= {min(max(start, 0), len(text)), min(max(end, 0), len(text))}
    ends = sorted(edges)
    pieces = []
    for start, end in pairwise(ends):
        marks = tuple(number for number, (low, high) in enumerate(spans) if low <= start and end <= high)
        pieces.append(Piece(text[start:end], marks))
    return pieces


def surface_texts(surfaces: dict[str, object]) -> Iterable[tuple[str, str]]:
    """Yield (surface name as findings use it, raw text); list surfaces are named `overlay[0]`."""
    for name, value in surfaces.items():
        if isinstance(value, list):
            for number, item in enumerate(value):
                text = item.get("text", "") if isinstance(item, dict) else item
                yield f"{name}[{number}]", str(text)
        elif value is not None:
            yield name, str(value)
