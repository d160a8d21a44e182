"""A generated catalog of creators, in one go: names, bios in eight languages, skewed followers, gaps."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import psycopg

PLATFORMS = ("instagram", "tiktok", "youtube", "xiaohongshu", "x")
COUNTRIES = ("US", "BR", "CN", "DE", "JP", "ID", "IN", "GB", "FR", "MX")
CATEGORIES = ("beauty", "fashion", "gaming", "food", "travel", "fitness", "tech", "family", "sports", "music")
SENTENCES = (
    "skincare makeup review honest daily vlog football recipes travel guide summer vegan outfit lipstick serum",
    "测评 护肤 彩妆 美食 探店 旅行 穿搭 健身 コスメ 料理 スキンケア 뷰티 여행 맛집",
    "belleza rutina viajes cocina fútbol beleza maquiagem viagem receitas Schönheit Pflege Reisen Kochen",
    "красота путешествия beauté voyage cuisine",
)
WORDS = [word for sentence in SENTENCES for word in sentence.split()]
CREATOR_COLUMNS = (
    "id, organization_id, name, kind, country, languages, categories, bio, notes, tags, external_ref, search_text,"
    " top_followers, created_at, updated_at"
)
PROFILE_COLUMNS = (
    "organization_id, creator_id, platform, handle, display_name, url, followers, avg_views, avg_likes, avg_comments,"
    " avg_shares, engagement_rate, audience_country, metrics_on, metrics_source, provenance"
)


def rows(count: int, organization: int, first: int, seed: int) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """Yield (creator, profile) rows: one profile each; a fifth without country, a third without engagement."""
    rng = np.random.default_rng(seed)
    followers = np.exp(rng.normal(10.5, 2.0, count)).astype(np.int64) + 100
    rates = np.clip(rng.lognormal(-3.5, 0.8, count), 0, 1)
    today, now = date(2026, 3, 1), "2026-03-01T00:00:00+00:00"
    words = rng.integers(0, len(WORDS), (count, 14))
    picks = rng.integers(0, 2**31, (count, 6))
    for i in range(count):
        number, (a, b, c, d, e, f) = first + i, picks[i].tolist()
        platform = PLATFORMS[a % len(PLATFORMS)]
        country = "" if platform == "tiktok" else COUNTRIES[b % len(COUNTRIES)]
        categories = [CATEGORIES[c % len(CATEGORIES)]] if c % 5 else []
        bio = " ".join(WORDS[w] for w in words[i]) if d % 4 else ""
        name = f"{WORDS[words[i][0]].title()} {number}"
        handle = f"creator{number}"
        search = f"{name} {handle} {' '.join(categories)}".lower()
        yield (
            (number, organization, name, "human", country, [], categories, bio, "", [], "", search, int(followers[i]),
             now, now),
            (organization, number, platform, handle, "", "", int(followers[i]), int(followers[i] * 0.3),
             int(followers[i] * rates[i]), 0, None, None if e % 3 == 0 else float(rates[i]),
             country if f % 2 else "", today - timedelta(days=f % 900), "generated", "claimed"),
        )  # fmt: skip


def fill(owner_url: str, organization: int, count: int, seed: int = 1) -> None:
    """Write `count` creators for the organization, as the tables' owner. COPY is no choice: it refuses row security."""
    with psycopg.connect(owner_url) as connection, connection.cursor() as cursor:
        first = cursor.execute("SELECT coalesce(max(id), 0) + 1 FROM kolhub_creator").fetchone()[0]
        kept = list(rows(count, organization, first, seed))
        for table, columns, side in (("kolhub_creator", CREATOR_COLUMNS, 0), ("kolhub_profile", PROFILE_COLUMNS, 1)):
            marks = ", ".join(["%s"] * (columns.count(",") + 1))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", [pair[side] for pair in kept])
        cursor.execute("SELECT setval(pg_get_serial_sequence('kolhub_creator', 'id'), max(id)) FROM kolhub_creator")
        connection.commit()
        connection.autocommit = True
        cursor.execute("ANALYZE kolhub_creator")
        cursor.execute("ANALYZE kolhub_profile")
