"""Settle: stored hits become people, touches, conversions and refunds. The room's only part that uses the models."""

from attribution.collector.settle.claim import Settled, organizations_waiting, settle_organization, settle_waiting

__all__ = ["Settled", "organizations_waiting", "settle_organization", "settle_waiting"]
