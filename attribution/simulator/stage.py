"""Set the stage over REST: the agency's roster, the brand's brief and campaign, terms, shop and keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from attribution.simulator.client import Client
from attribution.simulator.messages import Doors

LANDING = "https://shop.lumen.example/glow-serum"
SHOP_DOMAIN = "lumen-demo.myshopify.com"
SHOPIFY_SECRET = "shpss_demo_0123456789abcdef"  # noqa: S105 - of an invented shop


@dataclass(frozen=True)
class Staged:
    """What was set up: the campaign, its collaborations in the season's order, and the shop's doors."""

    brand: int
    campaign: int
    collaborations: tuple[dict[str, Any], ...]
    doors: Doors


def bring_roster(agency: Client, filename: str, data: bytes, metrics_on: date, source: str) -> dict[str, Any]:
    """Upload a roster, answer with the likeliest where it asks, confirm, and return its account."""
    fields = {"metrics_on": metrics_on.isoformat(), "source": source}
    roster = agency.upload("rosters/", filename, data, fields)
    path = f"rosters/{roster['id']}/"
    for _question in range(5):
        found = agency.wait(path, lambda told: told["state"] not in {"received", "reading"})
        if found["state"] != "choosing":
            break
        answers = {each["key"]: each["options"][0]["value"] for each in found["questions"]}
        agency.post(f"{path}choices/", answers)
    if found["state"] != "ready":
        raise RuntimeError(f"{filename}: {found['state']} {found.get('failure')}")
    agency.post(f"{path}confirm/")
    done: dict[str, Any] = agency.wait(path, lambda told: told["state"] in {"done", "failed", "cancelled"})
    if done["state"] != "done":
        raise RuntimeError(f"{filename}: {done['state']} {done.get('failure')}")
    return done


def make_brand(brand: Client) -> tuple[int, int]:
    """Make the demo brand with one product; return their ids."""
    made = brand.post(
        "brands/",
        {
            "name": "Lumen",
            "website": "https://lumen.example",
            "domains": ["shop.lumen.example"],
            "handles": ["lumenskin"],
        },
    )
    product = brand.post(
        "products/",
        {
            "brand": made["id"],
            "name": "Glow serum",
            "sku": "LUM-01",
            "category": "beauty",
            "price_minor": 3_450,
            "unit_cost_minor": 820,
            "currency": "USD",
            "url": LANDING,
        },
    )
    return made["id"], product["id"]


def draw(brand: Client, brief: dict[str, Any]) -> list[dict[str, Any]]:
    """Write a brief, have its shortlist drawn, and return the candidates by rank."""
    made = brand.post("briefs/", brief)
    wanted = brand.post(f"briefs/{made['id']}/draw/", {})
    drawn = brand.wait(f"shortlists/{wanted['id']}/", lambda told: told["state"] in {"done", "failed"})
    if drawn["state"] != "done":
        raise RuntimeError(f"the shortlist of “{brief['title']}” failed: {drawn}")
    candidates = brand.everything("candidates/", shortlist=wanted["id"])
    return sorted(candidates, key=lambda each: each["rank"])


def run_campaign(
    brand: Client, campaign: dict[str, Any], candidates: Sequence[dict[str, Any]], began: datetime
) -> tuple[int, list[dict[str, Any]]]:
    """Make a campaign, take the candidates in, and confirm terms with each; return its id and collaborations."""
    made = brand.post("campaigns/", campaign)
    agreed = []
    for number, candidate in enumerate(candidates):
        collaboration = brand.post("collaborations/", {"campaign": made["id"], "creator": candidate["creator"]})
        price = candidate["price_minor"] or 30_000
        terms = {
            "deliverables": [{"platform": collaboration["platform"], "kind": _KINDS[number % 3], "quantity": 1}],
            "fee_minor": min(price, 60_000),
            "currency": "USD",
            "commission_bps": (0, 800, 1_000)[number % 3],
            "discount_bps": 1_000,
            "starts_on": began.date().isoformat(),
            "usage_rights": "12 months, paid social, worldwide.",
        }
        brand.post(f"collaborations/{collaboration['id']}/terms/", terms)
        agreed.append(collaboration)
    return made["id"], agreed


_KINDS = ("review", "tutorial", "unboxing")


def open_shop(brand: Client, brand_id: int, collaborations: Sequence[dict[str, Any]], began: datetime) -> Doors:
    """Make the shop with its pixel and keys, and collect links and coupons in the collaborations' order."""
    shop = brand.post("tracking/shops/", {"brand": brand_id, "name": "lumen.example", "currency": "USD"})["id"]
    pixel = brand.post("tracking/pixels/", {"shop": shop, "consent_policy": "eu_strict"})
    server = brand.post("tracking/source-keys/", {"shop": shop, "kind": "s2s"})
    webhook = brand.post(
        "tracking/source-keys/",
        {"shop": shop, "kind": "shopify", "secret": SHOPIFY_SECRET, "shop_domain": SHOP_DOMAIN},
    )
    links = {each["collaboration"]: each["slug"] for each in brand.everything("links/")}
    coupons = {each["collaboration"]: each["code"] for each in brand.everything("coupons/")}
    return Doors(
        pixel=pixel["key"],
        s2s_key=server["key"],
        s2s_secret=server["secret"],
        shopify_key=webhook["key"],
        shopify_secret=SHOPIFY_SECRET,
        shop_domain=SHOP_DOMAIN,
        links=tuple(links[each["id"]] for each in collaborations),
        coupons=tuple(coupons[each["id"]] for each in collaborations),
        landing=LANDING,
        began=began.timestamp(),
    )


def publish(brand: Client, collaborations: Sequence[dict[str, Any]], began: datetime) -> None:
    """Publish every collaboration's content with its numbers on the first, seventh and thirtieth day, and capture it.

    Some posts disclose as they should, some badly, some not at all.
    """
    now = datetime.now(UTC)
    for number, collaboration in enumerate(collaborations):
        for piece in brand.everything("deliverables/", collaboration=collaboration["id"]):
            published = began + timedelta(days=2 + number % 5)
            url = _post_url(collaboration["platform"], collaboration["handle"], piece["id"])
            brand.patch(f"deliverables/{piece['id']}/", {"url": url, "published_at": published.isoformat()})
            for age, share in ((1, 0.4), (7, 0.8), (30, 1.0)):
                if (taken := published + timedelta(days=age)) < now:
                    views = int((number + 2) * 23_500 * share)
                    numbers = {"views": views, "likes": views // 17, "comments": views // 400, "shares": views // 250}
                    brand.post(
                        f"deliverables/{piece['id']}/metrics/",
                        {"taken_at": taken.isoformat(), "saves": views // 300, "source": "creator", **numbers},
                    )
            caption = CAPTIONS[number % len(CAPTIONS)]
            surfaces: dict[str, Any] = {"caption": caption}
            if piece["media"] in {"video", "live", "story"}:
                surfaces |= {"transcript": "", "overlay": []}
            brand.post(f"deliverables/{piece['id']}/capture/", {"source": "api", "surfaces": surfaces})
            brand.post(f"collaborations/{collaboration['id']}/move/", {"stage": "published"})


def prepare_next(brand: Client, brand_id: int, candidates: Sequence[dict[str, Any]]) -> None:
    """Begin a second campaign that is still being talked about: something to move along the board."""
    today = datetime.now(UTC).date()
    campaign = brand.post(
        "campaigns/",
        {
            "brand": brand_id,
            "name": "Holiday gift set",
            "state": "planned",
            "markets": ["US", "NL"],
            "landing_url": LANDING,
            "currency": "USD",
            "budget_minor": 900_000,
            "starts_on": (today + timedelta(days=14)).isoformat(),
        },
    )
    for number, candidate in enumerate(candidates[:7]):
        begun = brand.post("collaborations/", {"campaign": campaign["id"], "creator": candidate["creator"]})
        path = f"collaborations/{begun['id']}/"
        brand.post(f"{path}move/", {"stage": _TALKS[number % len(_TALKS)]})
        due = today + timedelta(days=2 * number - 2)
        brand.patch(path, {"due_on": due.isoformat()})


_TALKS = ("to_contact", "contacted", "contacted", "negotiating")

CAPTIONS = (
    "#ad My skin after two weeks with @lumenskin glow serum: calmer, softer, no filter. Link in bio.",
    "Two weeks with the @lumenskin serum and my cheeks stopped stinging. Honestly obsessed. Use my code!",
    "Anzeige | Mein Morgen mit dem Glow Serum von @lumenskin, Code im Profil.",
    "Collab with @lumenskin: unboxing the glow serum everyone talks about.",
    "Paid partnership with @lumenskin. Here is how I layer the glow serum.",
)


def _post_url(platform: str, handle: str, number: int) -> str:
    """Return the address of an invented post of the right form."""
    code = f"Kol{number:08}"
    return {
        "instagram": f"https://www.instagram.com/p/{code}/",
        "tiktok": f"https://www.tiktok.com/@{handle}/video/73{number:017}",
        "youtube": f"https://www.youtube.com/watch?v={code}",
    }.get(platform, f"https://{platform}.example/{code}")
