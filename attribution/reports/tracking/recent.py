"""The last days at a glance: net revenue, what of it creators brought, orders, clicks."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, Sum

from attribution.models import Conversion, Credit, Refund, Touch
from kolhub.models import Membership

DAYS = 30
# The same for all campaigns, so that the sum means something.
ATTRIBUTOR = "last_non_direct"


@dataclass(frozen=True)
class Money:
    """One currency's share: net revenue after refunds, what of it is credited to creators, and orders."""

    currency: str
    revenue: int
    credited: int
    orders: int

    @property
    def share(self) -> float | None:
        return self.credited / self.revenue if self.revenue else None


@dataclass(frozen=True)
class Recent:
    """The last 30 days. ``money`` has the organization's own currency first, then others by orders."""

    since: datetime
    money: list[Money]
    clicks: int

    @property
    def orders(self) -> int:
        return sum(one.orders for one in self.money)

    @property
    def is_empty(self) -> bool:
        return not self.money and not self.clicks


def read_recent(membership: Membership, now: datetime) -> Recent:
    """Read the last 30 days. Revenue of different currencies is listed apart, never added."""
    since = now - timedelta(days=DAYS)
    orders = Conversion.objects.visible_to(membership).filter(at__gte=since, state=Conversion.State.COUNTED)
    money: dict[str, list[int]] = {}
    for currency, net, number in orders.order_by().values_list("currency").annotate(Sum("net_minor"), Count("pk")):
        money[currency] = [net, 0, number]
    refunds = Refund.objects.visible_to(membership).filter(conversion__in=orders)
    for currency, amount in refunds.order_by().values_list("conversion__currency").annotate(Sum("amount_minor")):
        money[currency][0] -= amount
    credits = Credit.objects.visible_to(membership).filter(
        run__is_current=True,
        run__attributor=ATTRIBUTOR,
        kind=Credit.Kind.COLLABORATION,
        conversion__at__gte=since,
        conversion__state=Conversion.State.COUNTED,
    )
    for currency, amount in credits.order_by().values_list("currency").annotate(Sum("amount_minor")):
        money.setdefault(currency, [0, 0, 0])[1] = amount
    clicks = Touch.objects.visible_to(membership).filter(Q(kind=Touch.Kind.CLICK), refusal="", at__gte=since).count()
    own = membership.organization.currency
    listed = [Money(currency, *values) for currency, values in money.items()]
    return Recent(since, sorted(listed, key=lambda one: (one.currency != own, -one.orders)), clicks)
