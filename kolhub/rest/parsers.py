"""Reading a request's body."""

import io
import math
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework import exceptions, status
from rest_framework.parsers import JSONParser
from rest_framework.utils import json


class TooLarge(exceptions.APIException):
    """The body is larger than any honest one."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large."
    default_code = "too_large"


class StrictJSONParser(JSONParser):
    """JSON of bounded size and depth; a name given twice and a number that is none are refused.

    DRF reads a body of any size, answers 500 to one nested deeper than Python's stack, and takes 1e999 for infinity,
    which no column and no answer can hold.
    """

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """Return the body's value; raises ParseError or TooLarge."""
        raw = stream.read(settings.API_MAX_BYTES + 1)
        if len(raw) > settings.API_MAX_BYTES:
            raise TooLarge
        encoding = (parser_context or {}).get("encoding") or settings.DEFAULT_CHARSET
        try:
            text = io.TextIOWrapper(io.BytesIO(raw), encoding=encoding).read()
            return json.loads(text, parse_float=_finite, object_pairs_hook=_once)
        except LookupError:
            raise exceptions.ParseError("The body's charset is not known.") from None
        except RecursionError:
            raise exceptions.ParseError("JSON parse error - nested too deeply.") from None
        except ValueError as trouble:
            raise exceptions.ParseError(f"JSON parse error - {trouble}") from None


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"out of range: {digits[:40]}")
    return number


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found
