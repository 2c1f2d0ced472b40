"""Django's settings, all derived from `env.py`."""

import logging
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from okno.config import databases, env, keyfile
from okno.kit import crypto, logs
from okno.kit.csp import CSP

ENV = env.load()
PACKAGE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR: Path = ENV["OKNO_DATA_DIR"].resolve()

# Empty for the few commands that need none; the others are refused without one.
SECRET_KEY = keyfile.read(ENV)
SECRET_KEY_FALLBACKS = ENV["OKNO_SECRET_KEY_OLD"]
crypto.use_key(SECRET_KEY, *SECRET_KEY_FALLBACKS)
DEBUG = ENV["OKNO_DEBUG"]
DATABASES = {
    "default": databases.postgresql(ENV["OKNO_DATABASE_URL"])
    if ENV["OKNO_DATABASE_URL"]
    else databases.sqlite(DATA_DIR)
}
FILES_DIR = DATA_DIR / "files"
# There while a restore is on its way: what would go out is not held yet.
UNFINISHED_RESTORE = DATA_DIR / "restore.unfinished"

_host, _port = ENV["OKNO_BIND"] or ("127.0.0.1", 8000)
PUBLIC_URL: str = ENV["OKNO_PUBLIC_URL"] or (
    f"http://{'localhost' if _host in ('127.0.0.1', '0.0.0.0', '::1', '::') else _host}:{_port}"
)
ALLOWED_HOSTS = [
    urlsplit(PUBLIC_URL).hostname or "localhost",
    "localhost",
    "127.0.0.1",
    "[::1]",
    *ENV["OKNO_ALLOWED_HOSTS"],
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
_secure = PUBLIC_URL.startswith("https://")

INSTALLED_APPS = [
    "okno.config",
    "okno.console",
    "okno.api",
    "okno.portal",
    "okno.channels",
    "okno.automation",
    "okno.desk",
    "okno.contacts",
    "okno.access",
    "okno.spine",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "okno.config.clean.CleanUnicode",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "okno.config.packing.Packed",
    "okno.kit.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "okno.console.middleware.Guard",
]
ROOT_URLCONF = "okno.config.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"i18n": "okno.kit.i18n_tags"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "okno.kit.csp.csp",
                "okno.console.context.console",
            ],
        },
    }
]

# Limits are counted where they are met: in the process that serves the page.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "okno.console.accounts.Adapter"
ACCOUNT_LOGOUT_ON_GET = False
# Guesses are counted by access.limits alone.
ACCOUNT_RATE_LIMITS = False
MFA_RATE_LIMITS = False
MFA_ADAPTER = "okno.console.factors.Adapter"
MFA_FORMS = {
    "authenticate": "okno.console.factors.CodeForm",
    "authenticate_webauthn": "okno.console.factors.PasskeyStep",
    "login_webauthn": "okno.console.factors.PasskeySignIn",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False
# A phone's clock may be half a minute off (RFC 6238 section 5.2).
MFA_TOTP_TOLERANCE = 1
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/sign-in/"

# With https the name itself forbids another host of the domain to set it (RFC 6265bis 4.1.3.2).
_prefix = "__Host-" if _secure else ""
SESSION_ENGINE = "okno.access.sessions"
SESSION_COOKIE_NAME = f"{_prefix}okno_console"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _secure
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# Never longer; `access.sessions` ends a session that nobody uses sooner.
SESSION_COOKIE_AGE = 30 * 24 * 3600
CSRF_FAILURE_VIEW = "okno.console.views.door.too_old"
CSRF_COOKIE_NAME = f"{_prefix}okno_csrf"
CSRF_COOKIE_HTTPONLY = True
ZONE_COOKIE_NAME = "okno_zone"
DEVICE_COOKIE_NAME = f"{_prefix}okno_device"
SECURE_CONTENT_TYPE_NOSNIFF = True
# Of this name alone: other hosts of the domain are not ours to promise for (RFC 6797 section 6.1).
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _secure else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Scripts only by the nonce of their page: a file of ours that a stranger brought has none.
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.NONCE],
    "worker-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
if ENV["OKNO_TRUSTED_PROXY"]:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024 * 1024

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ru", _("Russian"))]
LOCALE_PATHS = [PACKAGE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Before the first line is written, whoever writes it.
logging.setLogRecordFactory(logs.Record)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"calm": {"()": logs.Calm}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["calm"]}
    },
    "root": {"handlers": ["stderr"], "level": ENV["OKNO_LOG_LEVEL"].upper()},
    "loggers": {
        "httpx": {"level": "WARNING"},
        # In detail these repeat what servers say back: cookies, and passwords that they refuse.
        "httpcore": {"level": "WARNING"},
        "imapclient": {"level": "WARNING"},
        "mail.log": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
    },
}
