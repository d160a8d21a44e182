"""Everything that is derived from the installation's secret: click ids, stored names of customers, sealed secrets."""

import base64
import hashlib
import hmac
import struct
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken

KEY_ID = 1
# As long as the longest window a campaign may have (365 days).
LIFETIME = 366 * 86_400
_BODY = struct.Struct(">16sBHI")
_MAC = 16
_TEXT = -(-(_BODY.size + _MAC) * 4 // 3)


class Refused(StrEnum):
    """Why a click id is not believed."""

    MALFORMED = "malformed"
    FORGED = "forged"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Click:
    """A click as its landing page reports it."""

    id: UUID
    version: int
    expires: int


class Keys:
    """The keys derived from one secret."""

    def __init__(self, secret: str) -> None:
        self._click = hashlib.sha256(b"kolhub.click" + secret.encode()).digest()
        self._customer = hashlib.sha256(b"kolhub.customer" + secret.encode()).digest()
        self._ids = hashlib.sha256(b"kolhub.ids" + secret.encode()).digest()
        self._cipher = Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"kolhub.sources" + secret.encode()).digest()))

    def sign_click(self, organization_id: int, click: UUID, version: int, now: float) -> str:
        """Return the click id for the landing page: 52 URL-safe characters, bound to the organization."""
        body = _BODY.pack(click.bytes, KEY_ID, version & 0xFFFF, int(now) + LIFETIME)
        return base64.urlsafe_b64encode(body + self._click_mac(organization_id, body)).rstrip(b"=").decode()

    def read_click(self, organization_id: int, text: str, now: float) -> Click | Refused:
        """Check a click id that a page reported. It is believed only within its organization and before its expiry."""
        if len(text) != _TEXT:
            return Refused.MALFORMED
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except ValueError:
            return Refused.MALFORMED
        body, mac = raw[: _BODY.size], raw[_BODY.size :]
        if not hmac.compare_digest(mac, self._click_mac(organization_id, body)):
            return Refused.FORGED
        click, key_id, version, expires = _BODY.unpack(body)
        if key_id != KEY_ID:
            return Refused.FORGED
        if now > expires:
            return Refused.EXPIRED
        return Click(UUID(bytes=click), version, expires)

    def _click_mac(self, organization_id: int, body: bytes) -> bytes:
        return hmac.digest(self._click, struct.pack(">q", organization_id) + body, "sha256")[:_MAC]

    def customer(self, organization_id: int, told: str) -> str:
        """Return the name under which a customer is kept: an e-mail or id, or its SHA-256 in hex, hashed with our key.

        Hashing what is already hashed leads a browser's hash and a server's plain e-mail to the same name.
        """
        plain = told.strip().casefold()
        is_hash = len(plain) == 64 and all(letter in "0123456789abcdef" for letter in plain)
        inner = plain if is_hash else hashlib.sha256(plain.encode()).hexdigest()
        return hmac.digest(self._customer, f"{organization_id}:{inner}".encode(), "sha256").hex()[:40]

    def derive_id(self, *parts: object) -> UUID:
        """Return the id that these parts always get, and that nobody without the secret can foresee."""
        digest = hmac.digest(self._ids, "\x1f".join(map(str, parts)).encode("utf-8", "replace"), "sha256")
        return UUID(bytes=digest[:16], version=5)

    def visitor_of_the_day(self, salt: bytes, organization_id: int, address: str, agent: str) -> str:
        """Return a visitor id that ends with its day: nothing is kept on the device, and the salt is deleted."""
        text = f"{organization_id}\x1f{address}\x1f{agent}".encode("utf-8", "replace")
        return "d" + hmac.digest(salt, text, "sha256").hex()[:31]

    def unseal(self, sealed: str) -> str | None:
        """Return a source's secret; None where this installation's key does not open it."""
        try:
            return self._cipher.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None
