"""What shoppers do, step by step, in a simulated world: clicks, visits, orders, refunds, and the noise around them."""

import hashlib
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np

from attribution.simulator.truth import DAY, Truth

# Minor units of USD.
PRICES = (1_990, 2_490, 3_450, 5_900, 8_900)


@dataclass(frozen=True)
class Step:
    """One thing that reaches the collector. ``at`` is seconds from the world's start.

    ``kind``: click, visit, cart, checkout, order, paid, refund, cancel, retry (the step before again, same id), bot,
    head, forged, unknown.
    """

    kind: str
    at: float
    creator: int | None = None
    order: int | None = None
    consent: bool | None = True


@dataclass(frozen=True)
class SimulatedOrder:
    """An order as the shop knows it: the truth that reports are held against. Amounts in minor units."""

    number: int
    shopper: int
    at: float
    lines: tuple[tuple[str, int, int], ...]
    discount: int
    shipping: int
    tax: int
    coupon: int | None
    by_webhook: bool
    knows_visitor: bool
    refunds: tuple[tuple[float, int], ...] = ()
    cancelled_at: float | None = None

    @property
    def gross(self) -> int:
        """Σ line price × quantity."""
        return sum(quantity * price for _sku, quantity, price in self.lines)

    @property
    def revenue(self) -> int:
        """Net revenue after discounts and refunds; nothing where the order was cancelled."""
        if self.cancelled_at is not None:
            return 0
        return self.gross - self.discount - sum(amount for _at, amount in self.refunds)


@dataclass
class Shopper:
    """One person with one browser: what they do, oldest first."""

    number: int
    steps: list[Step] = field(default_factory=list)

    def visitor(self, seed: int) -> str:
        """Return the first-party visitor id of the browser."""
        return str(UUID(bytes=hashlib.sha256(f"{seed}:{self.number}".encode()).digest()[:16], version=4))

    @property
    def email(self) -> str:
        return f"shopper{self.number}@mail.example"


@dataclass(frozen=True)
class Season:
    """Everything that happens: shoppers with their steps, and the orders they place."""

    truth: Truth
    shoppers: tuple[Shopper, ...]
    orders: tuple[SimulatedOrder, ...]

    @property
    def revenue(self) -> int:
        """Net revenue of all orders, minor units."""
        return sum(order.revenue for order in self.orders)


def make_season(truth: Truth) -> Season:
    """Turn exposures and purchases into steps. The same truth always gives the same season."""
    rng = np.random.default_rng([truth.settings.seed, 2])
    shoppers: dict[int, Shopper] = {}
    met: dict[int, list[int]] = {}

    def shopper(number: int) -> Shopper:
        return shoppers.setdefault(number, Shopper(number))

    for seen in truth.exposures:
        met.setdefault(seen.shopper, []).append(seen.creator)
        bought = truth.bought_at[seen.shopper]
        if rng.random() < truth.settings.click_rate and not seen.at > bought:
            _click(rng, shopper(seen.shopper), seen.creator, seen.at)
    for number in np.flatnonzero(rng.random(truth.settings.shoppers) < 0.08):
        shopper(int(number)).steps.append(Step("visit", float(rng.uniform(0, truth.settings.days * DAY)), None))
    orders = []
    for count, number in enumerate(np.flatnonzero(np.isfinite(truth.bought_at))):
        order = _order(rng, truth, count + 1, int(number), met.get(int(number), []))
        orders.append(order)
        _buy(rng, shopper(order.shopper), order)
    everyone = tuple(sorted(shoppers.values(), key=lambda each: each.number))
    for each in everyone:
        each.steps.sort(key=lambda step: step.at)
    return Season(truth, everyone, tuple(orders))


def _click(rng: np.random.Generator, shopper: Shopper, creator: int, at: float) -> None:
    """Add a click with its landing page, and now and then what else happens around a link."""
    consent = None if rng.random() < 0.05 else True
    shopper.steps.append(Step("click", at, creator, consent=consent))
    shopper.steps.append(Step("visit", at + 3, creator, consent=consent))
    chance = rng.random()
    if chance < 0.05:
        # A beacon that did not hear its answer tries again with the same id.
        shopper.steps.append(Step("retry", at + 5, creator, consent=consent))
    elif chance < 0.09:
        shopper.steps.append(Step("click", at + 1, creator, consent=consent))
    elif chance < 0.15:
        shopper.steps.append(Step("bot", at + 60, creator))
    elif chance < 0.17:
        shopper.steps.append(Step("head", at + 61, creator))
    elif chance < 0.18:
        shopper.steps.append(Step("forged", at + 90, creator))
    elif chance < 0.19:
        shopper.steps.append(Step("unknown", at + 95))


def _order(rng: np.random.Generator, truth: Truth, count: int, shopper: int, met: list[int]) -> SimulatedOrder:
    at = float(truth.bought_at[shopper])
    lines = tuple(
        (f"LUM-{index + 1:02}", int(rng.integers(1, 3)), PRICES[index])
        for index in sorted(rng.choice(len(PRICES), size=int(rng.integers(1, 4)), replace=False).tolist())
    )
    gross = sum(quantity * price for _sku, quantity, price in lines)
    coupon = int(rng.choice(met)) if met and rng.random() < truth.settings.coupon_rate else None
    discount = gross // 10 if coupon is not None else 0
    net = gross - discount
    refunds: tuple[tuple[float, int], ...] = ()
    cancelled_at = None
    end = truth.settings.days * DAY
    chance = rng.random()
    if chance < truth.settings.refund_rate / 2:
        refunds = ((at + 5 * DAY, net),)
    elif chance < truth.settings.refund_rate:
        part = net // 3
        refunds = ((at + 4 * DAY, part), (at + 9 * DAY, net // 4))
    elif chance < truth.settings.refund_rate + 0.02:
        cancelled_at = at + 3_600
    # What would come after the season is not told: nothing may reach the collector from the future.
    refunds = tuple(refund for refund in refunds if refund[0] < end)
    return SimulatedOrder(
        number=count,
        shopper=shopper,
        at=at,
        lines=lines,
        discount=discount,
        shipping=599 if net < 5_000 else 0,
        tax=net * 8 // 100,
        coupon=coupon,
        by_webhook=bool(rng.random() < 0.75),
        # A quarter of the orders come without any link to the browser: only a coupon can tell who brought them.
        knows_visitor=bool(rng.random() < 0.75),
        refunds=refunds,
        cancelled_at=cancelled_at,
    )


def _buy(rng: np.random.Generator, shopper: Shopper, order: SimulatedOrder) -> None:
    """Add the visit, the cart, the order as the shop reports it, and what comes after."""
    shopper.steps += [
        Step("visit", order.at - 900),
        Step("cart", order.at - 400),
        Step("checkout", order.at - 120),
        Step("order", order.at, order=order.number),
    ]
    if order.by_webhook:
        shopper.steps.append(Step("paid", order.at + 30, order=order.number))
    if rng.random() < 0.1:
        shopper.steps.append(Step("retry", order.at + 40, order=order.number))
    for place, (at, _amount) in enumerate(order.refunds):
        shopper.steps.append(Step("refund", at, creator=place, order=order.number))
    if order.cancelled_at is not None:
        shopper.steps.append(Step("cancel", order.cancelled_at, order=order.number))
