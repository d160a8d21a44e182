"""Settings, read from the environment (docs/deploy.md documents every variable)."""

import secrets
from pathlib import Path

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from kolhub import environment as env

# Lets `ModelForm[Organization]` and the like be written where the class is not generic at run time.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("KOLHUB_DATA_DIR", str(BASE_DIR / "var")))

DEBUG = env.flag("KOLHUB_DEBUG")


def _secret_key() -> str:
    """Return the installation's secret: from the environment, else from its file under the data directory."""
    if given := env.text("KOLHUB_SECRET_KEY"):
        return given
    path = DATA_DIR / "secret.key"
    if path.exists():
        return path.read_text().strip()
    if env.text("DATABASE_URL"):
        raise ImproperlyConfigured("KOLHUB_SECRET_KEY must be set where DATABASE_URL names a server")
    return secrets.token_urlsafe(48)


SECRET_KEY = _secret_key()

WEB_PORT = env.number("KOLHUB_WEB_PORT", 8000)
COLLECTOR_PORT = env.number("KOLHUB_COLLECTOR_PORT", 8001)
# Absolute URLs come from here and never from a request's Host header.
BASE_URL = env.text("KOLHUB_BASE_URL", f"http://127.0.0.1:{WEB_PORT}").rstrip("/")
COLLECTOR_URL = env.text("KOLHUB_COLLECTOR_URL", f"http://127.0.0.1:{COLLECTOR_PORT}").rstrip("/")
# Peers whose X-Forwarded-For is believed by the collector; empty: nobody's.
TRUSTED_PROXIES = env.words("KOLHUB_TRUSTED_PROXIES")

ALLOWED_HOSTS = env.words("KOLHUB_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
HTTPS = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = 14 * 24 * 3600
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "kolhub",
    "campaigns",
    "attribution",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_filters",
    "django_htmx",
    "django_prometheus",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "kolhub.limits.LimitsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kolhub.language.UserLanguageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "kolhub.tenancy.OrganizationMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "kolhub.urls"
WSGI_APPLICATION = "kolhub.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ]
            if not DEBUG
            else [
                "django.template.loaders.filesystem.Loader",
                "django.template.loaders.app_directories.Loader",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kolhub.tenancy.organization_context",
            ],
            "builtins": ["kolhub.templatetags.kolhub"],
        },
    }
]

# `default` is the application's own login; `owner` runs migrations and pruning and is used by nothing else.
_APP_URL = env.text("DATABASE_URL", f"postgresql://kolhub_app@/kolhub?host={DATA_DIR / 'postgres' / 'socket'}")
DATABASES = {
    "default": env.database(_APP_URL, "DATABASE_URL"),
    "owner": env.database(env.text("DATABASE_OWNER_URL", _APP_URL), "DATABASE_OWNER_URL"),
}
DATABASE_ROUTERS: list[str] = []
# The hit server and the sweeper do not go through Django's connections.
HITS_DATABASE_URL = env.text("DATABASE_HITS_URL", _APP_URL)
SWEEPER_DATABASE_URL = env.text("DATABASE_SWEEPER_URL", _APP_URL)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

BROKER_URL = env.text("BROKER_URL", f"redis+socket://{DATA_DIR / 'valkey' / 'valkey.sock'}")
CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_TIME_LIMIT = 1800
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
# Each entry looks at the database for work that a lost message would have started.
CELERY_BEAT_SCHEDULE = {
    "settle-hits": {"task": "attribution.tasks.settle_hits", "schedule": 2.0, "options": {"expires": 10}},
    "attribute": {"task": "attribution.tasks.attribute_waiting", "schedule": 5.0, "options": {"expires": 30}},
    "rosters": {"task": "kolhub.tasks.sweep_rosters", "schedule": 10.0, "options": {"expires": 30}},
    "shortlists": {"task": "campaigns.tasks.sweep_shortlists", "schedule": 10.0, "options": {"expires": 30}},
    "outreach": {"task": "campaigns.tasks.sweep_outreach", "schedule": 15.0, "options": {"expires": 60}},
}

AUTH_USER_MODEL = "kolhub.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = env.text("KOLHUB_EMAIL_VERIFICATION", "optional")
ACCOUNT_ADAPTER = "kolhub.accounts.AccountAdapter"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[KolHub] "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
# Whether strangers may create an account of their own; invitations work either way.
SIGNUP_OPEN = env.flag("KOLHUB_SIGNUP_OPEN", True)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "KolHub"
# WebAuthn needs a secure origin; browsers make an exception for localhost only.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS

DEFAULT_FROM_EMAIL = env.text("KOLHUB_FROM_EMAIL", "KolHub <kolhub@localhost>")
if env.text("EMAIL_URL"):
    globals().update(env.email(env.text("EMAIL_URL")))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(DATA_DIR / "mail")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["kolhub.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS: list[tuple[str, Path] | Path] = [BASE_DIR / "static"]
for _prefix, _folder in (
    ("vendor/tabler", "@tabler/core/dist"),
    ("vendor/echarts", "echarts/dist"),
    ("vendor/inter", "@fontsource-variable/inter"),
):
    if (BASE_DIR / "node_modules" / _folder).is_dir():
        STATICFILES_DIRS.append((_prefix, BASE_DIR / "node_modules" / _folder))
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# Of anything; a form without its files; a JSON body of the API.
REQUEST_MAX_BYTES = 100 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
API_MAX_BYTES = 2 * 1024 * 1024
# A query of a page or of the API that takes longer is ended: nobody waits that long, and the next ones need the server.
REQUEST_QUERY_SECONDS = 30
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
ROSTER_MAX_BYTES = 20 * 1024 * 1024

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "kolhub.rest.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["kolhub.rest.authentication.MayCall"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "kolhub.rest.parsers.StrictJSONParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "kolhub.rest.pages.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "kolhub.rest.errors.explain_exception",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "KolHub API",
    "DESCRIPTION": "KOL matching and campaign attribution whose numbers reconcile. Amounts are integers of minor units "
    "beside an ISO 4217 currency, times UTC in ISO 8601, shares hundredths of a percent. docs/api.md tells the rest.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": r"/api/v1(/o/\{organization\})?",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "kolhub.rest.schema.describe_refusals",
    ],
    # Names for choices that several nouns call alike (kind, state, …), or that nest in lists.
    "ENUM_NAME_OVERRIDES": {
        "Category": "kolhub.roster.categories.CATEGORIES",
        "ConversionKind": "attribution.models.Conversion.Kind",
        "ConversionState": "attribution.models.Conversion.State",
        "DeliverableKind": "campaigns.models.Deliverable.Kind",
        "SourceKeyKind": "attribution.models.SourceKey.Kind",
        "ContactKind": "kolhub.models.Contact.Kind",
        "CreatorKind": "kolhub.models.Creator.Kind",
        "CampaignState": "campaigns.models.Campaign.State",
        "ShortlistState": "campaigns.models.Shortlist.State",
    },
}

PROMETHEUS_EXPORT_MIGRATIONS = False
SILENCED_SYSTEM_CHECKS = [
    "security.W008",  # TLS is terminated by the proxy in front (docs/deploy.md)
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.text("KOLHUB_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        # Scanners ask for other hosts all day; each would be a traceback of twenty lines.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
