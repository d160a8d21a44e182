"""Exceptions as JSON answers."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler


def explain_exception(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into a JSON answer and undo what the view wrote."""
    if isinstance(exc, DjangoValidationError):
        exc = exceptions.ValidationError(exc.message_dict if hasattr(exc, "error_dict") else exc.messages)
    if isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    if isinstance(exc, DataError):
        # A number, date or time zone that passed as one and that PostgreSQL cannot hold.
        exc = exceptions.ValidationError({"detail": "A value is out of range."})
    response = exception_handler(exc, context)
    if transaction.get_connection().in_atomic_block:
        transaction.set_rollback(True)
    return response


def refused_by(form: BaseForm) -> exceptions.ValidationError:
    """Return a form's complaints in the shape that a serializer's have: {field: [sentence]}."""
    names = {"__all__": "non_field_errors"}
    return exceptions.ValidationError(
        {names.get(field, field): [str(said) for said in complaints] for field, complaints in form.errors.items()}
    )


# ---- answers from before or after any view ----


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404, to a machine as JSON."""
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": "Not found."}, status=404)
    return defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400, to a machine as JSON."""
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": "The request cannot be read."}, status=400)
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, to a machine as JSON, and say nothing of what happened."""
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": "Something went wrong. It has been written down."}, status=500)
    return defaults.server_error(request)
