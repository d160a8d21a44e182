"""What a column's values show: shares of links, addresses, countries, handles and numbers among them."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from kolhub.platforms import find_platform, platform_named, platform_of_url
from kolhub.platforms.base import split_url
from kolhub.roster.categories import read_categories
from kolhub.roster.numbers import is_missing, read_number, read_rate
from kolhub.roster.places import country_code, language_code
from kolhub.roster.row import COUNTS
from kolhub.roster.sheets import Cell

_LOGIN = re.compile(r"(?![A-Z]?[a-z]*$)[\w.-]+|[a-z0-9._-]+")
# Beyond this a cell is prose, and patterns with two open ends take their time over it.
LONGEST = 300
_PLAIN_EMAIL = re.compile(r"\S+@\S+\.\w{2,}")


class Values:
    """The sampled cells of one column; every share is of the cells that say something."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = cells
        self.texts = [str(cell).strip()[:LONGEST] for cell in cells if cell is not None and not is_missing(str(cell))]
        self.filled = len(self.texts)

    def share(self, test: Callable[[str], object]) -> float:
        """Return the share of filled cells that pass the test; 0 for an empty column."""
        return sum(1 for text in self.texts if test(text)) / self.filled if self.filled else 0.0

    def share_links(self) -> float:
        """Links of any kind."""
        return self.share(split_url)

    def share_profile_links(self) -> float:
        """Links to a known platform."""
        return self.share(platform_of_url)

    def share_emails(self) -> float:
        """E-mail addresses."""
        return self.share(_PLAIN_EMAIL.fullmatch)

    def share_platforms(self) -> float:
        """Names of platforms; a sole letter is none."""
        return self.share(lambda text: len(text) > 1 and platform_named(text))

    def share_countries(self) -> float:
        """Country names; two-letter codes alone may be anything."""
        return self.share(country_code) if any(len(text) > 2 for text in self.texts) else 0.0

    def share_languages(self) -> float:
        """Language names."""
        return self.share(language_code) if any(len(text) > 3 for text in self.texts) else 0.0

    def share_categories(self) -> float:
        """Cells whose every piece is a known category, unless all cells differ (then they are names)."""
        repeats = len(set(self.texts)) < max(3, self.filled * 0.8)
        return self.share(lambda text: read_categories(text)[0] and not read_categories(text)[1]) if repeats else 0.0

    def share_handles(self, platform: str) -> float:
        """Well-formed handles of the platform, blanks not allowed."""
        reader = find_platform(platform)
        return self.share(lambda text: reader.validate(reader.compact(text)) is None)

    def share_logins(self) -> float:
        """Texts that look typed for a machine: lower case, digits, inner capitals; not Plain or Two Words."""
        return self.share(_LOGIN.fullmatch)

    def share_at_names(self) -> float:
        """Texts that begin with @."""
        return self.share(lambda text: text.startswith(("@", "＠")) and not re.search(r"\s", text))

    def share_numbers(self) -> float:
        """Readable numbers."""
        return self.share(lambda text: read_number(text).value is not None)

    def counts_up(self) -> bool:
        """Tell whether the column only numbers the rows."""
        numbers = [int(text) for text in self.texts if re.fullmatch(r"\d{1,7}(?:\.0)?", text) and "." not in text]
        return len(numbers) == self.filled > 1 and all(b - a == 1 for a, b in pairwise(numbers))

    def largest_bare_rate(self) -> float:
        """Return the largest number written without a percent sign, or 0."""
        found = [read_rate(cell, "ratio").value for cell in self.cells if cell is not None and "%" not in str(cell)]
        return float(max((value for value in found if value is not None), default=0))

    def fit(self, field: str) -> float | None:
        """Return how well the values suit the field, or None when that cannot be told from values."""
        if field in COUNTS:
            return self.share_numbers()
        tests: dict[str, Callable[[], float]] = {
            "email": self.share_emails,
            "profile_url": self.share_links,
            "country": lambda: self.share(country_code),
            "audience_country": lambda: self.share(country_code),
            "language": self.share_languages,
            "platform": self.share_platforms,
            "engagement_rate": lambda: self.share(lambda text: read_rate(text, "percent").value is not None),
            "name": lambda: 1 - self.share_numbers() - self.share_links(),
            "handle": lambda: self.share(lambda text: not re.search(r"\s", text) and read_number(text).value is None),
        }
        return tests[field]() if field in tests and self.filled else None


def platform_of_links(texts: Sequence[str]) -> str:
    """Return the platform that nearly all links belong to, 'several' for more than one, '' for none."""
    found = Counter(platform.key for text in texts if (platform := platform_of_url(text)))
    if not found:
        return ""
    key, times = found.most_common(1)[0]
    return key if times >= sum(found.values()) * 0.95 else "several"


def numeric_twins(first: Sequence[Cell], second: Sequence[Cell]) -> bool:
    """Tell whether two columns write the same numbers, one perhaps shorter: 409.8M and 409800000."""
    agreed = compared = 0
    for left, right in zip(first, second, strict=True):
        one, other = read_number(left), read_number(right)
        if one.value is not None and other.value is not None:
            compared += 1
            agreed += one.agrees_with(other)
    return compared > 0 and agreed >= compared * 0.8
