"""The account of a simulation: what was sent against what KolHub says, read over REST."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from attribution.simulator.client import Client
from attribution.simulator.world import Told


@dataclass
class Account:
    """Lines for a terminal, and every sentence that does not hold."""

    lines: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def say(self, line: str = "") -> None:
        self.lines.append(line)

    def must(self, holds: bool, sentence: str) -> None:
        """Note a check; one that fails is a fault."""
        self.say(f"  {'✓' if holds else '✗'} {sentence}")
        if not holds:
            self.faults.append(sentence)


def read_account(brand: Client, told: Told, attributors: list[str]) -> Account:
    """Hold what KolHub shows against what the simulator did."""
    account = Account()
    _rosters(account, told)
    _hits(account, brand, told)
    _orders(account, brand, told)
    _credits(account, brand, told, attributors)
    _truth(account, brand, told)
    return account


def _rosters(account: Account, told: Told) -> None:
    account.say("Rosters: rows = added + updated + unchanged + refused")
    for roster in told.rosters:
        parts = [roster[name] for name in ("added", "updated", "unchanged", "refused")]
        account.must(
            sum(parts) == roster["rows_total"],
            f"{roster['filename']}: {roster['rows_total']} = {' + '.join(map(str, parts))}",
        )


def _hits(account: Account, brand: Client, told: Told) -> None:
    day = told.season.truth.settings.days + 10
    since = brand.get("tracking/counts/")["until"]
    counts = brand.get("tracking/counts/", since=_days_before(since, day), until=since)
    account.say()
    account.say("Hits: received = accepted + refused by reason")
    by_door: dict[str, Counter[str]] = {}
    for row in counts["counts"]:
        by_door.setdefault(row["door"], Counter())[row["outcome"]] += row["count"]
    unknown = told.tally.answers["click", 404]
    for door, outcomes in sorted(by_door.items()):
        sent = told.tally.sent[door] - (unknown if door == "click" else 0)
        parts = " + ".join(f"{n} {outcome}" for outcome, n in sorted(outcomes.items()))
        account.must(sum(outcomes.values()) == sent, f"{door}: sent {sent} = {parts}")
    if unknown:
        account.say(f"    (and {unknown} clicks on a link that nobody has: answered 404, counted as unknown_key)")
    account.must(counts["pending"] == 0, f"{counts['pending']} hits wait to be settled")


def _days_before(day: str, days: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()


def _orders(account: Account, brand: Client, told: Told) -> None:
    orders = brand.everything("orders/")
    counted = [order for order in orders if order["state"] == "counted"]
    season = told.season
    cancelled = [order for order in season.orders if order.cancelled_at is not None]
    account.say()
    account.say("Orders")
    account.must(len(orders) == len(season.orders), f"{len(orders)} of {len(season.orders)} orders arrived, each once")
    account.must(len(orders) - len(counted) == len(cancelled), f"{len(cancelled)} cancelled")
    refunded = sum(order["refunded_minor"] for order in orders)
    sent = sum(amount for order in season.orders for _at, amount in order.refunds)
    account.must(refunded == sent, f"refunds {_usd(refunded)} of {_usd(sent)}")
    revenue = sum(order["net_revenue_minor"] for order in counted)
    account.must(revenue == season.revenue, f"net revenue {_usd(revenue)}, the shop's own sum {_usd(season.revenue)}")


def _credits(account: Account, brand: Client, told: Told, attributors: list[str]) -> None:
    account.say()
    account.say("Credits per attribution model: creators + organic + unattributed = net revenue")
    for attributor in attributors:
        report = _report(brand, told, attributor)
        creators = report["total"]["net_revenue_minor"]
        rest = Counter[str]()
        for share in report["shares"]:
            rest[share["kind"]] += share["net_revenue_minor"]
        whole = creators + sum(rest.values())
        parts = " + ".join([f"{_usd(creators)} creators", *(f"{_usd(n)} {kind}" for kind, n in sorted(rest.items()))])
        holds = whole == report["brand_net_revenue_minor"] == told.season.revenue
        account.must(holds, f"{attributor:16} {parts} = {_usd(whole)}")


def _truth(account: Account, brand: Client, told: Told) -> None:
    """Set what creators caused, which only a simulator knows, beside what a model credits."""
    report = _report(brand, told, "linear")
    credited = {line["collaboration"]: line["orders"] for line in report["lines"]}
    account.say()
    account.say("Orders credited (linear) and orders caused: credit is an allocation, not an effect")
    for collaboration, caused in zip(told.staged.collaborations, told.season.truth.caused.tolist(), strict=True):
        orders = credited.get(collaboration["id"], 0)
        account.say(f"    {collaboration['creator_name'][:24]:24} credited {orders:6.1f}   caused {caused:6.1f}")


def _report(brand: Client, told: Told, attributor: str) -> dict[str, Any]:
    report: dict[str, Any] = brand.get(f"campaigns/{told.staged.campaign}/report/", attributor=attributor)
    return report


def _usd(minor: int) -> str:
    return f"{minor // 100:,}.{minor % 100:02}"
