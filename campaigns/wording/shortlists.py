"""The sentences behind the codes of campaigns/matching, in the reader's language.

Parameters were kept as values when the shortlist was drawn; numbers, dates and names take the reader's form here.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from kolhub.roster.wording import PRICE_FORMATS
from kolhub.templatetags.kolhub import (
    category_label,
    compact,
    country_name,
    language_label,
    money,
    percent,
    platform_label,
)

REASONS: Final[Mapping[str, Any]] = {
    "topic_terms": _("Their own words meet the brief: %(terms)s"),
    "topic_some": _("Parts of their own words meet the brief"),
    "topic_none": _("Nothing in their own words meets the brief"),
    "category_first": _("Their main category is asked for: %(categories)s"),
    "category_further": _("One of their categories is asked for: %(categories)s"),
    "category_other": _("Their categories are not asked for: %(categories)s"),
    "market_audience": _("Most of the audience is in %(country)s"),
    "market_home": _("Based in %(country)s; where the audience is, is not known"),
    "market_audience_elsewhere": _("Based in %(country)s, but most of the audience is in %(audience)s"),
    "market_elsewhere": _("Outside the markets: %(country)s"),
    "language_shared": _("Speaks a language of the brief: %(languages)s"),
    "language_other": _("Speaks other languages: %(languages)s"),
    "platform_suits": _("%(platform)s suits the goal “%(goal)s”"),
    "platform_suits_less": _("%(platform)s suits the goal “%(goal)s” less than others"),
    "reach_above": _("%(followers)s followers, more than %(share)s of creators on %(platform)s (%(dated)s)"),
    "reach_below": _("%(followers)s followers, fewer than %(share)s of creators on %(platform)s (%(dated)s)"),
    "engagement_above": _(
        "Engagement %(rate)s is higher than %(share)s of creators of this size on %(platform)s (%(dated)s)"
    ),
    "engagement_below": _(
        "Engagement %(rate)s is lower than %(share)s of creators of this size on %(platform)s (%(dated)s)"
    ),
    "views_above": _(
        "Average views are %(rate)s of followers, more than %(share)s of creators of this size on %(platform)s"
        " (%(dated)s)"
    ),
    "views_below": _(
        "Average views are %(rate)s of followers, less than %(share)s of creators of this size on %(platform)s"
        " (%(dated)s)"
    ),
    "fresh": _("The numbers are recent: %(age)s old (%(on)s)"),
    "stale": _("The numbers are %(age)s old (%(on)s)"),
    "price_share": _("Asks for %(amount)s (%(format)s), %(share)s of the budget"),
    "past_outcomes": _(
        "Returned %(roas)s for each 1 spent in %(collaborations)s; counted as %(shrunk)s, drawn towards your average"
        " of %(mean)s because few results are partly luck"
    ),
    "complete": _("%(share)s of what the brief asks is known"),
    "incomplete": _("Only %(share)s of what the brief asks is known"),
    "unknown_topic": _("They say nothing of themselves that could be read"),
    "unknown_category": _("Their category is not known"),
    "unknown_market": _("Neither their country nor their audience's is known"),
    "unknown_language": _("Their language is not known"),
    "unknown_platform": _("How this platform serves the goal is not known"),
    "unknown_reach": _("Their followers are not known"),
    "unknown_engagement": _("Their engagement is not known"),
    "unknown_views": _("Their average views are not known"),
    "unknown_fresh": _("The numbers have no date"),
    "unknown_price": _("Their price is not known"),
    "unknown_price_currency": _("Asks for %(amount)s; the budget is in %(wanted)s, so the two were not compared"),
    "unknown_peers": _("Too few creators of this size on %(platform)s to compare with"),
    "unknown_past": _("They have no results with you yet"),
    "unknown_complete": _("What is known was not counted"),
}

# Reasons that tell a price or a result: not for members who may not see money.
ABOUT_MONEY: Final = ("price_share", "unknown_price_currency", "past_outcomes")

# Why the draw went another way than was asked for, or what to keep in mind about all of it.
NOTES: Final[Mapping[str, Any]] = {
    "too_few_outcomes": _(
        "The learned ranker needs results of at least %(min_outcomes)s collaborations from %(min_briefs)s briefs; there"
        " are %(outcomes)s from %(briefs)s. The weighted score was used."
    ),
    "not_better": _(
        "The learned ranker (version %(version)s) did not beat the weighted score on briefs it had not seen"
        " (nDCG %(learned)s against %(weighted)s). The weighted score was used."
    ),
    "market_unknown": _("%(count)s of the candidates have no known market; they were kept and marked “not sure”."),
    "no_outcomes": _("No results of earlier collaborations yet: history played no part."),
    "failed": _(
        "The shortlist could not be drawn. It was tried %(attempts)s times; draw again, or tell whoever runs this."
    ),
}

FUNNEL: Final[Mapping[str, Any]] = {
    "considered": _("Creators you can see"),
    "do_not_contact": _("Marked “do not contact”"),
    "must_not": _("Something the brief rules out is in their name, words or tags"),
    "no_profile": _("No profile on any platform"),
    "platform": _("Not on the platforms asked for"),
    "followers_unknown": _("Followers not known, though the brief sets a range"),
    "followers": _("Followers outside the range"),
    "market": _("Known to be in other markets"),
    "category": _("Known to be in other categories"),
    "price": _("Ask for more than the whole budget"),
    "limit": _("Beyond the number that is compared at once (other categories first, then the least followed)"),
    "kept": _("Compared with each other"),
}

RANKERS: Final[Mapping[str, Any]] = {
    "weighted": _("Weighted score"),
    "learned": _("Learned from your results"),
    "followers": _("Most followers of the category"),
}

FEATURES: Final[Mapping[str, Any]] = {
    "topic": _("Topic"),
    "category": _("Category"),
    "market": _("Market"),
    "language": _("Language"),
    "platform": _("Platform and goal"),
    "reach": _("Reach"),
    "engagement": _("Engagement"),
    "views": _("Views per follower"),
    "fresh": _("Freshness of the numbers"),
    "price": _("Price"),
    "past": _("Earlier results"),
    "complete": _("Completeness"),
}

_GOALS: Final[Mapping[str, Any]] = {
    "awareness": _("Awareness"),
    "launch": _("Launch"),
    "sales": _("Sell-through"),
    "content": _("Content"),
}

_PROVENANCE: Final[Mapping[str, Any]] = {
    "claimed": _("claimed by %(source)s"),
    "measured": _("measured, %(source)s"),
}
_PROVENANCE_ALONE: Final[Mapping[str, Any]] = {"claimed": _("claimed"), "measured": _("measured")}


def say_reason(reason: Mapping[str, Any]) -> str:
    """Return a reason as a sentence; its bare code where there is none (a shortlist drawn by a newer version)."""
    return _say(REASONS, reason)


def say_note(note: Mapping[str, Any]) -> str:
    """Return a note about the draw as a sentence."""
    return _say(NOTES, note)


def _say(templates: Mapping[str, Any], coded: Mapping[str, Any]) -> str:
    template = templates.get(coded["code"])
    if template is None:
        return str(coded["code"])
    return str(template) % _Shown(coded.get("params") or {})


class _Shown(dict[str, str]):
    """The parameters as a reader sees them, made when a sentence asks for one."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__()
        self.params = params

    def __missing__(self, name: str) -> str:
        maker = _MAKERS.get(name)
        return maker(self.params) if maker else _plain(self.params.get(name))


def _plain(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(number_format(value))
    return "" if value is None else str(value)


def _joined(params: Mapping[str, Any], name: str, label: Callable[[str], str]) -> str:
    return pgettext("between the items of a list", ", ").join(str(label(item)) for item in params.get(name, ()))


def _day(value: str | None) -> str:
    """Return the date as ISO 8601: 03/04 means two days in two countries."""
    return value or gettext("without a date")


def _dated(params: Mapping[str, Any]) -> str:
    provenance, source = params.get("provenance", ""), params.get("source", "")
    template = (_PROVENANCE if source else _PROVENANCE_ALONE).get(provenance)
    told = str(template) % {"source": source} if template else source
    return ", ".join(filter(None, (_day(params.get("on")), told)))


def _age(params: Mapping[str, Any]) -> str:
    days = int(params.get("days", 0))
    if days < 60:
        return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
    if days < 730:
        months = round(days / 30.44)
        return ngettext("%(count)s month", "%(count)s months", months) % {"count": months}
    return gettext("%(count)s years") % {"count": number_format(days / 365.25, 1)}


def _collaborations(params: Mapping[str, Any]) -> str:
    count = int(params.get("collaborations", 0))
    return ngettext("%(count)s collaboration", "%(count)s collaborations", count) % {"count": count}


_MAKERS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "terms": lambda params: _joined(params, "terms", str),
    "categories": lambda params: _joined(params, "categories", category_label),
    "languages": lambda params: _joined(params, "languages", language_label),
    "country": lambda params: country_name(params.get("country", "")),
    "audience": lambda params: country_name(params.get("audience", "")),
    "platform": lambda params: platform_label(params.get("platform", "")),
    "goal": lambda params: str(_GOALS.get(params.get("goal", ""), params.get("goal", ""))),
    "followers": lambda params: compact(params.get("followers")),
    "share": lambda params: percent(params.get("share"), 0),
    "rate": lambda params: percent(params.get("value"), 2),
    "amount": lambda params: money(params.get("amount_minor"), params.get("currency", "")),
    "format": lambda params: str(PRICE_FORMATS.get(str(params.get("format")), gettext("any format"))),
    "on": lambda params: _day(params.get("on")),
    "age": _age,
    "dated": _dated,
    "collaborations": _collaborations,
}
