"""Find what ties a post to a seller: our codes and links, affiliate links, purchase hooks, coupon phrases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from urllib.parse import parse_qsl, urlsplit

from .document import Document, Span, bounded, find
from .lexicon import DATA, read_yaml
from .normalise import fold, fold_pattern
from .patterns import MAX_HITS, Gate, Phrase, compile_phrase
from .post import Connection, Post


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of a connection. `sort`: our_code, our_link, affiliate_link, shop_link, hook, coupon, weak_link,
    brand_tag. `span` is None for a link that came apart from the text; `detail` is the code, host or network."""

    sort: str
    detail: str
    span: Span | None


PROOFS = ("our_code", "our_link", "affiliate_link")
SELLING = (*PROOFS, "shop_link", "hook", "coupon")


@dataclass(frozen=True, slots=True)
class _Rule:
    net: str
    host: re.Pattern[str]
    path: re.Pattern[str] | None
    param: re.Pattern[str] | None
    shop: bool


@dataclass(frozen=True, slots=True)
class _Book:
    rules: tuple[_Rule, ...]
    shop: re.Pattern[str]
    weak_host: re.Pattern[str]
    weak_param: re.Pattern[str]
    hooks: tuple[Phrase, ...]
    hook_gate: Gate
    coupons: tuple[re.Pattern[str], ...]
    coupon_gate: Gate


@lru_cache(maxsize=1)
def link_book() -> _Book:
    """Load and compile data/links.yaml."""
    data = read_yaml(DATA / "links.yaml")

    def compiled(source: str | None) -> re.Pattern[str] | None:
        return re.compile(source) if source else None

    rules = tuple(
        _Rule(
            row["net"],
            re.compile(row["host"]),
            compiled(row.get("path")),
            compiled(row.get("param")),
            bool(row.get("shop")),
        )
        for row in (*data["redirect"], *data["storefront"], *data["param"])
    )
    hooks = tuple(compile_phrase(source) for source in data["hooks"])
    plain = [compile_phrase(source.replace("(?P<code>", "(?:")) for source in data["coupons"]]
    named = [fold_pattern(source).replace("(?p<", "(?P<") for source in data["coupons"]]
    return _Book(
        rules,
        re.compile(data["shop"]),
        re.compile(data["weak_host"]),
        re.compile(data["weak_param"]),
        hooks,
        Gate([hook.needles for hook in hooks]),
        tuple(re.compile(source) for source in named),
        Gate([phrase.needles for phrase in plain]),
    )


def find_signs(document: Document, post: Post, connection: Connection) -> tuple[Sign, ...]:
    """Find every sign of a connection, in no particular order; each link counts for its strongest meaning."""
    book = link_book()
    found = list(_codes(document, connection))
    for url, span in _links(document, post):
        found.extend(_read_link(url, span, connection, book))
    for number in book.hook_gate.open(document.text):
        found.extend(Sign("hook", "", document.span(*place)) for place in book.hooks[number].find(document))
    ours = {sign.detail.casefold() for sign in found}
    for number in book.coupon_gate.open(document.text):
        for match in islice(book.coupons[number].finditer(document.text), MAX_HITS):
            if re.search(r"\d", match["code"]) and match["code"] not in ours:
                found.append(Sign("coupon", match["code"], document.span(*match.span("code"))))
    tags = list(document.handles[:16]) if not connection.known else []
    found.extend(Sign("brand_tag", "", document.span(*place)) for place in tags)
    return tuple(found)


def _codes(document: Document, connection: Connection) -> list[Sign]:
    """Find the campaign's own coupon codes as whole words."""
    found = []
    for code in connection.coupon_codes:
        folded = fold(code.strip()).text
        for start, end in find(document.text, folded, 16) if len(folded) > 2 else ():
            if bounded(document.text, start, end):
                found.append(Sign("our_code", code, document.span(start, end)))
    return found


def _links(document: Document, post: Post) -> list[tuple[str, Span | None]]:
    """List the links in the texts with their spans, then those given apart that the texts do not show."""
    found: list[tuple[str, Span | None]] = [
        (document.text[start:end].rstrip(".,;:!?…'"), document.span(start, end)) for start, end in document.urls[:128]
    ]
    seen = {url for url, _ in found}
    apart = (fold(url).text.strip() for url in post.links[:128])
    return found + [(url, None) for url in apart if url not in seen]


def _read_link(url: str, span: Span | None, connection: Connection, book: _Book) -> list[Sign]:
    try:
        parts = urlsplit(url if "//" in url[:9] else f"//{url}")
        host, query = parts.hostname or "", parse_qsl(parts.query, keep_blank_values=True, max_num_fields=64)
    except ValueError:  # an address that no browser would follow either
        return []
    host = host.removeprefix("www.")
    ours = [ours for ours in connection.our_hosts if _same_host(host, ours)]
    if ours:
        return [Sign("our_link", ours[0], span)]
    params = [name for name, _ in query] + [f"{name}={value}" for name, value in query]
    for rule in book.rules:
        if not rule.host.fullmatch(host) or (rule.path is not None and not rule.path.search(parts.path)):
            continue
        if rule.param is None or any(rule.param.fullmatch(param) for param in params):
            signs = [Sign("affiliate_link", rule.net, span)]
            return [*signs, Sign("shop_link", host, span)] if rule.shop else signs
    if book.shop.fullmatch(host):
        return [Sign("shop_link", host, span)]
    weak = book.weak_host.fullmatch(host) or any(book.weak_param.fullmatch(name) for name, _ in query)
    return [Sign("weak_link", host, span)] if weak else []


def _same_host(host: str, ours: str) -> bool:
    ours = ours.strip().lower().removeprefix("https://").removeprefix("http://").removeprefix("www.").split("/")[0]
    return bool(ours) and (host == ours or host.endswith(f".{ours}"))
