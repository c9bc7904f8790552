"""An answer as it is kept: its text and thinking with who made them, as JSON bytes. Usage is not part of it: a replay
costs nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, cast

from gateway.chat.events import FinishReason
from gateway.chat.request import NO_EXTRAS, Origin, Text, Thinking
from gateway.chat.response import ChatResponse
from gateway.chat.usage import Usage

NOTHING_BILLED = Usage(input=0, output=0)


def write(answer: ChatResponse, origin: Origin) -> bytes:
    """Only for answers of text and thinking (caching.eligibility.why_not_kept)."""
    blocks: list[dict[str, Any]] = []
    for block in answer.blocks:
        if isinstance(block, Text):
            blocks.append({"text": block.text, **_extras(block)})
        elif isinstance(block, Thinking):
            blocks.append(
                {"thinking": block.text, "signature": block.signature, "redacted": block.redacted, **_extras(block)}
            )
        else:
            raise ValueError("an answer with more than text and thinking cannot be kept")
    value = {
        "model": answer.model,
        "origin": [origin.dialect, origin.model, origin.account],
        "blocks": blocks,
        "reason": answer.finish_reason,
        "sequence": answer.stop_sequence,
    }
    return json.dumps(value, separators=(",", ":")).encode()


def read(data: bytes) -> tuple[ChatResponse, Origin]:
    """Raises ValueError or KeyError for bytes that `write` did not make."""
    value = json.loads(data)
    blocks: list[Text | Thinking] = []
    for given in value["blocks"]:
        extras = given.get("extras", NO_EXTRAS)
        if "text" in given:
            blocks.append(Text(given["text"], extras))
        else:
            blocks.append(Thinking(given["thinking"], given["signature"], redacted=given["redacted"], extras=extras))
    answer = ChatResponse(
        "", value["model"], tuple(blocks), cast(FinishReason, value["reason"]), NOTHING_BILLED, value["sequence"]
    )
    return answer, Origin(*value["origin"])


def text_alone(answer: ChatResponse) -> ChatResponse:
    """Without the thinking: for another ask than the one it was thought about."""
    return replace(answer, blocks=tuple(block for block in answer.blocks if isinstance(block, Text)))


def text_of(answer: ChatResponse) -> str:
    return "".join(block.text for block in answer.blocks if isinstance(block, Text))


def _extras(block: Text | Thinking) -> dict[str, Any]:
    return {"extras": {name: dict(values) for name, values in block.extras.items()}} if block.extras else {}
