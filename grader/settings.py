"""All settings, read from the environment in this one place. docs/reference/settings.md says a line about each.

Everything has a default that works for one machine. DEBUG and the demo are off unless asked for.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from grader import env

BASE_DIR = Path(__file__).resolve().parent.parent
GRADER_HOME = env.folder("GRADER_HOME", BASE_DIR / "var")
if "DATABASE_URL" not in os.environ and "DATABASE_URL_FILE" not in os.environ:
    env.given_by_file(GRADER_HOME / "environment")  # where `./dev up` writes the addresses of its servers while it runs

# Which process this is: web (asgi.py), worker (queue.py) or anything else (manage). It decides pools and time limits.
ROLE = os.environ.get("GRADER_ROLE", "manage")

# ------------------------------------------------------------------ secrets and addresses
SECRET_KEY = env.secret("SECRET_KEY", GRADER_HOME)
GRADER_SITE_SECRET = env.secret("GRADER_SITE_SECRET", GRADER_HOME)  # decides held-out images; change it and regrades differ
DEBUG = env.flag("DEBUG")
GRADER_DEMO = env.flag("GRADER_DEMO")  # demo people with known passwords, one-click log-in
GRADER_PUBLIC_URL = env.text("GRADER_PUBLIC_URL").rstrip("/")  # https://grader.example.org: how people reach us
HTTPS = GRADER_PUBLIC_URL.startswith("https://")
ALLOWED_HOSTS = list(env.words("GRADER_ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]")))
CSRF_TRUSTED_ORIGINS = list(env.words("CSRF_TRUSTED_ORIGINS"))
if GRADER_PUBLIC_URL:
    _public = urlsplit(GRADER_PUBLIC_URL)
    if _public.scheme not in {"http", "https"} or not _public.hostname or _public.path:
        raise ImproperlyConfigured(
            f"GRADER_PUBLIC_URL={GRADER_PUBLIC_URL!r} must be an address without a path, such as https://grader.example.org."
        )
    ALLOWED_HOSTS.append(_public.hostname)
    CSRF_TRUSTED_ORIGINS.append(GRADER_PUBLIC_URL)
BEHIND_PROXY = env.flag("GRADER_BEHIND_PROXY")
if BEHIND_PROXY:  # only behind a proxy that sets this header itself, else anybody could
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# ------------------------------------------------------------------ what is installed
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "assignments",
    "grader.accounts",
    "grader.events",
    "grader.submissions",
    "grader.gradebook",
    "grader.lms",
    "grader.notifications",
    "grader.api",
    "worker",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "grader.api.middleware.api_requests",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "grader.accounts.middleware.reader_time_zone",
    "grader.unstorable.unstorable_values",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "grader.urls"
ASGI_APPLICATION = "grader.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "grader" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# ------------------------------------------------------------------ Postgres and Redis
_database = env.database("DATABASE_URL", f"postgresql://grader@/grader?host={GRADER_HOME / 'run'}")
# The web pools connections; a worker keeps one a process. Only `manage` may take its time (migrations do).
_limits = {"web": "-c statement_timeout=15s", "worker": "-c statement_timeout=60s"}.get(ROLE, "")
_options: dict[str, Any] = {"connect_timeout": 5, "application_name": f"grader-{ROLE}"}
_options |= {key: _database.pop(key) for key in ("sslmode", "sslrootcert") if key in _database}
if _limits:
    _options["options"] = f"{_limits} -c idle_in_transaction_session_timeout=60s -c lock_timeout=10s"
if ROLE == "web":
    _options["pool"] = {"min_size": 1, "max_size": env.integer("DATABASE_POOL", 10, least=1), "timeout": 5}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        **_database,
        "OPTIONS": _options,
        "CONN_MAX_AGE": 60 if ROLE == "worker" else 0,
        "CONN_HEALTH_CHECKS": ROLE == "worker",
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.redis("REDIS_URL", f"redis+socket://{GRADER_HOME / 'run' / 'redis.sock'}")

# ------------------------------------------------------------------ people
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["grader.accounts.backends.PasswordBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

# ------------------------------------------------------------------ languages and time
LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", _("Russian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "grader" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", "Europe/Moscow")

# ------------------------------------------------------------------ what a browser may do
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "manifest-src": ["'self'"],
    }
}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_SSL_REDIRECT = HTTPS and BEHIND_PROXY  # without the proxy's word on it every request looks plain: an endless loop
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked by machines beside us
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
FILE_UPLOAD_HANDLERS = ["grader.submissions.uploads.LimitedUploadHandler"]  # drops a file over the limit while it parses
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000  # a gradebook without pages has up to 1,000 boxes to tick
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20  # typed answers; a file is not counted here and has its own limit

# ------------------------------------------------------------------ static files: collected and hashed in an image, else found
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "grader" / "static"]
_collected = env.text("STATIC_ROOT")
STATIC_ROOT = env.folder("STATIC_ROOT", GRADER_HOME / "static") if _collected else None
WHITENOISE_USE_FINDERS = not _collected
WHITENOISE_AUTOREFRESH = DEBUG
_static_storage = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
    if _collected
    else ("django.contrib.staticfiles.storage.StaticFilesStorage")
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _static_storage},
}

# ------------------------------------------------------------------ grading
GRADER_CPU_SLOTS = env.integer("GRADER_CPU_SLOTS", max(1, (os.cpu_count() or 2) // 2), least=1)
GRADER_GPUS = env.words("GRADER_GPUS")  # devices as CUDA_VISIBLE_DEVICES knows them: 0,1 or GPU-uuid; none: no GPU here
GRADER_GPU_DEVICES = env.words("GRADER_GPU_DEVICES", ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools"))
GRADER_RUNTIME = env.text("GRADER_RUNTIME", sys.prefix)  # the virtual environment that a student's code sees
GRADER_ENGINE = env.choice("GRADER_ENGINE", "warm" if ROLE == "worker" else "bubblewrap", ("warm", "bubblewrap"))
GRADER_ALLOW_LANDLOCK = env.flag("GRADER_ALLOW_LANDLOCK")  # where namespaces are forbidden: weaker, see the settings' page
GRADER_UID_BASE = env.integer("GRADER_UID_BASE", 61_000, least=1000)  # as root, a sandbox's uid: this and its slot's number
GRADER_GPU_WAIT_S = env.integer("GRADER_GPU_WAIT_S", 120)  # so long a `prefer-gpu` run waits before a CPU takes it
GRADER_FASHION_MNIST = env.text("GRADER_FASHION_MNIST")  # folder of the data set; empty: the first of the usual places
GRADER_LEASE_S = env.integer("GRADER_LEASE_S", 60, least=2)  # a worker unheard of for so long has lost its run
GRADER_SWEEP_S = env.integer("GRADER_SWEEP_S", 10, least=1)  # how often lost work is looked for
GRADER_MIN_FREE_MB = env.integer("GRADER_MIN_FREE_MB", 2048)  # with less room for what runs leave, nothing is graded

# ------------------------------------------------------------------ the API
GRADER_API_RATE = env.integer("GRADER_API_RATE", 600)  # requests of one token in a minute; 0: without limit
GRADER_API_STUDENT_RATE = env.integer("GRADER_API_STUDENT_RATE", 20)  # submissions of one student in a minute; 0: without limit
GRADER_API_QUEUE_LIMIT = env.integer("GRADER_API_QUEUE_LIMIT", 20_000, least=1)  # with more runs waiting, it takes no work

# ------------------------------------------------------------------ webhooks and mail
GRADER_WEBHOOK_ALLOW = env.networks("GRADER_WEBHOOK_ALLOW")  # private ranges that a webhook may reach all the same
GRADER_WEBHOOK_HTTP = env.flag("GRADER_WEBHOOK_HTTP")  # allow http:// too
GRADER_WEBHOOK_TIMEOUT_S = env.integer("GRADER_WEBHOOK_TIMEOUT_S", 15, least=1)  # of one try, from the first byte to the last
# Seconds before the tries 2, 3, …: Standard Webhooks' own schedule, over three and a half days.
GRADER_WEBHOOK_RETRY_S = env.seconds("GRADER_WEBHOOK_RETRY_S", (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400))
_mail = urlsplit(env.text("MAIL_URL"))  # smtp://user:password@host:587/?tls=1; without it mail is written to files
if _mail.scheme not in {"", "smtp", "smtps"}:
    raise ImproperlyConfigured("MAIL_URL must look like smtp://user:password@host:587/?tls=1 or smtps://user:password@host.")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if _mail.scheme else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = str(GRADER_HOME / "mail")
EMAIL_HOST = _mail.hostname or "localhost"
EMAIL_USE_SSL = _mail.scheme == "smtps"
EMAIL_USE_TLS = not EMAIL_USE_SSL and "1" in parse_qs(_mail.query).get("tls", [])
EMAIL_PORT = _mail.port or (465 if EMAIL_USE_SSL else 587 if EMAIL_USE_TLS else 25)
EMAIL_HOST_USER = unquote(_mail.username or "")
EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "grader@localhost")
MAIL_LINKS = GRADER_PUBLIC_URL or f"http://localhost:{env.integer('PORT', 8000, least=1)}"  # what links in letters begin with

# ------------------------------------------------------------------ logs: one line a record, to stderr
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
