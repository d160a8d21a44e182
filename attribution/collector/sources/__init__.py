"""Where orders come from: one file per kind of source, the same two verbs in each."""

from typing import Final

from attribution.collector.sources.base import Delivery, Event, Malformed, Problem, Source
from attribution.collector.sources.s2s import S2S
from attribution.collector.sources.shopify import Shopify

SOURCES: Final[tuple[Source, ...]] = (S2S(), Shopify())
BY_KEY: Final = {source.key: source for source in SOURCES}

__all__ = ["BY_KEY", "SOURCES", "Delivery", "Event", "Malformed", "Problem", "Source"]
