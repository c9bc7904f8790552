"""Terse mode: an instruction that asks a model for shorter prose, and for nothing else to be shorter.

Where it stands: one text of its own, behind the last of the leading system texts, on every turn. The alternatives cost more:

* In front of the system texts it would change every byte that a provider holds for other sessions of the same client (tools
  and system are the longest common prefix there is), and those of the hold-out.
* In front of a text with a cache mark, or inside it, it would change what the client's own mark covers.
* In the newest user turn it would move at each turn, so that no prefix fits the next one (CMP-1, CMP-3).

Behind the last one, all that the client wrote keeps its bytes, also up to its last mark in the system prompt. The instruction
itself is then part of what the marks on messages cover: the same at each turn, so they hit as before. A client with marks in
its system prompt alone pays for these hundred tokens at each turn, and for no others. Dialects whose system prompt is one
string get it as the last paragraph. Texts never change under one name: a session is pinned to its level.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.chat.request import ChatRequest, Text
from routing.side_requests import side_request_of

_EXACT = (
    "This is about prose only. Never shorten, drop or paraphrase: code, diffs, commands, file contents, paths, identifiers, "
    "numbers, versions, URLs, JSON and other data, error messages, log lines, quotations, commit messages and pull request "
    "texts, tool calls and their arguments: these stay exact and complete. Spell out in full sentences whatever could lose "
    "data, money or access, cannot be undone, or is a warning about safety or security, and any question you need answered. "
    "If you are asked for detail or for an explanation, give it."
)
TEXTS = {
    "lite": (
        "<answer-style>\nBe brief. Leave out greetings, praise, announcements of what you are about to do, and summaries of "
        f"what was just said or shown.\n{_EXACT}\n</answer-style>"
    ),
    "full": (
        "<answer-style>\nBe terse. Answer first, without introduction or closing remarks. Short sentences, no filler, no "
        "repetition, no restating of the question, no summary of visible changes. Between tool calls say nothing, or one "
        f"line if something was unexpected.\n{_EXACT}\n</answer-style>"
    ),
    "ultra": (
        "<answer-style>\nBe as terse as can be. Fragments instead of sentences, lists instead of paragraphs; no articles or "
        "connectives where the meaning is clear without. Nothing before the answer and nothing after it. Between tool calls "
        f"say nothing.\n{_EXACT}\n</answer-style>"
    ),
}
_KNOWN = frozenset(TEXTS.values())


def with_terse(request: ChatRequest, level: str) -> ChatRequest:
    """`request` with the instruction of `level` ("lite" | "full" | "ultra"; anything else: none), once.

    Not where the answer is no prose: a response format other than text, and what clients ask for themselves (titles, topics,
    probes). Of those that come with the tools of the conversation (suggestions) the prompt is that of the conversation: they
    keep the instruction, or their long prefix would be paid for anew. All that was there keeps its value and place."""
    text = TEXTS.get(level)
    if text is None or (request.response_format is not None and request.response_format.kind != "text"):
        return request
    if any(block.text in _KNOWN for block in request.system):
        return request
    if not request.tools and side_request_of(request):
        return request
    return replace(request, system=(*request.system, Text(text)))
