"""A -> B -> A: what a request or an answer says survives every other dialect, but for declared losses."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest

from gateway.chat.events import Failed
from gateway.chat.request import Text, ToolUse
from gateway.chat.response import ChatResponse, fold, unfold
from tests.laws.cases import WRITTEN, Case, cases, context, generous
from tests.laws.equality import arguments, called, essence, squeezed

from gateway.wire.registry import dialect  # isort: skip

PAIRS = [(case, other) for case in cases("requests") for other in WRITTEN if other != case.dialect_name]
ANSWERS = [(case, other) for case in cases("responses") for other in WRITTEN if other != case.dialect_name]


def _ids(pairs: list[tuple[Case, str]]) -> list[str]:
    return [f"{case.name}-via-{other}" for case, other in pairs]


@pytest.mark.parametrize(("case", "other"), PAIRS, ids=_ids(PAIRS))
def test_a_request_survives_another_dialect(case: Case, other: str) -> None:
    """TID-4, IMG-1, IMG-5, PAR-3: a difference is allowed only where a loss names it."""
    case.unless_excused("crossing")
    original = case.dialect.decode_request(case.body())
    model = original.model or "the-model"  # some dialects name it in the path
    there = dialect(other).encode_request(replace(original, model=model), generous(model))
    crossed = dialect(other).decode_request({"model": model, **json.loads(json.dumps(there.body))})
    back = case.dialect.encode_request(crossed, generous(model))
    returned = case.dialect.decode_request({"model": model, **json.loads(json.dumps(back.body))})
    said = " ".join([*there.losses, *back.losses])
    before, after = essence(original), essence(returned)

    _texts_survive(before.prompt, after.prompt, said)
    _texts_survive(before.answers, after.answers, said)
    if "arguments" not in said and "tool_use" not in said:
        assert after.calls == before.calls
        if "tool_result" not in said:
            assert sorted(after.results) == sorted(before.results)
    if "image" not in said:
        assert after.images == before.images
    if "document" not in said and "file" not in said:
        assert after.documents == before.documents
    forbidden = original.tool_choice is not None and original.tool_choice.mode == "none"
    if "tools" not in said and not forbidden:
        assert {name: after.tools.get(name) for name in before.tools} == before.tools
    _settings_survive(original, returned, said)


def _texts_survive(before: list[str], after: list[str], said: str) -> None:
    """Every text is found again, in order; wrapping it (a reminder around a system text) is allowed."""
    whole = "".join(after)
    place = 0
    for text in before:
        found = whole.find(text, place)
        if found < 0:
            # Tool results may move in front of what was said beside them (TID-2).
            found = whole.find(text)
            assert found >= 0 or "text" in said, f"lost: {text[:80]!r}"
        place = max(place, found)


def _settings_survive(original: Any, returned: Any, said: str) -> None:
    for item in fields(original.sampling):
        if f"sampling.{item.name}" not in said:
            assert getattr(returned.sampling, item.name) == getattr(original.sampling, item.name), item.name
    if original.max_tokens is not None and "max_tokens" not in said:
        assert returned.max_tokens in (original.max_tokens, 16)  # 16: the least some APIs take
    choice = original.tool_choice
    spoken = choice is not None and choice.mode != "auto" and not (choice.mode == "none" and not returned.tools)
    if spoken and "tool" not in said:
        assert returned.tool_choice is not None
        assert returned.tool_choice.mode == original.tool_choice.mode
        assert returned.tool_choice.name == original.tool_choice.name
    if original.parallel_tool_calls is False and "parallel_tool_calls" not in said and "tools" not in said:
        assert returned.parallel_tool_calls is False
    wanted = original.response_format
    if wanted is not None and wanted.kind != "text" and "response_format" not in said:
        assert returned.response_format is not None
        assert returned.response_format.kind == original.response_format.kind
    thinking = original.thinking
    asked = thinking is not None and thinking.mode in ("enabled", "adaptive")
    if asked and (thinking.effort or thinking.budget_tokens) and "thinking" not in said and "reasoning" not in said:
        assert returned.thinking is not None
        assert returned.thinking.mode != "disabled"


def _words(response: ChatResponse) -> str:
    return squeezed(" ".join(block.text for block in response.blocks if isinstance(block, Text)))


def _calls(response: ChatResponse) -> list[Any]:
    return [(called(block), arguments(block)) for block in response.blocks if isinstance(block, ToolUse)]


@pytest.mark.parametrize(("case", "other"), ANSWERS, ids=_ids(ANSWERS))
def test_an_answer_reads_the_same_in_another_dialect(case: Case, other: str) -> None:
    """PAR-2, PAR-5, EMP-1, CCH-3: text, calls, the reason it ended and the tokens, as a body and as a stream."""
    case.unless_excused("crossing")
    request = case.request()
    response = case.dialect.decode_response(case.body(), request)
    ctx = context(request, case.dialect_name, response.model)
    if not _words(response) and not _calls(response):
        return  # nothing to show: a dialect may refuse to write it (EMP-1)
    body = dialect(other).encode_response(response, ctx)
    decoder = dialect(other).stream_decoder(request)
    written = dialect(other).stream_encoder(ctx).encode(unfold(response))
    events = [*decoder.feed(written), *decoder.end()]
    assert not isinstance(events[-1], Failed)
    for found in (dialect(other).decode_response(json.loads(json.dumps(body)), request), fold(events)):
        assert _words(found) == _words(response)
        assert _calls(found) == _calls(response)
        if response.finish_reason in ("stop", "length", "tool_use"):
            assert found.finish_reason == response.finish_reason
        assert found.usage.output in (response.usage.output, None)
        assert found.usage.prompt in (response.usage.prompt, None) or response.usage.prompt is None
