"""What is known of a post before any market looks at it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .claims import Claim
from .document import Document
from .labels import Sayings
from .links import PROOFS, SELLING, Sign
from .post import Connection, Post


@dataclass(frozen=True, slots=True)
class Facts:
    """A post read once: its text, labels, denials, signs of a connection, claims.

    `case_type` is the connection type the post is judged by (`none`, `unknown` included); `proof` is how it is
    known: record, our_code, our_link, affiliate_link, or none. `named_synthetic` is True when nothing artificial
    needs naming or the post names it.
    """

    post: Post
    connection: Connection
    document: Document
    language: str | None
    sayings: Sayings
    signs: tuple[Sign, ...]
    case_type: str
    proof: str
    claims: tuple[Claim, ...]
    named_synthetic: bool

    @property
    def proven(self) -> bool:
        """Tell whether a connection with consideration is proven."""
        return self.proof != "none" and self.case_type not in ("none", "unknown")

    @property
    def selling(self) -> bool:
        """Tell whether the post offers a way to buy: a code, a shop or affiliate link, a basket."""
        return any(sign.sort in SELLING for sign in self.signs)

    @property
    def observed(self) -> bool:
        """Tell whether enough of the post was captured to say that a label is not there."""
        post = self.post
        if post.media in ("video", "live"):
            return post.pictured or post.transcript is not None
        if post.media == "audio":
            return post.transcript is not None
        if post.media == "story":
            return post.frames is not None or post.pictured
        return any(text is not None for text in (post.title, post.caption, post.description)) or bool(
            post.overlay or post.frames or post.ocr_text
        )


def read_connection(connection: Connection, signs: Iterable[Sign]) -> tuple[str, str]:
    """Return (type, proof): the record where there is one, else what our code, our link or an affiliate link proves."""
    sorts = {sign.sort for sign in signs}
    if connection.known and connection.type != "unknown":
        return connection.type, "record"
    for sort in PROOFS:
        if sort in sorts:
            return ("code" if sort == "our_code" else "affiliate"), sort
    return "unknown", "none"
