"""The page server's entry point (granian, interface wsgi)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kolhub.settings")

application = get_wsgi_application()
