"""What a collaboration costs in full: definitions that every page and export shares.

Full cost = fee + commission + samples + freight. Commission is due on the net revenue credited under the campaign's
pay model. ROAS (投产比) = net revenue ÷ full cost.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """The parts of a full cost, in minor units of one currency."""

    fee: int = 0
    commission: int = 0
    samples: int = 0
    freight: int = 0

    @property
    def full(self) -> int:
        """Everything that was or is to be paid."""
        return self.fee + self.commission + self.samples + self.freight


def commission(credited_minor: int, bps: int) -> int:
    """Return the commission on credited net revenue, rounded half up to a minor unit; 0 on a negative base."""
    return (max(credited_minor, 0) * bps + 5_000) // 10_000


def ratio(part: int | None, whole: int | None) -> float | None:
    """Divide, or None where there is nothing to divide by: a page shows "–", never 0 or infinity."""
    if part is None or not whole:
        return None
    return part / whole
