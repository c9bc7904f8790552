"""The environment, read here and nowhere else (a test asserts it).

`env()` gives the frozen `Env` every other module works with; `docs/configuration.md` documents each variable (a test
asserts that too). What is not an environment variable is configured in the Django admin.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

REPOSITORY = Path(__file__).resolve().parent.parent
SETTINGS = "lynkr_site.settings"
PRICE_URLS = (
    "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json",
    "https://models.dev/api.json",
)
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class EnvError(Exception):
    """A variable that cannot be understood. The message names it, says what it takes, and never shows a secret."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One documented variable: its name and what its default means in words."""

    name: str
    default: str


VARIABLES = (
    Variable("LYNKR_HOST", "127.0.0.1"),
    Variable("LYNKR_PORT", "8081"),
    Variable("LYNKR_PUBLIC_URL", "http://HOST:PORT"),
    Variable("LYNKR_ALLOWED_HOSTS", "loopback names on a loopback address, else every name"),
    Variable("LYNKR_DATA_DIR", ".lynkr in the repository"),
    Variable("LYNKR_ADMIN_USER", "admin"),
    Variable("LYNKR_ADMIN_PASSWORD", "made up and printed once"),
    Variable("DATABASE_URL", "the embedded PostgreSQL"),
    Variable("REDIS_URL", "the embedded Valkey"),
    Variable("LYNKR_DB_POOL", "8"),
    Variable("LYNKR_WEB_PROCESSES", "1"),
    Variable("LYNKR_WORKER_THREADS", "4"),
    Variable("LYNKR_BUDGETS_WHEN_AWAY", "refuse"),
    Variable("LYNKR_SMTP_URL", "none: no e-mail is sent"),
    Variable("LYNKR_EMAIL_FROM", "lynkr@localhost"),
    Variable("LYNKR_SERVER", "uvicorn"),
    Variable("LYNKR_SECRET_KEY", "made once, kept in the data folder"),
    Variable("LYNKR_KEY_PEPPER", "made once, kept in the data folder"),
    Variable("LYNKR_ENCRYPTION_KEY", "made once, kept in the data folder"),
    Variable("LYNKR_LOG_LEVEL", "info"),
    Variable("LYNKR_LOG_FORMAT", "console"),
    Variable("LYNKR_METRICS_TOKEN", "none: /metrics is open"),
    Variable("LYNKR_MAX_BODY_MB", "32"),
    Variable("LYNKR_MAX_HEADER_KB", "64"),
    Variable("LYNKR_MAX_STREAMS", "2000"),
    Variable("LYNKR_DRAIN_SECONDS", "8"),
    Variable("LYNKR_MAX_MEMORY_MB", "0: no limit"),
    Variable("LYNKR_KEEPALIVE_SECONDS", "10"),
    Variable("LYNKR_CACHE_MILLISECONDS", "50"),
    Variable("LYNKR_PRICE_URLS", "the lists of LiteLLM and models.dev"),
    Variable("LYNKR_KEEP_DAYS", "operations=90,attempts=90,ledger=400"),
    Variable("LYNKR_LIMITS_WITHOUT_REDIS", "open"),
    Variable("LYNKR_OIDC_ISSUER", "none: sign-in by password only"),
    Variable("LYNKR_OIDC_CLIENT_ID", "none"),
    Variable("LYNKR_OIDC_CLIENT_SECRET", "none"),
    Variable("LYNKR_OIDC_GROUPS_CLAIM", "groups"),
    Variable("PROMETHEUS_MULTIPROC_DIR", "set by `make run`"),
)


@dataclass(frozen=True, slots=True, repr=False)
class Env:
    """Every setting that comes from the environment, checked. No repr: it holds secrets.

    `database_url` and `redis_url` are None when the embedded servers are to be used. `max_*` are in the unit of their
    name. `public_url` has no trailing slash.
    """

    host: str
    port: int
    public_url: str
    public_url_given: bool
    allowed_hosts: tuple[str, ...]
    data_dir: Path
    admin_user: str
    admin_password: str | None
    database_url: str | None
    redis_url: str | None
    db_pool: int
    web_processes: int
    worker_threads: int
    server: Literal["uvicorn", "daphne"]
    secret_key: str
    key_pepper: str
    encryption_key: str
    log_level: str
    log_format: Literal["console", "json"]
    metrics_token: str | None
    max_body_mb: int
    max_header_kb: int
    max_streams: int
    drain_seconds: float
    max_memory_mb: int
    keepalive_seconds: float
    cache_milliseconds: int
    price_urls: tuple[str, ...]
    keep_days: Mapping[str, int]
    limits_without_redis: Literal["open", "closed"]
    budgets_when_away: Literal["refuse", "allow"]
    smtp_url: str | None
    email_from: str
    metrics_dir: Path | None
    oidc_issuer: str | None
    oidc_client_id: str
    oidc_client_secret: str
    oidc_groups_claim: str

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Env:
        """From `environ`. Creates the data folder and the secrets in it that are not given. Raises `EnvError`."""
        read = _Reader(environ)
        host = read.text("LYNKR_HOST", "127.0.0.1")
        port = read.number("LYNKR_PORT", 8081, 1, 65535)
        data_dir = Path(read.text("LYNKR_DATA_DIR", str(REPOSITORY / ".lynkr"))).expanduser().absolute()
        shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 (compared, not bound)
        shown = f"[{shown}]" if ":" in shown else shown
        return cls(
            host=host,
            port=port,
            public_url=(given := read.url("LYNKR_PUBLIC_URL", ("http", "https"))) or f"http://{shown}:{port}",
            public_url_given=given is not None,
            allowed_hosts=read.names("LYNKR_ALLOWED_HOSTS") or _default_hosts(host),
            data_dir=data_dir,
            admin_user=read.text("LYNKR_ADMIN_USER", "admin"),
            admin_password=read.optional("LYNKR_ADMIN_PASSWORD"),
            database_url=read.url("DATABASE_URL", ("postgres", "postgresql")),
            redis_url=read.url("REDIS_URL", ("redis", "rediss", "unix")),
            db_pool=read.number("LYNKR_DB_POOL", 8, 1, 500),
            web_processes=read.number("LYNKR_WEB_PROCESSES", 1, 1, 256),
            worker_threads=read.number("LYNKR_WORKER_THREADS", 4, 1, 64),
            server=cast(Literal["uvicorn", "daphne"], read.choice("LYNKR_SERVER", ("uvicorn", "daphne"))),
            secret_key=read.optional("LYNKR_SECRET_KEY") or kept_secret(data_dir, "secret_key"),
            key_pepper=read.optional("LYNKR_KEY_PEPPER") or kept_secret(data_dir, "key_pepper"),
            encryption_key=read.optional("LYNKR_ENCRYPTION_KEY") or kept_secret(data_dir, "encryption_key"),
            log_level=read.choice("LYNKR_LOG_LEVEL", ("info", "debug", "warning", "error", "critical")),
            log_format=cast(Literal["console", "json"], read.choice("LYNKR_LOG_FORMAT", ("console", "json"))),
            metrics_token=read.optional("LYNKR_METRICS_TOKEN"),
            max_body_mb=read.number("LYNKR_MAX_BODY_MB", 32, 1, 1024),
            max_header_kb=read.number("LYNKR_MAX_HEADER_KB", 64, 4, 1024),
            max_streams=read.number("LYNKR_MAX_STREAMS", 2000, 1, 1_000_000),
            drain_seconds=read.number("LYNKR_DRAIN_SECONDS", 8, 0, 3600),
            max_memory_mb=read.number("LYNKR_MAX_MEMORY_MB", 0, 0, 1_000_000),
            keepalive_seconds=read.number("LYNKR_KEEPALIVE_SECONDS", 10, 1, 60),
            cache_milliseconds=read.number("LYNKR_CACHE_MILLISECONDS", 50, 1, 10_000),
            price_urls=_price_urls(read),
            keep_days=read.days("LYNKR_KEEP_DAYS", {"operations": 90, "attempts": 90, "ledger": 400}),
            limits_without_redis=cast(
                Literal["open", "closed"], read.choice("LYNKR_LIMITS_WITHOUT_REDIS", ("open", "closed"))
            ),
            oidc_issuer=read.url("LYNKR_OIDC_ISSUER", ("https", "http")),
            oidc_client_id=read.text("LYNKR_OIDC_CLIENT_ID", ""),
            oidc_client_secret=read.text("LYNKR_OIDC_CLIENT_SECRET", ""),
            oidc_groups_claim=read.text("LYNKR_OIDC_GROUPS_CLAIM", "groups"),
            budgets_when_away=cast(
                Literal["refuse", "allow"], read.choice("LYNKR_BUDGETS_WHEN_AWAY", ("refuse", "allow"))
            ),
            smtp_url=read.optional("LYNKR_SMTP_URL"),
            email_from=read.text("LYNKR_EMAIL_FROM", "lynkr@localhost"),
            metrics_dir=Path(metrics) if (metrics := read.optional("PROMETHEUS_MULTIPROC_DIR")) else None,
        )


def _price_urls(read: _Reader) -> tuple[str, ...]:
    given = read.names("LYNKR_PRICE_URLS")
    if given == ("none",):
        return ()
    if any(url.partition("://")[0] not in ("http", "https") for url in given):
        raise EnvError("LYNKR_PRICE_URLS must be http:// or https:// addresses separated by commas, or none.")
    return given or PRICE_URLS


@cache
def env() -> Env:
    """The environment of this process, read once."""
    return Env.read(os.environ)


def variable(name: str) -> str | None:
    """The variable called `name`, for configuration that names one (``secret_env: NAME``); empty counts as unset."""
    return os.environ.get(name) or None


def publish(values: Mapping[str, str]) -> None:
    """Set variables for this process and its children (empty: unset), and read the environment anew when next asked."""
    for name, value in values.items():
        if value:
            os.environ[name] = value
        else:
            os.environ.pop(name, None)
    env.cache_clear()


def use_demo_folder() -> None:
    """Before anything is read: the demo's data folder lies beside the real one, and its servers are its own."""
    given = _Reader(os.environ).text("LYNKR_DATA_DIR", str(REPOSITORY / ".lynkr"))
    publish({"LYNKR_DATA_DIR": f"{given.rstrip('/')}-demo", "DATABASE_URL": "", "REDIS_URL": ""})


def use_settings() -> None:
    """Tell Django (and Celery) which settings to use."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)


def child_environ(values: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child process: this one's with `values` on top."""
    return {**os.environ, "PYTHONUNBUFFERED": "1", **values}


def kept_secret(data_dir: Path, name: str) -> str:
    """The secret `name` of this installation, made on first use and kept in a file only its owner can read.

    Two processes that start at once agree: the file is linked into place whole, and the loser reads the winner's.
    """
    folder = data_dir / "secrets"
    file = folder / name
    try:
        if found := file.read_text().strip():
            return found
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise EnvError(f"cannot read {file}: {error.strerror}. Run as the user who owns the data folder.") from None
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        draft = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(48))
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(draft, file)
        except FileExistsError:
            if not file.read_text().strip():  # left empty by a full disk: replace it
                os.replace(draft, file)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise EnvError(
            f"cannot write {file}: {error.strerror}. Set LYNKR_DATA_DIR to a folder you can write."
        ) from None
    return file.read_text().strip()


def _default_hosts(host: str) -> tuple[str, ...]:
    """On loopback only loopback names (a page that rebinds its DNS name must not reach the admin), else any name."""
    if host in LOOPBACK or host.startswith("127."):
        return ("localhost", "127.0.0.1", "[::1]", host)
    return ("*",) if host in ("0.0.0.0", "::", "") else (host, socket.gethostname(), *LOOPBACK[:2])  # noqa: S104


class _Reader:
    """Reads typed values; empty is unset, as in compose files."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def optional(self, name: str) -> str | None:
        return self._environ.get(name, "").strip() or None

    def text(self, name: str, default: str) -> str:
        return self.optional(name) or default

    def names(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.text(name, "").split(",") if part.strip())

    def number(self, name: str, default: int, low: int, high: int) -> int:
        text = self.optional(name)
        if text is None:
            return default
        wrong = EnvError(f"{name} must be a whole number from {low} to {high}, not {text[:40]!r}.")
        try:
            value = int(text)
        except ValueError:
            raise wrong from None
        if not low <= value <= high:
            raise wrong
        return value

    def days(self, name: str, default: Mapping[str, int]) -> dict[str, int]:
        """`WORD=DAYS` pairs with commas, or one number for all words of `default`; words not given keep theirs."""
        found = dict(default)
        for part in self.names(name):
            word, equals, text = (piece.strip() for piece in part.rpartition("="))
            given = [word] if equals else list(default)
            if not set(given) <= default.keys() or not text.isdecimal() or not 1 <= int(text) <= 36_500:
                like = ",".join(f"{known}={days}" for known, days in default.items())
                raise EnvError(f"{name} must be like {like} (days, 1 or more), not {part[:40]!r}.")
            found.update(dict.fromkeys(given, int(text)))
        return found

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """The first choice is the default."""
        value = self.text(name, choices[0]).lower()
        if value not in choices:
            raise EnvError(f"{name} must be one of {', '.join(choices)}, not {value[:40]!r}.")
        return value

    def url(self, name: str, schemes: tuple[str, ...]) -> str | None:
        """Never shown in the error: it may hold a password."""
        value = self.optional(name)
        if value is not None and value.partition("://")[0] not in schemes:
            raise EnvError(f"{name} must begin with {' or '.join(s + '://' for s in schemes)}.")
        return value.rstrip("/") if value else None
