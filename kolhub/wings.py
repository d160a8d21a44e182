"""What every wing tells the hub, named by a dotted path on its app configuration: the hub imports no wing."""

from typing import Any

from django.apps import apps
from django.utils.module_loading import import_string


def told(name: str) -> list[Any]:
    """Return what the app configurations name under `name`, in the order of INSTALLED_APPS."""
    paths = (getattr(config, name, None) for config in apps.get_app_configs())
    return [import_string(path) for path in paths if isinstance(path, str)]
