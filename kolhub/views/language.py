"""Switching the language."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from kolhub.models import User


@require_POST
def switch(request: HttpRequest) -> HttpResponseBase:
    """Set the language cookie, and the user's own language for other devices; go back to the page."""
    wanted = request.POST.get("language", "")
    if isinstance(request.user, User) and wanted in dict(settings.LANGUAGES):
        User.objects.filter(pk=request.user.pk).update(language=wanted)
    return set_language(request)
