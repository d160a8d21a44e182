"""Every address of the web server. Other wings are named by string, never imported."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
