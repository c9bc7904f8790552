"""Two requests have one key if and only if one answer may serve both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from caching.fingerprint import exact_key, split
from gateway.chat.request import (
    ChatRequest,
    Document,
    Image,
    Message,
    Opaque,
    Origin,
    ResponseFormat,
    Sampling,
    Text,
    Thinking,
    ThinkingConfig,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)
from gateway.wire import anthropic, ollama, openai_chat, openai_responses

HERE = ["team:3", "account/model", "https://upstream", "7", ""]
EXTRAS = {"elsewhere": {"some": "thing", "more": [1, {"deep": None}]}}

FULL = ChatRequest(
    dialect="anthropic",
    model="claude",
    system=(Text("be brief", EXTRAS), Text("be kind")),
    messages=(
        Message(
            "user",
            (
                Text("look", EXTRAS),
                Image("image/png", "aGVs", detail="low", extras=EXTRAS),
                Image(url="https://i/x.png", file_id="f1"),
                Document("application/pdf", "cGRm", title="t", extras=EXTRAS),
                Document(text="plain", url="https://d", file_id="f2"),
            ),
            EXTRAS,
        ),
        Message(
            "assistant",
            (
                Thinking("hm", "sig", False, Origin("anthropic", "m", "a"), EXTRAS),
                Opaque("anthropic", "server_tool_use", {"id": "1", "input": {"q": "x"}}),
                ToolUse("c1", "grep", '{"a":1}', "function", "space", EXTRAS),
            ),
        ),
        Message("user", (ToolResult("c1", (Text("found"), Image(data="eA==")), False, "function", EXTRAS), Text("go"))),
    ),
    tools=(Tool("grep", "finds", {"type": "object"}, "function", True, "space", EXTRAS), Tool("ls")),
    tool_choice=ToolChoice("tool", "grep", EXTRAS),
    parallel_tool_calls=True,
    sampling=Sampling(0.0, 0.5, 40, 7, 0.1, 0.2, ("stop", "halt")),
    max_tokens=100,
    thinking=ThinkingConfig("enabled", 2048, "high", "auto"),
    response_format=ResponseFormat("json_schema", {"type": "object"}, "n", True, "d"),
    user="u1",
    extras=EXTRAS,
)
IGNORED = {"stream", "include_usage", "model"}


def key(request: ChatRequest) -> bytes:
    return exact_key(request, HERE)


def others(value: Any) -> list[Any]:
    """Values near `value`, of its kind."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + 1]
    if isinstance(value, str):
        return [value + "x", value[1:]] if value else ["x"]
    if isinstance(value, dict):
        return [{**value, "z": {"k": 1}}, *([{}] if value else []), *({**value, name: {"other": 1}} for name in value)]
    return ["x"] if value is None else []


def changed(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, `node` with one thing changed), for every field below it."""
    if is_dataclass(node) and not isinstance(node, type):
        for field in fields(node):
            value = getattr(node, field.name)
            for where, other in changed(value, f"{path}.{field.name}"):
                yield where, replace(node, **{field.name: other})
            if value is not None and field.default is None:
                yield f"{path}.{field.name}=None", replace(node, **{field.name: None})
    elif isinstance(node, tuple):
        for place, value in enumerate(node):
            for where, other in changed(value, f"{path}[{place}]"):
                yield where, (*node[:place], other, *node[place + 1 :])
            yield f"{path}[{place}] gone", (*node[:place], *node[place + 1 :])
            yield f"{path}[{place}] twice", (*node[:place], value, *node[place:])
        if len(node) > 1:
            yield f"{path} turned round", tuple(reversed(node))
    else:
        for number, other in enumerate(others(node)):
            yield f"{path}~{number}", other


CHANGES = list(changed(FULL))


def test_the_full_request_leaves_no_field_of_any_node_out() -> None:
    seen: dict[type, set[str]] = {}

    def walk(node: Any) -> None:
        if is_dataclass(node) and not isinstance(node, type):
            for field in fields(node):
                value = getattr(node, field.name)
                if value not in (None, (), {}):
                    seen.setdefault(type(node), set()).add(field.name)
                walk(value)
        elif isinstance(node, tuple):
            for value in node:
                walk(value)

    walk(replace(FULL, stream=True, include_usage=True))
    for kind, names in seen.items():
        assert names == {field.name for field in fields(kind)}, kind


@pytest.mark.parametrize(("path", "other"), CHANGES, ids=[path for path, _ in CHANGES])
def test_a_change_of_any_field_changes_the_key_but_for_how_it_travels(path: str, other: ChatRequest) -> None:
    if path[1:].split("~")[0] in IGNORED:
        assert key(other) == key(FULL)
    else:
        assert key(other) != key(FULL)


def test_all_changes_have_keys_of_their_own() -> None:
    keys = [key(other) for path, other in CHANGES if path[1:].split("~")[0] not in IGNORED]
    values = [other for path, other in CHANGES if path[1:].split("~")[0] not in IGNORED]
    distinct = [value for place, value in enumerate(values) if value not in values[:place]]
    assert len(set(keys)) == len(distinct)


def test_the_dialect_counts_only_beside_a_wish_for_thinking() -> None:
    plain = replace(FULL, thinking=None)
    assert key(plain) == key(replace(plain, dialect="openai_chat"))
    assert key(FULL) != key(replace(FULL, dialect="openai_chat"))


def test_every_surrounding_counts_and_so_does_where_it_ends() -> None:
    assert len({exact_key(FULL, ["a", "b"]), exact_key(FULL, ["ab"]), exact_key(FULL, ["ab", ""]), key(FULL)}) == 4
    assert exact_key(FULL, ["", "ab"]) != exact_key(FULL, ["ab", ""])


texts = st.text(alphabet="ab:;1-t?h", max_size=6)
maybe = st.none() | texts
extras = st.sampled_from(({}, EXTRAS, {"x": {"y": "1:a"}}, {"x": {}}))
blocks = st.one_of(
    st.builds(Text, texts, extras),
    st.builds(Image, maybe, maybe, maybe),
    st.builds(Document, maybe, maybe, maybe, title=maybe),
    st.builds(ToolUse, texts, texts, texts, namespace=maybe),
    st.builds(Thinking, texts, maybe, st.booleans()),
    st.builds(ToolResult, texts, st.lists(st.builds(Text, texts), max_size=2).map(tuple), st.none() | st.booleans()),
)
messages = st.builds(
    Message, st.sampled_from(("user", "assistant", "system")), st.lists(blocks, max_size=3).map(tuple), extras
)
requests = st.builds(
    ChatRequest,
    st.just("anthropic"),
    texts,
    st.lists(messages, max_size=3).map(tuple),
    st.lists(st.builds(Text, texts), max_size=2).map(tuple),
    st.lists(st.builds(Tool, texts, maybe, namespace=maybe), max_size=2).map(tuple),
    sampling=st.builds(Sampling, st.none() | st.sampled_from((0.0, 1.0)), stop=st.lists(texts, max_size=2).map(tuple)),
    max_tokens=st.none() | st.integers(0, 12),
    user=maybe,
)


def plain(node: Any) -> Any:
    """`node` without what does not count: empty extras of a dialect."""
    if is_dataclass(node) and not isinstance(node, type):
        return (
            type(node),
            *[plain(getattr(node, field.name)) for field in fields(node) if field.name not in ("model", "stream")],
        )
    if isinstance(node, tuple):
        return tuple(plain(value) for value in node)
    return {name: value for name, value in node.items() if value} if isinstance(node, dict) else node


@given(requests, requests)
@settings(max_examples=400, deadline=None)
def test_two_requests_have_one_key_only_when_they_say_the_same(one: ChatRequest, other: ChatRequest) -> None:
    assert (key(one) == key(other)) == (plain(one) == plain(other))


@given(texts, texts, st.integers(1, 5), st.data())
@settings(max_examples=300, deadline=None)
def test_a_character_moved_to_the_neighbouring_field_changes_the_key(
    one: str, other: str, count: int, data: st.DataObject
) -> None:
    assume(len(one) >= count)
    build = data.draw(
        st.sampled_from(
            (
                lambda a, b: replace(FULL, system=(Text(a), Text(b))),
                lambda a, b: replace(FULL, messages=(Message("user", (Text(a), Text(b))),)),
                lambda a, b: replace(FULL, messages=(Message("user", (Text(a),)), Message("user", (Text(b),)))),
                lambda a, b: replace(FULL, tools=(Tool(a, b),)),
                lambda a, b: replace(FULL, messages=(Message("user", (ToolUse(a, b),)),)),
                lambda a, b: replace(FULL, messages=(Message("user", (Image(a, b),)),)),
                lambda a, b: replace(FULL, sampling=Sampling(stop=(a, b))),
            )
        )
    )
    assert key(build(one, other)) != key(build(one[:-count], one[-count:] + other))


def test_what_only_travels_differently_has_one_key() -> None:
    marked = {"anthropic": {"cache_control": {"type": "ephemeral"}}}
    base = replace(FULL, messages=(Message("user", (Text("hi"),)),), extras={})
    for other in (
        replace(base, messages=(Message("user", (Text("hi", marked),)),)),
        replace(base, messages=(Message("user", (Text("hi"),), {"anthropic": {"$content": "string"}}),)),
        replace(base, extras={"anthropic": {"service_tier": "auto", "stream": False}}),
        replace(base, extras={"openai_chat": {"~": {"null": ["stop"], "max_tokens": "max_completion_tokens"}}}),
        replace(base, sampling=replace(base.sampling, temperature=0)),
    ):
        assert key(other) == key(base)


@pytest.mark.parametrize(
    "extras",
    [
        {"anthropic": {"metadata": {"team": "a"}}},
        {"openai_chat": {"metadata": {"user": "a"}}},
        {"openai_chat": {"safety_identifier": "a"}},
        {"openai_responses": {"prompt_cache_key": "a"}},
        {"openai_chat": {"~": {"json_schema": {"x": 1}}}},
        {"openai_chat": {"logit_bias": {"50256": -100}}},
        {"ollama": {"~": {"options": {"num_ctx": 4096}}}},
        {"anthropic": {"context_management": {"edits": []}}},
    ],
)
def test_who_asks_and_what_shapes_the_answer_counts(extras: Any) -> None:
    assert key(replace(FULL, extras=extras)) != key(replace(FULL, extras={}))


def test_the_same_words_in_four_dialects_have_one_key() -> None:
    tool = {"type": "object", "properties": {"q": {"type": "string"}}}
    turns = [("user", "What is TCP?"), ("assistant", "A protocol."), ("user", "And UDP?")]
    said = [{"role": role, "content": text} for role, text in turns]
    listed = [{"role": role, "content": [{"type": "text", "text": text}]} for role, text in turns]
    claude = {
        "model": "a",
        "max_tokens": 50,
        "temperature": 0,
        "system": "Be brief.",
        "messages": said,
        "stop_sequences": ["END"],
        "tools": [{"name": "find", "description": "d", "input_schema": tool, "cache_control": {"type": "ephemeral"}}],
        "tool_choice": {"type": "auto"},
        "metadata": {"user_id": "u1"},
        "stream": True,
    }
    chat = {
        "model": "b",
        "max_completion_tokens": 50,
        "temperature": 0.0,
        "messages": [{"role": "system", "content": "Be brief."}, *listed],
        "stop": "END",
        "tools": [{"type": "function", "function": {"name": "find", "description": "d", "parameters": tool}}],
        "tool_choice": "auto",
        "user": "u1",
        "stream": False,
    }
    first = key(anthropic.DIALECT.decode_request(claude))
    assert first == key(anthropic.DIALECT.decode_request({**claude, "messages": listed}))
    assert first == key(openai_chat.DIALECT.decode_request(chat))
    plain_chat = {name: value for name, value in chat.items() if name not in ("tools", "tool_choice", "user", "stop")}
    second = key(openai_chat.DIALECT.decode_request(plain_chat))
    assert second != first
    items = {
        "model": "c",
        "max_output_tokens": 50,
        "temperature": 0,
        "instructions": "Be brief.",
        "input": said,
    }
    assert second == key(openai_responses.DIALECT.decode_request(items))
    llama = {
        "model": "d",
        "messages": [{"role": "system", "content": "Be brief."}, *said],
        "options": {"temperature": 0, "num_predict": 50},
        "keep_alive": "5m",
    }
    assert second == key(ollama.DIALECT.decode_request(llama))


# --- the ask and its context


def asking(text: str, *before: Message, **more: Any) -> ChatRequest:
    return ChatRequest("openai_chat", "m", (*before, Message("user", (Text(text),))), **more)


def parts(text: str, *before: Message, **more: Any) -> tuple[str, bytes]:
    found = split(asking(text, *before, **more), HERE)
    assert found is not None
    return found.ask, found.context


ONE = "def f(x):\n    return x + 1\n"
TWO = "def f(x):\n    return x - 1\n"
QUESTION = "Explain what this function returns and whether it has bugs."


@pytest.mark.parametrize("wrapping", ["```python\n{}```\n{}", "{}\n{}", "<file>\n{}</file>\n{}", "~~~\n{}~~~\n\n{}"])
def test_two_pasted_functions_with_one_question_have_contexts_of_their_own(wrapping: str) -> None:
    one, two = parts(wrapping.format(ONE, QUESTION)), parts(wrapping.format(TWO, QUESTION))
    assert one[0] == two[0] == QUESTION
    assert one[1] != two[1]


def test_where_code_stands_counts() -> None:
    code = f"```\n{ONE}```"
    before, after = parts(f"{code}\n{QUESTION}"), parts(f"{QUESTION}\n{code}")
    assert before[0] == after[0] == QUESTION
    assert before[1] != after[1] != parts(QUESTION)[1]
    twice = parts(f"{code}\n{QUESTION}\n{code}")
    assert len({before[1], after[1], twice[1]}) == 3


def test_only_the_ask_may_differ_within_a_context() -> None:
    one, other = parts("What is the capital of France?"), parts("Which city is the capital of France?")
    assert one[0] != other[0]
    assert one[1] == other[1]


def test_the_last_message_of_two_conversations_has_two_contexts() -> None:
    first = (Message("user", (Text("Tell me about Rust"),)), Message("assistant", (Text("A language."),)))
    second = (Message("user", (Text("Tell me about iron"),)), Message("assistant", (Text("A metal."),)))
    assert parts("Why does it rust?", *first)[1] != parts("Why does it rust?", *second)[1]


@pytest.mark.parametrize(
    ("path", "other"),
    [
        (path, other)
        for path, other in CHANGES
        if not path.startswith((".messages", ".model", ".stream", ".include", ".dialect"))
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_whatever_stands_beside_the_messages_is_context(path: str, other: ChatRequest) -> None:
    messages = (Message("user", (Text("What is TCP?"),)),)
    one, two = split(replace(FULL, messages=messages)), split(replace(other, messages=messages))
    assert one is not None
    assert two is not None
    assert one.context != two.context


def test_what_a_client_puts_in_is_context_wherever_it_stands() -> None:
    reminder = Text("<system-reminder>\nThe file a.py was changed.\n</system-reminder>")
    other = Text("<system-reminder>\nThe file b.py was changed.\n</system-reminder>")
    ask = Text("How do I rebase a branch?")
    found = [
        split(ChatRequest("anthropic", "m", (Message("user", blocks),)))
        for blocks in ((ask, reminder), (ask, other), (reminder, ask), (Text(reminder.text + "\n" + ask.text),))
    ]
    assert [part.ask for part in found if part] == [ask.text] * 4
    assert len({part.context for part in found if part}) == 4


@pytest.mark.parametrize(
    ("text", "ask"),
    [
        ("<user_query>\nHow do I rebase?\n</user_query>", "How do I rebase?"),
        ("Translate to German: The cat sat on the mat.", "Translate to German:"),
        ("Summarise this:\nThe cat sat.\nThe dog ran.", "Summarise this:"),
        ("Why? It says:\n2026-01-02 10:00:00 ERROR no\n2026-01-02 10:00:01 ERROR no", "Why? It says:"),
        ("What does this mean?\nTypeError: x is not a function", "What does this mean?"),
        ("什么是 TCP？", "什么是 TCP？"),
    ],
)
def test_what_is_handed_over_is_no_ask(text: str, ask: str) -> None:
    assert parts(text)[0] == ask


@pytest.mark.parametrize("text", ["", "   \n", "```\nx = 1\n```", "    indented()\n", "<data>a</data>"])
def test_without_prose_there_is_no_ask(text: str) -> None:
    assert split(asking(text)) is None


def test_an_answer_begun_by_the_caller_leaves_no_ask() -> None:
    begun = asking("What is TCP?")
    assert split(replace(begun, messages=(*begun.messages, Message("assistant", (Text("TCP is"),))))) is None


@given(st.text(alphabet='ab `~<>/:"\n\t{}=;.?“”', max_size=60), st.text(alphabet='ab `~<>/:"\n\t{}=;.?“”', max_size=60))
@settings(max_examples=500, deadline=None)
def test_one_ask_in_one_context_is_one_text_but_for_blank_space(one: str, other: str) -> None:
    first, second = split(asking(one)), split(asking(other))
    if first is not None and first == second:
        assert one.split() == other.split()


def test_split_and_key_never_agree() -> None:
    found = split(FULL, HERE)
    assert found is not None
    assert found.context != key(FULL)
    assert len(found.context) == len(key(FULL)) == 32
