"""What every endpoint may answer besides its own success, added to the API's description in one place.

A postprocessing hook of drf-spectacular (settings.SPECTACULAR_SETTINGS).
"""

import re
from typing import Any

_ERRORS: dict[str, Any] = {
    "Problem": {
        "type": "object",
        "description": "Why a request was refused.",
        "properties": {"detail": {"type": "string"}},
        "required": ["detail"],
    },
    "Invalid": {
        "description": "What is wrong, by field; `non_field_errors` where it is no single one. A body or a parameter "
        "that cannot be read at all is a Problem.",
        "oneOf": [
            {"$ref": "#/components/schemas/Problem"},
            {
                "type": "object",
                "additionalProperties": {"$ref": "#/components/schemas/Complaint"},
                "not": {"required": ["detail"], "properties": {"detail": {"type": "string"}}},
            },
            {"type": "array", "items": {"$ref": "#/components/schemas/Complaint"}},
        ],
    },
    "Complaint": {
        "description": "Sentences, or the complaints of a nested field or of the items of a list.",
        "oneOf": [
            {"type": "string"},
            {"type": "array", "items": {"$ref": "#/components/schemas/Complaint"}},
            {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Complaint"}},
        ],
    },
}
_METHODS = {"get", "post", "put", "patch", "delete"}
_WITH_BODY = {"post", "put", "patch"}


def describe_refusals(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the refusals that machinery and access rules give to every operation, and what a page size may be."""
    result.setdefault("components", {}).setdefault("schemas", {}).update(_ERRORS)
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if method in _METHODS:
                _describe(path, method, operation)
    return result


def _describe(path: str, method: str, operation: dict[str, Any]) -> None:
    refusals = {"401": ("Problem", "No valid token or session.")}
    if "{organization}" in path:
        refusals["403"] = ("Problem", "The member's role does not cover this.")
        refusals["404"] = ("Problem", "There is no such thing, or none that the caller may know of.")
    if method in _WITH_BODY:
        refusals["413"] = ("Problem", "The body is too large.")
        refusals["415"] = ("Problem", "The body's media type is not read here.")
    if method in _WITH_BODY or any(each["in"] == "query" for each in operation.get("parameters", [])):
        refusals["400"] = ("Invalid", "Something in the request is not valid; nothing was changed.")
    for status, (schema, description) in refusals.items():
        operation["responses"].setdefault(
            status,
            {
                "description": description,
                "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
            },
        )
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path" and parameter["name"] == "organization":
            parameter["description"] = "The organization's short name, as in the address of its pages."
        elif parameter["in"] == "path" and re.search(r"^(id|pk)$", parameter["name"]):
            parameter["schema"] = {"type": "integer", "minimum": 1}
    operation["responses"] = dict(sorted(operation["responses"].items()))
