"""Django's settings. Everything an administrator may want to change is in the environment (docs/configuration.md) or in
the admin; this file holds what does not change between installations."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from lynkr_site import logs
from lynkr_site.embedded.servers import addresses
from lynkr_site.env import REPOSITORY, env

LYNKR = env()  # the typed environment, for whoever needs more than Django's names
SERVERS = addresses(LYNKR)

DEBUG = False
SECRET_KEY = LYNKR.secret_key
ALLOWED_HOSTS = list(LYNKR.allowed_hosts)
ROOT_URLCONF = "lynkr_site.urls"
ASGI_APPLICATION = "lynkr_site.asgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"

INSTALLED_APPS = [
    "unfold.contrib.filters",
    "unfold",  # before the admin, whose templates it replaces
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_prometheus",
    "channels",
    "ninja",  # the API page's scripts, so that it asks no other host
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "accounts",
    "accounts.sso",
    "routing",
    "gateway",
    "caching",
]

MIDDLEWARE = [
    "lynkr_site.requests.request_ids",
    "lynkr_site.health.probes",  # before anything looks at the host
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "lynkr_site.static.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.audit.middleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [REPOSITORY / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"portal": "gateway.portal.words"},
        },
    }
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]


def database(url: str | None, pool: int) -> dict[str, Any]:
    """Django's description of the database at `url`; query parameters (sslmode, …) are passed to libpq.

    Without a url the description is of no server at all: commands that need none work, others fail saying so.
    """
    parts = urlsplit(url or "postgresql://127.0.0.1:1/lynkr")
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "lynkr",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", unquote(parts.hostname or "")),
        "PORT": str(parts.port or ""),
        # Under ASGI, CONN_MAX_AGE leaks a connection per thread: a pool instead (measured; Django's documentation agrees).
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": pool, "timeout": 3.0}, "connect_timeout": 5, **query},
    }


DATABASES = {"default": database(SERVERS.database_url, LYNKR.db_pool)}

if SERVERS.redis_url:
    CHANNEL_LAYERS: dict[str, Any] = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [SERVERS.redis_url], "prefix": "lynkr:channels"},
        }
    }
    CACHES: dict[str, Any] = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": SERVERS.redis_url,
            "KEY_PREFIX": "lynkr:cache",
            "OPTIONS": {
                "socket_timeout": 2,
                "socket_connect_timeout": 2,
            },  # signing in must not wait for a frozen server
        }
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

STATIC_URL = "static/"
STATICFILES_DIRS = [path] if (path := REPOSITORY / "static").is_dir() else []
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

# Without a mail server nothing is sent, and nothing waits for one on this machine.
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if LYNKR.smtp_url else 'dummy'}.EmailBackend"
_SMTP = urlsplit(LYNKR.smtp_url or "")
EMAIL_HOST, EMAIL_PORT = _SMTP.hostname or "", _SMTP.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_SMTP.username or ""), unquote(_SMTP.password or "")
EMAIL_USE_SSL, EMAIL_USE_TLS = _SMTP.scheme == "smtps", _SMTP.scheme == "smtp+tls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = LYNKR.email_from

LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logs.config(LYNKR.log_level, LYNKR.log_format)

_TLS = LYNKR.public_url.startswith("https://")
CSRF_TRUSTED_ORIGINS = [LYNKR.public_url] if _TLS else []
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _TLS else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _TLS
SESSION_COOKIE_NAME = "lynkr_session"
CSRF_COOKIE_NAME = "lynkr_csrf"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
LOGIN_URL = "portal-login"
DATA_UPLOAD_MAX_MEMORY_SIZE = LYNKR.max_body_mb * 1_000_000

AUTHENTICATION_BACKENDS = [
    "accounts.signin.Password",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_REDIRECT_URL = "/portal/"
# Passwords are the admin's; allauth signs in through the identity provider and does nothing else.
SOCIALACCOUNT_ONLY = True
SOCIALACCOUNT_ADAPTER = "accounts.sso.adapter.SignIn"
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_UNIQUE_EMAIL = False
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {"oidc": {"APPS": [], "OAUTH_PKCE_ENABLED": True}}
if LYNKR.oidc_issuer:
    SOCIALACCOUNT_PROVIDERS["oidc"]["APPS"].append(
        {
            "provider_id": "oidc",
            "name": "Single sign-on",
            "client_id": LYNKR.oidc_client_id,
            "secret": LYNKR.oidc_client_secret,
            "settings": {"server_url": LYNKR.oidc_issuer},
        }
    )

# One scrape covers every process; labels stay few.
PROMETHEUS_EXPORT_MIGRATIONS = False

UNFOLD = {
    "SITE_TITLE": "Lynkr",
    "SITE_HEADER": "Lynkr",
    "SITE_SUBHEADER": "LLM gateway",
    "SITE_URL": "/",
    "LOGIN": {"form": "accounts.signin.AdminSignIn"},
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {"show_search": True, "navigation": "lynkr_site.menu.navigation"},
}
