"""Which language a page is in: the user's own on every device, else the browser's cookie or wishes."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation

from kolhub.models import User


class UserLanguageMiddleware:
    """Switch to the language that a logged-in user chose once, wherever that was.

    Stands behind AuthenticationMiddleware; LocaleMiddleware before it has dealt with everybody else.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Who has no session cookie is nobody: do not ask the database.
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            user = request.user
            if isinstance(user, User) and user.language in dict(settings.LANGUAGES):
                translation.activate(user.language)
                request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)
