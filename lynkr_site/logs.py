"""Logs: one line an event, console or JSON, with the request's id, and nothing secret (LEK-1, LEK-2, LEK-6).

Redaction happens at the sink, on the finished text, so it also covers tracebacks, other people's loggers and structured
fields. It works by pattern (what a key looks like) and by name (what a header or field is called).
"""

from __future__ import annotations

import logging
import logging.config
import re
from typing import Any

import structlog

HIDDEN = "[redacted]"

_PRIVATE_NAMES = (
    r"(?:proxy-)?authorization|x-api-key|api[-_]?key|x-goog-api-key|x-amz-security-token|(?:set-)?cookie|"
    r"(?:client_|aws_)?secret(?:_access)?(?:_key)?|password|passwd|access_token|refresh_token|id_token|private_key|"
    r"csrfmiddlewaretoken|sessionid|credentials?"
)
_NAMED = r"(?P<keep>(?<![\w-])(?:" + _PRIVATE_NAMES + r")\\?[\"']?\s*[:=,]\s*b?"
# Headers whose value has several words.
_WHOLE_LINE = r"(?P<keep>(?<![\w-])(?:(?:proxy-)?authorization|(?:set-)?cookie)\s*:\s*"
_PATTERNS = (
    # scheme://user:password@host
    (re.compile(r"(?P<keep>[a-z][a-z0-9+.-]*://[^\s/:@'\"]*:)[^\s/@'\"]+(?=@)", re.I), True),
    # query strings: ?key=…  (names of their own: "key" alone is common in ordinary fields)
    (re.compile(r"(?P<keep>[?&](?:key|token|sig|signature|code|" + _PRIVATE_NAMES + r")=)[^\s&'\"]+", re.I), True),
    (re.compile(r"(?P<keep>\b(?:Bearer|Basic|Token)\s+)(?=[^\s'\",]*[\d=._-])[A-Za-z0-9._~+/=:-]{8,}"), True),
    # x-api-key: …   "api_key": "…"   (b'authorization', b'…')   \"password\": \"…\" (JSON inside JSON)
    (re.compile(_NAMED + r"\\?[\"'])(?!\[redacted\])[^\"'\\]+", re.I), True),
    (re.compile(_WHOLE_LINE + r")(?!\[redacted\])[^\s\"'\\][^\r\n\"'\\)]*", re.I), True),
    (re.compile(_NAMED + r")(?!\[redacted\])[^\s,;&\"'}\])\\]+", re.I), True),
    # what keys look like, wherever they stand
    (
        re.compile(
            r"(?<![A-Za-z0-9])(?:"
            r"lyk_[A-Za-z0-9_-]{6,}|(?:sk|pk|rk)[-_][A-Za-z0-9_-]{8,}|gsk_[A-Za-z0-9]{8,}|xai-[A-Za-z0-9]{8,}|"
            r"AIza[A-Za-z0-9_-]{20,}|ya29\.[A-Za-z0-9._-]+|(?:AKIA|ASIA)[A-Z0-9]{12,}|ABSK[A-Za-z0-9+/=]{20,}|"
            r"bedrock-api-key-[A-Za-z0-9+/=_-]+|hf_[A-Za-z0-9]{8,}|dapi[a-f0-9]{16,}|gh[pousr]_[A-Za-z0-9]{16,}|"
            r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?"
            r")"
        ),
        False,
    ),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S), False),
)


def redact(text: str) -> str:
    """`text` without anything that looks like a credential."""
    for pattern, keeps in _PATTERNS:
        text = pattern.sub(rf"\g<keep>{HIDDEN}" if keeps else HIDDEN, text)
    return text


class RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """The last stop before the sink."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def config(level: str, style: str) -> dict[str, Any]:
    """The `LOGGING` of Django's settings. `level` a name of logging's, any case; `style` console or json."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if style == "json":
        end: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        plain = structlog.dev.plain_traceback  # rich ones print local variables: requests, keys
        end = [structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, exception_formatter=plain)]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    quiet = (
        "uvicorn",
        "uvicorn.error",
        "celery",
        "kombu",
        "amqp",
        "daphne",
        "httpx",
        "httpcore",
        "asyncio",
        "botocore",
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "out": {
                "()": RedactingFormatter,
                "foreign_pre_chain": shared,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *end],
            }
        },
        "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "out", "stream": "ext://sys.stdout"}},
        "root": {"handlers": ["out"], "level": level.upper()},
        "loggers": {
            "django.server": {"level": "WARNING", "handlers": [], "propagate": True},
            "django": {"level": "INFO", "handlers": [], "propagate": True},
            "psycopg.pool": {"level": "ERROR", "handlers": [], "propagate": True},  # else a line per attempt
            **{name: {"level": "WARNING", "handlers": [], "propagate": True} for name in quiet},
        },
    }
