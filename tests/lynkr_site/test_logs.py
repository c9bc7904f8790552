"""Nothing secret reaches a log, whichever way it tries (LEK-1, LEK-2, LEK-6, LEK-7)."""

from __future__ import annotations

import io
import json
import logging
import logging.config

import pytest
import structlog

from lynkr_site import logs

CANARIES = [
    "lyk_Zx81hhQ2mmP0aaaaBBBBcccc",
    "sk-ant-api03-CANARYCANARYCANARY",
    "sk-proj-CANARYCANARYCANARY_x",
    "gsk_CANARYCANARYCANARY",
    "AIzaSyCANARYCANARYCANARYCANARYCANARY00",
    "AKIACANARYCANARY1234",
    "hf_CANARYCANARYCANARY",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJDQU5BUlkifQ.c2lnbmF0dXJl",
]


@pytest.mark.parametrize("canary", CANARIES)
def test_what_looks_like_a_key_is_redacted_wherever_it_stands(canary: str) -> None:
    for text in (canary, f"({canary})", f"key {canary}, then", f'{{"x":"{canary}"}}', f"Bearer {canary}"):
        assert canary[8:] not in logs.redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "x-api-key: plainsecret1",
        "'x-api-key': 'plainsecret1'",
        '"api_key": "plainsecret1"',
        "(b'authorization', b'Bearer plainsecret1')",
        "Authorization: Bearer plainsecret1",
        "Authorization: Basic plainsecret1==",
        "password=plainsecret1",
        "GET /v1beta/models/g:generateContent?alt=sse&key=plainsecret1 HTTP/1.1",
        "postgresql://lynkr:plainsecret1@127.0.0.1:5432/lynkr",
        "redis://:plainsecret1@127.0.0.1/0",
        "cookie: session=plainsecret1",
        "cookie: theme=dark; session=plainsecret1",
        '{"password": "two words plainsecret1"}',
        r'{"body": "{\"api_key\": \"plainsecret1\"}"}',
        "-----BEGIN PRIVATE KEY-----\nplainsecret1\n-----END PRIVATE KEY-----",
    ],
)
def test_what_is_named_like_a_credential_is_redacted(text: str) -> None:
    redacted = logs.redact(text)
    assert "plainsecret1" not in redacted
    assert logs.HIDDEN in redacted


@pytest.mark.parametrize(
    "text",
    [
        "input_tokens=120 output_tokens=7 cache_read=0",
        "key prefix lyk_ab",
        "GET /health/ready 200",
        "the bearer of this message",
        "model=my-openai/gpt-4o-mini attempt=019a1b2c-1111-7abc-8def-000000000000",
        "postgresql://127.0.0.1:5432/lynkr",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert logs.redact(text) == text


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_traceback_and_a_structured_field_are_redacted_at_the_sink(style: str) -> None:
    """LEK-7: a key inside an exception's text."""
    out = io.StringIO()
    description = logs.config("info", style)
    description["handlers"]["out"]["stream"] = out
    before = logging.getLogger().handlers[:]
    try:
        logging.config.dictConfig(description)
        with structlog.contextvars.bound_contextvars(request_id="req-1"):
            try:
                raise ValueError("refused x-api-key: plainsecret1")
            except ValueError:
                logging.getLogger("somebody.else").exception("failed for %s", "sk-CANARYCANARY1")
            structlog.get_logger("ours").warning("called", authorization="Bearer plainsecret1", api_key="plainsecret1")
    finally:
        logging.getLogger().handlers[:] = before
    text = out.getvalue()
    assert "plainsecret1" not in text
    assert "CANARY" not in text
    assert "ValueError" in text
    assert text.count("req-1") == 2
    if style == "json":
        for line in text.splitlines():
            assert json.loads(line)["request_id"] == "req-1"
