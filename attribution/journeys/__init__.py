"""Journeys as columns: the touches of each visitor before a conversion, in order, or without one."""

from attribution.journeys.columns import Journeys, TouchKind
from attribution.journeys.stitch import (
    Refusal,
    Stitched,
    Windows,
    stitch,
)

__all__ = ["Journeys", "Refusal", "Stitched", "TouchKind", "Windows", "stitch"]
