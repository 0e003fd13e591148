"""Vigil's settings. Every value that differs between installations comes from the environment."""

from pathlib import Path

from celery.schedules import schedule
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config.environment import database, read

BASE_DIR = Path(__file__).resolve().parent.parent

ENVIRONMENT = read("VIGIL_ENVIRONMENT", "production")
if ENVIRONMENT not in ("demo", "test", "production"):
    raise ImproperlyConfigured("VIGIL_ENVIRONMENT must be demo, test or production.")
DEMO = ENVIRONMENT in ("demo", "test")
PRODUCTION = ENVIRONMENT == "production"

DEBUG = False
SECRET_KEY = read("VIGIL_SECRET_KEY", "" if PRODUCTION else "not-secret-outside-production")
IDENTITY_KEY = read("VIGIL_IDENTITY_KEY", "" if PRODUCTION else "ZGVtby1pZGVudGl0eS1rZXktMzItYnl0ZXMtbG9uZyE=")
# The master key before the present one, while `rewrap_identities` has not been run to its end.
PREVIOUS_IDENTITY_KEY = read("VIGIL_PREVIOUS_IDENTITY_KEY")
# Lent to the database by the transactions that allocate or read an arm; the database does not keep it.
ALLOCATION_KEY = read("VIGIL_ALLOCATION_KEY", "" if PRODUCTION else "ZGVtby1hbGxvY2F0aW9uLWtleS0zMi1ieXRlcy1sb25nISE=")
PREVIOUS_ALLOCATION_KEY = read("VIGIL_PREVIOUS_ALLOCATION_KEY")
BASE_URL = read("VIGIL_BASE_URL", "http://127.0.0.1:8000")
ALLOWED_HOSTS = [host for host in read("VIGIL_ALLOWED_HOSTS", "127.0.0.1,localhost").split(",") if host]
CSRF_TRUSTED_ORIGINS = [BASE_URL] if PRODUCTION else []
# Where the lines of the session stream are opened; without it tablets ask by themselves, more slowly.
STREAM_URL = read("VIGIL_STREAM_URL")
# Where another program fetches reports of serious cases (out), and leaves what receivers answer (in).
REPORT_DIR = Path(read("VIGIL_REPORT_DIR", str(BASE_DIR / ".run" / "reports")))
REPORT_EMAIL = read("VIGIL_REPORT_EMAIL")
EXPORT_DIR = Path(read("VIGIL_EXPORT_DIR", str(BASE_DIR / ".run" / "exports")))

# --- rooms -------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "core",
    "reminders",
    "trials",
    "patients",
    "assessments",
    "pharmacy",
    "sessions.apps.SessionsConfig",
    "integration",
    "portal",
    "safety",
    "coding",
    "reports",
    "sponsors",
    "overview",
]
if DEMO:
    INSTALLED_APPS.append("demo")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "core.middleware.ReadableAddressMiddleware",
    "core.middleware.IdleTimeoutMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.handing_over.HandedOverMiddleware",
    "core.middleware.ContributionMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.frame.frame",
            ],
            "builtins": ["core.templatetags.vigil"],
        },
    },
]

if DEMO:
    TEMPLATES[0]["OPTIONS"]["context_processors"].append("demo.sign_in.demo_people")  # type: ignore[index]
FORM_RENDERER = "core.form_rendering.VigilRenderer"

# --- data --------------------------------------------------------------------------------------------------------
DATABASES = {
    "default": database(read("RUNTIME_DATABASE_URL", "postgresql://vigil_runtime@127.0.0.1/vigil")),
    "unblinded": database(read("UNBLINDED_DATABASE_URL", "postgresql://vigil_unblinded@127.0.0.1/vigil")),
}
if read("OWNER_DATABASE_URL"):
    DATABASES["owner"] = database(read("OWNER_DATABASE_URL"))
    # Building the schema may rightly take longer than a page may.
    DATABASES["owner"]["OPTIONS"]["options"] = "-c lock_timeout=10000 -c statement_timeout=0"
RUNTIME_LOGIN = DATABASES["default"]["USER"]
UNBLINDED_LOGIN = DATABASES["unblinded"]["USER"]
# Listening needs a connection of its own to the server: a pooler that lends connections out would not pass anything on.
STREAM_DATABASE = database(read("STREAM_DATABASE_URL")) if read("STREAM_DATABASE_URL") else DATABASES["default"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Sign-in limits must hold while Redis is down, so they live in Postgres.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "core_cache"},
}

# --- people ------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "core.Person"
AUTHENTICATION_BACKENDS = ["core.accounts.AccountBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "core.accounts.AccountAdapter"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "5/5m/key,30/5m/ip"}
# In production the proxy in front tells who asks; without this, one person's mistakes would lock everybody out.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if PRODUCTION else 0
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_USER_DISPLAY = "core.accounts.display_name"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Vigil"
MFA_REQUIRED = read("VIGIL_MFA_REQUIRED", "no") == "yes"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if DEMO:
    # The passwords of demo and test people are public: a slow hash would only slow their thousands of signatures.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
IDLE_MINUTES = int(read("VIGIL_IDLE_MINUTES", "15"))
SESSION_ENGINE = "core.session_store"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "core.views.csrf_failure"

# --- transport ---------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_HSTS_SECONDS = 31536000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF, *([STREAM_URL] if STREAM_URL not in ("", BASE_URL) else [])],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
LARGEST_SCAN_BYTES = 10_000_000

# --- static ------------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.storage.StaticStorage"},
}

# --- language and time -------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- work in the background ----------------------------------------------------------------------------------------
REDIS_URL = read("REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A worker that is told to quit finishes what takes seconds, and hands the rest back to the queue.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5 if PRODUCTION else 0
# A task longer than the visibility time-out would be started twice: the limits stay below it.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 1200,
    "socket_connect_timeout": 0.5,
    "health_check_interval": 10,
}
CELERY_TASK_SOFT_TIME_LIMIT = 900
CELERY_TASK_TIME_LIMIT = 960
# A page must not wait for a broker that is down: the sweep finds the row later.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULE = {
    "heartbeat": {"task": "core.tasks.beat_heartbeat", "schedule": schedule(5.0), "options": {"expires": 10}},
    "deliver-reminders": {
        "task": "reminders.tasks.deliver_due",
        "schedule": schedule(10.0),
        "options": {"expires": 30},
    },
    "escalate-alerts": {"task": "safety.tasks.escalate_overdue", "schedule": schedule(60.0)},
    "climb-ladders": {"task": "safety.tasks.climb_ladders", "schedule": schedule(30.0), "options": {"expires": 60}},
    "annual-reports": {"task": "safety.tasks.watch_annual_reports", "schedule": schedule(300.0)},
    "sweep-notes": {"task": "safety.tasks.sweep_notes", "schedule": schedule(120.0), "options": {"expires": 240}},
    "code-verbatims": {"task": "coding.tasks.code_new", "schedule": schedule(120.0), "options": {"expires": 240}},
    "send-reports": {"task": "reports.tasks.send_reports", "schedule": schedule(30.0), "options": {"expires": 60}},
    "collect-answers": {
        "task": "reports.tasks.collect_acknowledgements",
        "schedule": schedule(60.0),
        "options": {"expires": 120},
    },
    "remind-of-windows": {"task": "patients.tasks.remind_of_windows", "schedule": schedule(300.0)},
    "close-windows": {"task": "safety.tasks.propose_deviations", "schedule": schedule(300.0)},
    "tell-of-unblindings": {"task": "pharmacy.tasks.tell_of_unblindings", "schedule": schedule(60.0)},
    "watch-contacts": {"task": "integration.tasks.watch_contacts", "schedule": schedule(60.0)},
    "run-exports": {"task": "sponsors.tasks.run_waiting_exports", "schedule": schedule(15.0)},
}

# --- messages ----------------------------------------------------------------------------------------------------
EMAIL_BACKEND = read("VIGIL_EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = read("VIGIL_EMAIL_HOST", "localhost")
EMAIL_PORT = int(read("VIGIL_EMAIL_PORT", "25"))
EMAIL_HOST_USER = read("VIGIL_EMAIL_USER")
EMAIL_HOST_PASSWORD = read("VIGIL_EMAIL_PASSWORD")
EMAIL_USE_TLS = read("VIGIL_EMAIL_TLS", "no") == "yes"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = read("VIGIL_FROM_EMAIL", "office@example.org")
# The demo sends nothing: its outbox page renders each message when it is looked at.
MESSAGES_LEAVE_THE_HOUSE = ENVIRONMENT != "demo"
# Reminders stand below participants: this module tells them how one is reached and what may be said.
REMINDER_RECIPIENTS = "patients.recipients"

# --- sponsor's API -----------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["sponsors.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["sponsors.api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "sponsors.api.problems.problem_response",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Vigil sponsor API",
    "VERSION": "v1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"vigil": {"level": "INFO"}},
}
