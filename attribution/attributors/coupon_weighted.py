"""Coupon weighted."""

from __future__ import annotations

import math

import numpy as np

from attribution.attributors.base import Attributor, proportional
from attribution.journeys.columns import Floats, Journeys, TouchKind


class CouponWeighted(Attributor):
    """Give a redeemed coupon several times the weight of any other touch.

    Weight w for a coupon touch, 1 for any other, scaled to sum to 1 in each journey; w is 3 unless told.
    A code that a buyer typed in is better evidence of a creator's part than a click that went by; without
    coupons this is the linear model. A house rule of creator marketing, with no paper behind the number.
    """

    key = "coupon_weighted"
    label = "Coupon weighted"
    sentence = "A redeemed coupon counts three times as much as any other touch."
    needs_kinds = True

    def __init__(self, coupon_weight: float = 3.0) -> None:
        self.coupon_weight = coupon_weight

    def check(self) -> None:
        """Refuse a weight that is negative or not a number."""
        if not (math.isfinite(self.coupon_weight) and self.coupon_weight >= 0):
            raise ValueError(f"coupon_weighted: the weight must be finite and not negative, is {self.coupon_weight}")

    def shares(self, journeys: Journeys) -> Floats:
        """Weigh each touch by its kind."""
        weights = np.where(journeys.kind == TouchKind.COUPON, float(self.coupon_weight), 1.0)
        return proportional(weights, journeys.offsets)
