"""Exceptions as JSON answers."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler


def explain_exception(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into a JSON answer and undo what the view wrote."""
    if isinstance(exc, DjangoValidationError):
        exc = exceptions.ValidationError(exc.message_dict if hasattr(exc, "error_dict") else exc.messages)
    if isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    response = exception_handler(exc, context)
    if transaction.get_connection().in_atomic_block:
        transaction.set_rollback(True)
    return response
