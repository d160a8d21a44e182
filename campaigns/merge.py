"""Messages with merge fields: {{creator}}, {{brand}} … replaced by values, and nothing else.

Not a template language on purpose: what users write is never executed.
"""

import re
from collections.abc import Mapping

FIELDS = ("creator", "handle", "brand", "product", "campaign", "sender", "link", "coupon")
_FIELD = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


class MergeError(ValueError):
    """A message that cannot be rendered. `code` is unknown_field, no_value or unclosed; `field` the text between."""

    def __init__(self, code: str, field: str = "") -> None:
        self.code, self.field = code, field
        super().__init__(f"{code}: {field}")


def fields_of(text: str) -> list[str]:
    """Return the merge fields used, in order of first use. Raises MergeError for unknown or unclosed ones."""
    rest = _FIELD.sub("", text)
    if "{{" in rest or "}}" in rest:
        raise MergeError("unclosed", rest[max(0, rest.find("{{")) :][:30] if "{{" in rest else "}}")
    found = [match.strip() for match in _FIELD.findall(text)]
    for name in found:
        if name not in FIELDS:
            raise MergeError("unknown_field", name[:40])
    return list(dict.fromkeys(found))


def render(text: str, values: Mapping[str, str]) -> str:
    """Replace every merge field by its value. Raises MergeError; a field whose value is empty has "no_value"."""
    for name in fields_of(text):
        if not values.get(name):
            raise MergeError("no_value", name)
    return _FIELD.sub(lambda match: values[match.group(1).strip()], text)
