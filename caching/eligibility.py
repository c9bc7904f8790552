"""Which requests may be answered from the cache, and which answers may be kept. Pure.

A reason is one of `WORDS`: it goes into a header, the record and the metrics. Rules see shapes and words, no meaning; in
doubt they refuse. Cheap rules come first. Time is linear in the text, of which no more than `MOST_TEXT` is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.chat.request import (
    Block,
    ChatRequest,
    Document,
    Image,
    Message,
    Opaque,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
)
from gateway.chat.response import ChatResponse

from .fingerprint import Split
from .pieces import spoken, word_count
from .private import holds_personal, holds_secret
from .wording import invents, meant_to_vary, of_the_moment, points_elsewhere

MOST_TEXT = 200_000
"""Characters in all of a request, or of an answer."""
LONGEST_ASK = 400
"""Characters of an ask that is searched by meaning."""
SHORTEST_ASK = 2
"""Words, or signs of scripts without spaces."""
WORDS = (
    "asked not to",
    "temperature",
    "form",
    "hosted tools",
    "stored",
    "tools in flight",
    "address",
    "size",
    "time",
    "varied",
    "secret",
    "personal",
    "no ask",
    "tools",
    "attachment",
    "length",
    "not self-contained",
    "unfinished",
    "refusal",
    "empty",
)
_ENDS, _ENDS_BEFORE, _SPOKEN, _MOST_SAID = 1_000, 400, 20_000, 8
_CACHES = frozenset({"", "0", "false", "no", "off"})
_HOSTED = frozenset(
    {
        "mcp_servers",
        "container",
        "web_search_options",
        "plugins",
        "search_parameters",
        "enable_search",
        "web_search",
        "tool_resources",
    }
)
_STORED = frozenset(
    {
        "background",
        "previous_response_id",
        "conversation",
        "prompt",
        "cachedContent",
        "thread",
        "previous_interaction_id",
    }
)
_FORMS = frozenset({"logprobs", "top_logprobs", "audio", "prediction", "responseLogprobs", "speechConfig", "echo"})
_FRESH = re.compile(r"no-store|no-cache|max-age\s*=\s*\"?0+\b", re.IGNORECASE)
_COUNTS = frozenset({"n", "best_of", "candidateCount"})
_SEARCHES = re.compile(
    r"(?:^|[/:_-])(?:sonar|compound)(?:[/:_-]|$)|search-(?:preview|api)|deep-?research|[:-]online$", re.IGNORECASE
)
"""Models that look up the web whether they are asked to or not."""
_DISGUISED = re.compile(
    # Signs that show nothing, or turn the order of what is shown: an ask may say more to a model than to who compares it.
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\ue000-\uf8ff\ud800-\udfff"
    "\U0001d173-\U0001d17a\U000e0000-\U0010ffff]"
    "|[\x00-\x7f][\u200c\u200d]|[\u200c\u200d][\x00-\x7f]"
    # Figures whose place tells: without it 2 to the 5th is 25.
    "|[\u00b2\u00b3\u00b9\u00bc-\u00be\u2044\u2070-\u209c\u2150-\u215f\u2460-\u24ff]"
    # Letters of two scripts in one word look like one.
    "|[A-Za-z][\u0370-\u03ff\u0400-\u052f]|[\u0370-\u03ff\u0400-\u052f][A-Za-z]|[\U0001d400-\U0001d7ff]"
)
_TEXT_RESULT = re.compile(r"\s*\[\w+\b[^\n]{0,300}\] Result")
_REFUSAL = re.compile(
    r"\W*(?:(?:i(?:['’]m| am)(?: very| really| so)? sorry|sorry|i apologi[sz]e|unfortunately|es tut mir leid|"
    r"tut mir leid|leider|"
    r"(?:je suis )?désolée?|lo siento|mi dispiace|(?:sinto muito|desculpe)|het spijt me|przykro mi|przepraszam)\b|"
    r"i(?:['’]m| am) (?:not able|unable|not comfortable)|i (?:can(?:['’]t|not)|could ?n['’]?o?t|won['’]t|must decline|"
    r"do(?:n['’]t| not) have "
    r"(?:access|the ability|enough|any information))|as an ai\b|ich kann (?:dir|ihnen|dabei|das|diese\w*)?[ \w]{0,30}nicht|"
    r"je ne (?:peux|suis) pas|no puedo|non posso|não posso|ik kan (?:niet|je niet|u niet)|nie mogę|"
    r"抱歉|很抱歉|对不起|我(?:不能|无法)|"
    r"申し訳|すみません|ごめん)",
    re.IGNORECASE,
)
_SHORT_REFUSAL = 600
_DATED = re.compile(
    r"\b(?:as of (?:today|now|this (?:morning|week|month))|today is|today['’]s date is|it is (?:currently|now)|"
    r"the current time is|"
    r"(?:heute ist|es ist jetzt|aujourd['’]hui,? nous sommes|hoy es|oggi è|hoje é|vandaag is het|dziś jest))\b|"
    r"今天是|现在是|今日は\d",
    re.IGNORECASE,
)


def looks_things_up(model: str) -> bool:
    """Whether `model`, by its name, answers from the web, so of the moment."""
    return _SEARCHES.search(model) is not None


def why_not_exact(request: ChatRequest, headers: Mapping[str, str], temperature_most: float) -> str | None:
    """Why the same request may not be answered with the same answer; None when it may. `temperature_most` is the policy's; a
    request that names none has 1."""
    temperature = request.sampling.temperature
    if _asked_not_to(headers):
        return "asked not to"
    if (1.0 if temperature is None else temperature) > temperature_most:
        return "temperature"
    return _form(request) or _tools_in_flight(request) or _by_address(request) or _text_of(request)


def why_not_near(request: ChatRequest, split: Split | None) -> str | None:
    """Why an answer to an ask that means the same may not be given; None when it may. To be asked only where `why_not_exact`
    is None. `split`: what `caching.fingerprint.split` made of the request."""
    if split is None:
        return "no ask"
    if request.tools:
        return "tools"
    last = _last(request)
    if last is not None and any(not isinstance(block, Text) for block in last.blocks):
        return "attachment"
    if len(split.ask) > LONGEST_ASK or word_count(split.ask) < SHORTEST_ASK:
        return "length"
    if _DISGUISED.search(split.ask):
        return "form"
    if invents(split.ask):
        return "varied"
    return "not self-contained" if not split.attached and points_elsewhere(split.ask) else None


def why_not_kept(response: ChatResponse) -> str | None:
    """Why an answer may not be kept; None when it may: whole, text alone, no refusal, nothing private, not of the moment."""
    if response.finish_reason == "refusal":
        return "refusal"
    if response.finish_reason not in ("stop", "stop_sequence"):
        return "length" if response.finish_reason in ("length", "context_length") else "unfinished"
    if any(not isinstance(block, Text | Thinking) for block in response.blocks):
        return "tools"
    text = "\n".join([block.text for block in response.blocks if isinstance(block, Text)]).strip()
    if not text:
        return "empty"
    if sum(len(block.text) for block in response.blocks if isinstance(block, Text | Thinking)) > MOST_TEXT:
        return "size"
    if any(_is_refusal(block) for block in response.blocks) or (len(text) <= _SHORT_REFUSAL and _REFUSAL.match(text)):
        return "refusal"
    thought = "\n".join([block.text for block in response.blocks if isinstance(block, Thinking)])
    if holds_secret(text) or holds_secret(thought):
        return "secret"
    if holds_personal(text) or holds_personal(thought):
        return "personal"
    return "time" if _DATED.search(text) else None


def _asked_not_to(headers: Mapping[str, str]) -> bool:
    for name, value in headers.items():
        lowered = name.lower()
        if lowered == "x-lynkr-no-cache" and value.strip().lower() not in _CACHES:
            return True
        if lowered in ("cache-control", "pragma") and _FRESH.search(value):
            return True
    return False


def _form(request: ChatRequest) -> str | None:
    """What is asked for beside a text."""
    if any(tool.kind == "hosted" for tool in request.tools) or request.model.endswith(":online"):
        return "hosted tools"
    for values in request.extras.values():
        for name, value in values.items():
            if name == "generationConfig" and isinstance(value, Mapping):
                if any(_other_form(field, inner) for field, inner in value.items()):
                    return "form"
            elif name in _HOSTED and value not in (None, False, [], {}):
                return "hosted tools"
            elif (name in _STORED and value not in (None, False)) or (name == "store" and value is True):
                return "stored"
            elif _other_form(name, value):
                return "form"
    return None


def _other_form(name: str, value: Any) -> bool:
    """More than one answer, probabilities, sound, pictures."""
    if name in _COUNTS:
        return isinstance(value, int) and value > 1
    if name in ("modalities", "responseModalities"):
        return isinstance(value, list) and any(str(word).lower() != "text" for word in value)
    if name == "include":
        return isinstance(value, list) and any("logprobs" in str(word) for word in value)
    return name in _FORMS and value not in (None, False, 0, [], {})


def _last(request: ChatRequest) -> Message | None:
    return next((message for message in reversed(request.messages) if message.role != "system"), None)


def _tools_in_flight(request: ChatRequest) -> str | None:
    last = _last(request)
    if last is None:
        return "no ask"
    for block in last.blocks:
        if isinstance(block, ToolResult | ToolUse) or (isinstance(block, Text) and _TEXT_RESULT.match(block.text)):
            return "tools in flight"
        if isinstance(block, Opaque):
            return "stored" if block.kind == "item_reference" else "form"
    calls: set[str] = set()
    for message in request.messages:
        for block in message.blocks:
            if isinstance(block, ToolUse):
                calls.add(block.id)
            elif isinstance(block, ToolResult):
                calls.discard(block.tool_use_id)
            elif isinstance(block, Opaque) and block.kind == "item_reference":
                return "stored"
    return "tools in flight" if calls else None


def _by_address(request: ChatRequest) -> str | None:
    """What an address leads to may change while the request stays the same."""
    for message in request.messages:
        for block in message.blocks:
            parts = block.content if isinstance(block, ToolResult) else (block,)
            if any(isinstance(part, Image | Document) and part.url is not None for part in parts):
                return "address"
    return None


def _text_of(request: ChatRequest) -> str | None:
    system = [text.text for text in request.system]
    turns = [text for message in request.messages for block in message.blocks for text in _texts(block)]
    offered = sum(len(tool.description or "") for tool in request.tools)
    if sum(map(len, system)) + sum(map(len, turns)) + offered > MOST_TEXT:
        return "size"
    asked = _asked(request)
    if of_the_moment(asked):
        return "time"
    if meant_to_vary(asked):
        return "varied"
    before, said = "\n".join(system), "\n".join(turns)
    if holds_secret(before) or holds_secret(said):
        return "secret"
    return "personal" if holds_personal(before, strictly=False) or holds_personal(said) else None


def _asked(request: ChatRequest) -> str:
    """What the person said: of a long text its ends, where asks stand; of earlier turns the newest few, as "and in Paris?"
    asks for the weather too."""
    said: list[str] = []
    ends = _ENDS
    for message in reversed(request.messages):
        if message.role != "user":
            continue
        for block in message.blocks:
            if isinstance(block, Text):
                text = spoken(
                    block.text if len(block.text) <= _SPOKEN else block.text[:_SPOKEN] + block.text[-_SPOKEN:]
                )
                said.append(text if len(text) <= 2 * ends else text[:ends] + "\n" + text[-ends:])
        ends = _ENDS_BEFORE
        if len(said) >= _MOST_SAID:
            break
    return "\n".join(said)


def _texts(block: Block) -> Iterator[str]:
    if isinstance(block, Text | Thinking):
        yield block.text
    elif isinstance(block, ToolUse):
        yield block.arguments
    elif isinstance(block, Document):
        yield block.text or ""
    elif isinstance(block, ToolResult):
        for part in block.content:
            yield from _texts(part)
    elif isinstance(block, Opaque):
        yield from (value for value in block.value.values() if isinstance(value, str))


def _is_refusal(block: object) -> bool:
    """OpenAI's refusal parts, which their dialects mark."""
    return isinstance(block, Text) and any(
        isinstance(notes := values.get("~", values.get("part")), Mapping)
        and ("refusal" in notes or notes.get("type") == "refusal")
        for values in block.extras.values()
    )
