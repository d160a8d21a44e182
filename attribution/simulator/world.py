"""The demo world from beginning to end: people, roster, brief, campaign, a season of shoppers, posts."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from attribution.simulator import stage
from attribution.simulator.client import Client
from attribution.simulator.collecting import simulated_collector
from attribution.simulator.drive import Tally, drive
from attribution.simulator.rosters import make_roster
from attribution.simulator.shoppers import Season, make_season
from attribution.simulator.truth import Settings, make_truth

SETTLE_SECONDS = 300

BEAUTY_US = {
    "title": "Glow serum, United States",
    "text": "Skincare creators who show a routine, honest reviews, sensitive skin. 护肤测评，敏感肌。",
    "goal": "sales",
    "markets": ["US"],
    "categories": ["beauty"],
    "budget_minor": 600_000,
    "currency": "USD",
}
MARKETS = ["US", "DE", "GB"]


@dataclass(frozen=True)
class Told:
    """What a simulation did, for whoever prints it."""

    season: Season
    tally: Tally
    staged: stage.Staged
    rosters: tuple[dict[str, Any], ...]
    drawn: tuple[tuple[dict[str, Any], ...], ...]


def simulate(
    brand: Client,
    agency: Client,
    settings: Settings,
    say: Callable[[str], None],
    roster_creators: int = 160,
    rosters: tuple[tuple[str, bytes, Any], ...] = (),
    briefs: tuple[dict[str, Any], ...] = (BEAUTY_US,),
) -> Told:
    """Play the whole story through KolHub's doors. Web server and worker must be running.

    `rosters` are (file name, bytes, date of the metrics) to load instead of an invented one. The first brief's first
    candidates become the campaign.
    """
    began = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=settings.days + 1)
    if not rosters:
        invented = make_roster(settings.seed, roster_creators)
        rosters = (("星光达人名册.csv", invented, began.date() - timedelta(days=3)),)
    accounts = []
    for filename, data, metrics_on in rosters:
        say(f"Loading {filename} …")
        accounts.append(stage.bring_roster(agency, filename, data, metrics_on, ""))
    brand_id, product_id = stage.make_brand(brand)
    drawn = []
    for brief in briefs:
        say(f"Drawing a shortlist: {brief['title']} …")
        drawn.append(stage.draw(brand, {**brief, "brand": brand_id, "product": product_id}))
    picked = drawn[0][: settings.creators]
    for candidate in picked:
        brand.patch(f"candidates/{candidate['id']}/", {"choice": "picked"})
    say(f"Agreeing terms with {len(picked)} creators …")
    campaign = {
        "brand": brand_id,
        "name": "Glow serum launch",
        "state": "running",
        "markets": MARKETS,
        "landing_url": stage.LANDING,
        "currency": "USD",
        "budget_minor": 600_000,
        "starts_on": began.date().isoformat(),
    }
    campaign_id, collaborations = stage.run_campaign(brand, campaign, picked, began)
    doors = stage.open_shop(brand, brand_id, collaborations, began)
    season = make_season(make_truth(Settings(**{**vars(settings), "creators": len(collaborations)})))
    with simulated_collector() as collector:
        tally = drive(
            season,
            doors,
            collector,
            lambda done, every: say(f"Shoppers: {done} of {every}") if done % 500 == 0 else None,
        )
    say("Settling and attributing …")
    wait_until_settled(brand)
    say("Publishing posts and judging them …")
    stage.publish(brand, collaborations, began)
    stage.prepare_next(brand, brand_id, drawn[0][settings.creators :])
    staged = stage.Staged(brand_id, campaign_id, tuple(collaborations), doors)
    return Told(season, tally, staged, tuple(accounts), tuple(map(tuple, drawn)))


def wait_until_settled(brand: Client) -> None:
    """Wait until no hit is pending and no order waits for its credits. Raises TimeoutError."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        counts = brand.get("tracking/counts/")
        waiting = brand.get("orders/", is_stale="true", page_size=1)["count"]
        if not counts["pending"] and not waiting:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"{counts['pending']} hits and {waiting} orders still wait after {SETTLE_SECONDS} s")
        time.sleep(0.5)
