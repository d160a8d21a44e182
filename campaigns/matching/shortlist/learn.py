"""Choose the ranker of a draw, and teach the learned one from what collaborations returned."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max

from campaigns.matching.rankers import LearnedScore, Ranker, WeightedScore, find_ranker
from campaigns.matching.rankers.learned import MIN_BRIEFS, MIN_OUTCOMES
from campaigns.matching.reasons import Reason
from campaigns.matching.train import Lesson, enough, lesson_of, train
from campaigns.models import Outcome, RankerVersion, Shortlist, ShortlistEntry


def choose_ranker(shortlist: Shortlist, now: datetime) -> tuple[Ranker, str, list[Reason]]:
    """Return the ranker to use, its version, and why it is not the one asked for (where it is not)."""
    asked = find_ranker(shortlist.options.get("ranker", WeightedScore.key))
    if not asked.learns:
        return asked(), "", []
    lessons = load_lessons(shortlist.organization_id)
    if not enough(lessons):
        told = {"outcomes": sum(len(lesson.roas) for lesson in lessons), "briefs": len(lessons)}
        needed = {"min_outcomes": MIN_OUTCOMES, "min_briefs": MIN_BRIEFS}
        return WeightedScore(), "", [{"code": "too_few_outcomes", "params": {**told, **needed}}]
    version = train_ranker(shortlist.organization_id, now, lessons)
    learned = LearnedScore.from_json(version.parameters)
    if version.promoted and learned is not None:
        return learned, str(version.version), []
    told = {"version": version.version, **{name: round(version.metrics[name], 3) for name in ("learned", "weighted")}}
    return WeightedScore(), "", [{"code": "not_better", "params": told}]


def load_lessons(organization_id: int) -> list[Lesson]:
    """Return what was known of collaborating creators when they were shortlisted, and what came of them, by brief."""
    outcomes = (
        Outcome.objects.filter(organization_id=organization_id, cost_minor__gt=0)
        .exclude(collaboration__campaign__brief=None)
        .values_list("collaboration__campaign__brief_id", "collaboration__creator_id", "credited_minor", "cost_minor")
    )
    roas = {(brief, creator): credited / cost for brief, creator, credited, cost in outcomes}
    entries = (
        ShortlistEntry.objects.filter(
            organization_id=organization_id, shortlist__brief_id__in={brief for brief, _creator in roas}
        )
        .exclude(features={})
        .order_by("pk")
        .values_list("shortlist__brief_id", "shortlist__brief__goal", "creator_id", "features")
    )
    newest = {(brief, creator): (goal, known) for brief, goal, creator, known in entries if (brief, creator) in roas}
    by_brief: dict[tuple[int, str], list[tuple[dict[str, Any], float]]] = defaultdict(list)
    for (brief, creator), (goal, known) in newest.items():
        by_brief[brief, goal].append((known, roas[brief, creator]))
    return [
        lesson_of(brief, goal, [known for known, _value in rows], [value for _known, value in rows])
        for (brief, goal), rows in sorted(by_brief.items())
    ]


def train_ranker(organization_id: int, now: datetime, lessons: Sequence[Lesson]) -> RankerVersion:
    """Return the newest version, trained again where there are other outcomes than it knew. ValueError: too few."""
    versions = RankerVersion.objects.filter(organization_id=organization_id, ranker=LearnedScore.key)
    newest: RankerVersion | None = versions.order_by("-version").first()
    rows = sum(len(lesson.roas) for lesson in lessons)
    if newest is not None and (newest.rows, newest.briefs) == (rows, len(lessons)):
        return newest
    trained = train(lessons)
    version: RankerVersion = RankerVersion.objects.create(
        organization_id=organization_id,
        ranker=LearnedScore.key,
        version=(versions.aggregate(newest=Max("version"))["newest"] or 0) + 1,
        rows=trained.rows,
        briefs=trained.briefs,
        metrics=trained.metrics,
        parameters=trained.ranker.to_json(),
        promoted=trained.is_better,
        trained_at=now,
    )
    return version
