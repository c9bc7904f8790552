"""Requests a client makes for itself beside the conversation: titles, topics, suggestions, quota probes. They go to SIMPLE
and leave the session alone. Compaction is none of them: the session goes on from its summary. Pure.

A person who writes the same words gets the cheap tier that they could have named.
"""

from __future__ import annotations

import re

from gateway.chat.request import ChatRequest, Message, Text

_SYSTEM = (
    (
        "title",
        re.compile(
            r"title generator|generate (?:a |an )?(?:concise|short|brief|descriptive)[^.\n]{0,60} title|"
            r"write a (?:\d-\d word |short |concise )?title for"
            r"|summari[sz]e this (?:coding )?conversation in under \d+ characters|(?:4|four) words or less|"
            r"name (?:for )?(?:the|this) session"
            r"|reply with only a (?:description|title)",
            re.IGNORECASE,
        ),
    ),
    ("topic", re.compile(r"analy[sz]e if this message indicates a new conversation topic|isNewTopic", re.IGNORECASE)),
    (
        "command prefix",
        re.compile(
            r"process bash commands that an ai coding agent wants to run|determine the command prefix|<policy_spec>"
            r"|extract any file paths that this command reads or modifies",
            re.IGNORECASE,
        ),
    ),
    ("next speaker", re.compile(r"decide who should speak next|who (?:should )?logically speaks? next", re.IGNORECASE)),
)
_ASKED = (
    ("suggestion", re.compile(r"\s*\[SUGGESTION MODE:", re.IGNORECASE)),
    (
        "title",
        re.compile(
            r"\s*(?:#+ Task:\s*)?(?:please )?(?:generate|write|create|suggest) (?:a |an )?(?:concise|short|brief|"
            r"descriptive)[^.\n]{0,60}\btitle\b[^.\n]{0,60}"
            r"\b(?:chat|conversation|session|thread|history)|\s*generate a title for this conversation",
            re.IGNORECASE,
        ),
    ),
    (
        "tags",
        re.compile(
            r"\s*#+ Task:\s*(?:generate|suggest) [^.\n]{0,40}\b(?:tags|follow-up questions|search quer)", re.IGNORECASE
        ),
    ),
    ("topic", re.compile(r"[^\n]{0,80}analy[sz]e if this message indicates a new conversation topic", re.IGNORECASE)),
    (
        "next speaker",
        re.compile(
            r"\s*Analyze \*?only\*? the content and structure of your immediately preceding response", re.IGNORECASE
        ),
    ),
)
_PROBES = frozenset({"quota", "test", "ping", "hi", "hello", "count", "foo", "."})
_LONGEST_SYSTEM = 8_000


def side_request_of(request: ChatRequest) -> str:
    """Which one it is, or "". Those that come with all tools of the client are told by their text alone."""
    last = request.messages[-1] if request.messages else None
    if last is None or last.role == "assistant":
        return ""
    asked = _newest_text(last)
    for name, pattern in _ASKED:
        if pattern.match(asked):
            return name
    if request.tools:
        return ""
    if _is_title_format(request):
        return "title"
    if request.max_tokens == 1 and len(request.messages) == 1 and asked.strip().lower() in _PROBES:
        return "probe"
    texts = [block.text for block in request.system]
    texts += [_newest_text(message) for message in request.messages if message.role == "system"]
    if texts and sum(map(len, texts)) <= _LONGEST_SYSTEM:
        system = "\n".join(texts)
        return next((name for name, pattern in _SYSTEM if pattern.search(system)), "")
    return ""


def _newest_text(message: Message) -> str:
    """The last text of a turn that is not a reminder, its beginning."""
    texts = [block.text for block in message.blocks if isinstance(block, Text)]
    own = [text for text in texts if not text.lstrip().startswith("<system-reminder>")]
    return (own or texts or [""])[-1][:2_000]


def _is_title_format(request: ChatRequest) -> bool:
    """Claude Code asks for its title as an object that has nothing else."""
    schema = request.response_format.schema if request.response_format is not None else None
    properties = schema.get("properties") if schema is not None else None
    return isinstance(properties, dict) and set(properties) == {"title"}
