"""Requests of known clients that need no model: what they are, and the answer. Pure.

Each shape says where it is from: what the client was seen to send ("measured": on 22 Nov 2026, Claude Code 2.1.330, opencode
1.18.33, goose 1.34.0), or its public source, captures and issues ("source": looked up on 28 Nov 2026). A shape is matched
whole: one more message, block or tool, and a model answers. People write these words too, so that words alone never count:
the client's own system prompt stands beside them, or a limit of one token, with which nothing could be answered anyway.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.chat.events import FinishReason
from gateway.chat.request import ChatRequest, Message, Text
from gateway.chat.response import ChatResponse
from gateway.chat.usage import Usage
from gateway.titles import title_of

CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """`what` was recognised, in a word or two. `counts`: the client wants to know how many tokens its prompt has, and reads
    nothing but the usage. Usage is estimated by four characters a token."""

    what: str
    response: ChatResponse
    counts: bool = False


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request as the shapes look at it. `system`: without the lines by which Claude Code names itself (`named`); `texts` of
    the user, reminders left out; `prefill`: what the answer is to go on from."""

    request: ChatRequest
    agent: str
    system: str
    named: bool
    texts: tuple[str, ...]
    messages: int
    prefill: str

    @property
    def text(self) -> str:
        return self.texts[0].strip() if len(self.texts) == 1 else ""

    @property
    def one_token(self) -> bool:
        return self.request.max_tokens == 1 and self.messages == 1


def answer_to(request: ChatRequest, headers: Mapping[str, str]) -> Answer | None:
    """None: a model has to answer. `headers` have names in lower case."""
    asked = _asked(request, headers)
    if asked is None or (request.tool_choice is not None and request.tool_choice.mode in ("any", "tool")):
        return None
    return next((found for shape in _SHAPES if (found := shape(asked)) is not None), None)


_OWN_LINES = re.compile(
    r"x-anthropic-billing-header:|You are Claude Code, Anthropic's official CLI for Claude|"
    r"You are a Claude agent, built on Anthropic's Claude Agent SDK"
)


def _asked(request: ChatRequest, headers: Mapping[str, str]) -> _Asked | None:
    """None: there is something in it that no shape has (pictures, tool results, a conversation)."""
    turns = [message for message in request.messages if message.role != "system"]
    prefill = ""
    if turns and turns[-1].role == "assistant":
        given = _text_of(turns.pop())
        if given is None:
            return None
        prefill = given.strip()
    texts: list[str] = []
    for message in turns:
        if message.role != "user" or not all(isinstance(block, Text) for block in message.blocks):
            return None
        found = [block.text for block in message.blocks if isinstance(block, Text)]
        texts += [text for text in found if text.strip() and not text.lstrip().startswith("<system-reminder>")]
    system = [block.text for block in request.system]
    for message in request.messages:
        if message.role == "system":
            system += [block.text for block in message.blocks if isinstance(block, Text)]
    own = [text for text in system if _OWN_LINES.match(text)]
    rest = [_without_own_line(text) for text in system]
    agent = headers.get("user-agent", "").lower()
    return _Asked(request, agent, "\n".join(filter(None, rest)), bool(own), tuple(texts), len(turns), prefill)


def _without_own_line(text: str) -> str:
    """Claude Code sends who it is as a block of its own, or as the first line."""
    return text.partition("\n")[2].strip() if _OWN_LINES.match(text) else text.strip()


def _text_of(message: Message) -> str | None:
    if not all(isinstance(block, Text) for block in message.blocks):
        return None
    return "".join(block.text for block in message.blocks if isinstance(block, Text))


def _answer(
    asked: _Asked, what: str, text: str, reason: FinishReason = "stop", *, counts: bool = False
) -> Answer | None:
    request = asked.request
    tokens = -(-len(text) // CHARACTERS_PER_TOKEN)
    if request.max_tokens is not None and tokens > request.max_tokens:
        return None
    prompt = len(asked.system) + sum(map(len, asked.texts)) + len(asked.prefill)
    usage = Usage(input=max(1, -(-prompt // CHARACTERS_PER_TOKEN)), output=tokens)
    return Answer(what, ChatResponse("", request.model, (Text(text),), reason, usage), counts)


def _quota(asked: _Asked) -> Answer | None:
    """Claude Code's quota check: `max_tokens` 1 and the word "quota", nothing else (source: makeTestQuery, "quota_check", 1.x
    to 2.1). It reads the status and the headers of the answer."""
    if asked.one_token and asked.text == "quota" and not asked.system and not asked.request.tools and not asked.prefill:
        return _answer(asked, "quota check", "OK", "length")
    return None


def _key_check(asked: _Asked) -> Answer | None:
    """Claude Code's check of a new API key: `max_tokens` 1 and the word "test" (source: verifyApiKey, 1.x to 2.1). Others
    test that a model works in the same words, so that it must be Claude Code by its User-Agent."""
    known = asked.agent.startswith("claude-cli/") and asked.one_token and asked.text == "test"
    if known and not asked.system and not asked.request.tools and not asked.prefill:
        return _answer(asked, "key check", "OK", "length")
    return None


def _count(asked: _Asked) -> Answer | None:
    """Claude Code's way to count where `count_tokens` fails: `max_tokens` 1, "count" or (tools alone) "foo" (source:
    countTokensViaHaikuFallback). It reads the usage, tools and system prompt included."""
    if asked.one_token and asked.text in ("count", "foo") and not asked.prefill:
        return _answer(asked, "token count", "OK", "length", counts=True)
    return None


def _warm_up(asked: _Asked) -> Answer | None:
    """Claude Code's warm-up of each subagent: its whole prompt and the word "Warmup" (source:
    anthropics/claude-code#17457, #47922).
    Nothing reads the answer. What it does not warm is warmed by the first real turn, if there is one."""
    known = asked.named or asked.agent.startswith("claude-cli/")
    if known and asked.text == "Warmup" and asked.messages == 1 and not asked.prefill:
        return _answer(asked, "warm-up", "Ready.")
    return None


_TOPIC = re.compile(
    r"Analy[sz]e if this message indicates a new conversation topic\. If it does, extract a 2-3 word title"
    r".{0,200}'isNewTopic' \(boolean\) and 'title' \(string, or null if isNewTopic is false\)",
    re.DOTALL,
)


def _topic(asked: _Asked) -> Answer | None:
    """Claude Code 0.2 to 2.0: whether a message begins a new topic, as JSON, with or without "{" for the answer to go on
    from (its source; captures in public repositories)."""
    if asked.messages != 1 or not asked.text or asked.prefill not in ("", "{") or not _alone(asked, _TOPIC):
        return None
    title = title_of(asked.text, 2, 3) or title_of(asked.text, 2, 3, subject=True)
    if title is None:
        return None
    text = json.dumps({"isNewTopic": True, "title": title}, ensure_ascii=False)
    return _answer(asked, "topic", text.removeprefix(asked.prefill))


_NAMING = re.compile(r"You are naming a coding session so the user can pick it out of a long list of sessions\.")
_SENTENCE_CASE = re.compile(
    r"Generate a concise, sentence-case title \(3-7 words\) that captures the main topic or goal of this coding session\."
)
_SESSION = re.compile(
    r"<session>\n(?P<ask>.*)\n</session>(?:\n\nWrite the title in the predominant language of the session\b[^\n]*)?",
    re.DOTALL,
)
_AS_JSON = 'Return JSON with a single "title" field'


def _claude_code_title(asked: _Asked) -> Answer | None:
    """Claude Code's session title as JSON: since 2.1.234 a name of two to five words that does not begin with a verb, the
    session within tags; before that 3 to 7 words, of the bare message (measured that it asks; source: the prompts)."""
    if (
        asked.messages != 1
        or not asked.text
        or asked.prefill
        or _AS_JSON not in asked.system
        or not _title_alone(asked)
    ):
        return None
    wrapped = _SESSION.fullmatch(asked.text)
    ask = wrapped["ask"] if wrapped else asked.text
    if wrapped and _alone(asked, _NAMING, formatted=True):
        title = title_of(ask, 2, 5, subject=True)
    elif _alone(asked, _SENTENCE_CASE, formatted=True) and (wrapped or not ask.startswith("<")):
        title = title_of(ask, 3, 7)
    else:
        return None
    return None if title is None else _answer(asked, "title", json.dumps({"title": title}, ensure_ascii=False))


_SUMMARY = re.compile(r"Summarize this coding conversation in under 50 characters\.")
_FIVE_TO_TEN = "Please write a 5-10 word title for the following conversation:\n\nUser: "
_NOTHING_ELSE = "Respond with the title for the conversation and nothing else."


def _older_claude_code_title(asked: _Asked) -> Answer | None:
    """Claude Code 1.x and 2.0: 5 to 10 words, of a conversation that is shown from its beginning (source)."""
    if asked.messages != 1 or asked.prefill or not _alone(asked, _SUMMARY):
        return None
    text = "\n".join(text.strip() for text in asked.texts)
    if not text.startswith(_FIVE_TO_TEN) or not text.endswith(_NOTHING_ELSE):
        return None
    ask = text[len(_FIVE_TO_TEN) : -len(_NOTHING_ELSE)].partition("\n\nClaude: ")[0]
    title = title_of(ask.strip(), 5, 10)
    return None if title is None else _answer(asked, "title", title)


_OPENCODE = re.compile(r"You are a title generator\. You output ONLY a thread title\. Nothing else\.")
_OPENCODE_ASKS = "Generate a title for this conversation:"


def _opencode_title(asked: _Asked) -> Answer | None:
    """opencode: its line and the first message, as two messages, two blocks or one (measured; source: 1.0 to 1.18)."""
    if (
        not asked.texts
        or asked.prefill
        or not _alone(asked, _OPENCODE)
        or not asked.texts[0].startswith(_OPENCODE_ASKS)
    ):
        return None
    asks = [asked.texts[0].removeprefix(_OPENCODE_ASKS).strip(), *(text.strip() for text in asked.texts[1:])]
    asks = list(filter(None, asks))
    title = title_of(asks[0], 3, 7) if len(asks) == 1 else None
    return None if title is None else _answer(asked, "title", title)


_GOOSE = re.compile(r"Generate a short title \(four words or less\)")
_GOOSE_ASKS = re.compile(
    r"---BEGIN USER MESSAGES---\n(?P<ask>.*)\n---END USER MESSAGES---\n\nGenerate a short title for the above messages\.",
    re.DOTALL,
)


def _goose_title(asked: _Asked) -> Answer | None:
    """goose: what the work is about, in four words or less (measured; source: session_name.md)."""
    if asked.messages != 1 or not asked.text or asked.prefill or not _alone(asked, _GOOSE):
        return None
    shown = _GOOSE_ASKS.fullmatch(asked.text)
    title = title_of(shown["ask"], 2, 4, subject=True) if shown else None
    return None if title is None else _answer(asked, "title", title)


def _alone(asked: _Asked, prompt: re.Pattern[str], *, formatted: bool = False) -> bool:
    """Whether the system prompt begins as `prompt` does, with no tool and, unless `formatted`, no form of the answer."""
    plain = asked.request.response_format is None or asked.request.response_format.kind == "text"
    return not asked.request.tools and (formatted or plain) and prompt.match(asked.system) is not None


def _title_alone(asked: _Asked) -> bool:
    """Whether the form of the answer, if one is given, is an object of a title."""
    form = asked.request.response_format
    if form is None or form.kind == "text":
        return True
    properties = form.schema.get("properties") if form.schema is not None else None
    return isinstance(properties, dict) and set(properties) == {"title"}


_SHAPES: tuple[Callable[[_Asked], Answer | None], ...] = (
    _quota,
    _key_check,
    _count,
    _warm_up,
    _topic,
    _claude_code_title,
    _older_claude_code_title,
    _opencode_title,
    _goose_title,
)
