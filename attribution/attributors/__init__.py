"""Attribution models, one file each. A new one is a file, a line here and a row of examples."""

from attribution.attributors.base import Attributor, NotFittedError, Totals
from attribution.attributors.coupon_weighted import CouponWeighted
from attribution.attributors.first import First
from attribution.attributors.last import Last
from attribution.attributors.last_non_direct import LastNonDirect
from attribution.attributors.linear import Linear
from attribution.attributors.markov import Markov
from attribution.attributors.ordered_shapley import OrderedShapley
from attribution.attributors.position import Position
from attribution.attributors.shapley import Shapley
from attribution.attributors.time_decay import TimeDecay

# In the order in which pages offer them: three up front, the others under "advanced".
ATTRIBUTORS: tuple[type[Attributor], ...] = (
    LastNonDirect,
    Linear,
    Markov,
    Last,
    First,
    Position,
    TimeDecay,
    CouponWeighted,
    Shapley,
    OrderedShapley,
)


def attributor(key: str) -> type[Attributor]:
    """Find an attributor by its key; raises `KeyError` listing the keys there are."""
    for each in ATTRIBUTORS:
        if each.key == key:
            return each
    raise KeyError(f"no attributor {key!r}; there are {', '.join(each.key for each in ATTRIBUTORS)}")


__all__ = ["ATTRIBUTORS", "Attributor", "NotFittedError", "Totals", "attributor"]
