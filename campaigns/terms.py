"""What is agreed with a creator, as values."""

from dataclasses import dataclass
from datetime import date


class TermsError(ValueError):
    """Terms that cannot be confirmed: `field` is where, `code` why, `params` what the sentence needs."""

    def __init__(self, field: str, code: str, /, **params: object) -> None:
        self.field, self.code, self.params = field, code, params
        super().__init__(f"{field}: {code}")


@dataclass(frozen=True, slots=True)
class DeliverableLine:
    """So many pieces of one kind on one platform."""

    platform: str
    kind: str
    quantity: int
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What both sides agree to. Amounts in minor units, shares in hundredths of a percent."""

    deliverables: tuple[DeliverableLine, ...]
    currency: str
    starts_on: date
    ends_on: date | None = None
    fee_minor: int = 0
    commission_bps: int = 0
    usage_rights: str = ""
    exclusivity: str = ""
    ad_code: str = ""
    ad_code_expires_on: date | None = None
    # Of the first confirmation: what it makes; `coupon_code` is the brand's own wish for the code.
    with_link: bool = True
    with_coupon: bool = True
    discount_bps: int = 0
    coupon_code: str = ""
