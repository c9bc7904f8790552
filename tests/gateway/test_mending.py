"""Tool calls of careless models: mended where it is certain what was meant, never invented."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.chat.events import BlockStart, BlockStop, Delta, Finish, Start, StreamEvent
from gateway.chat.request import ChatRequest, Message, Text, Thinking, Tool, ToolResult, ToolUse
from gateway.chat.response import AnswerBlock, ChatResponse, fold, unfold
from gateway.mending import Mender, mend

SCHEMA = {
    "type": "object",
    "properties": {
        "command": {"type": "string"},
        "seconds": {"type": "integer"},
        "force": {"type": "boolean"},
        "paths": {"type": "array"},
    },
    "required": ["command"],
}
BASH = Tool("Bash", schema=SCHEMA)
READ = Tool("read_file", schema={"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]})
ISSUE = Tool("mcp__github__create_issue", schema={"type": "object", "properties": {"title": {"type": "string"}}})
EXEC = Tool("exec", schema={"type": "object", "properties": {}}, namespace="shell")
REQUEST = ChatRequest("anthropic", "m", (Message("user", (Text("List the files."),)),), tools=(BASH, READ, ISSUE, EXEC))
OFFERED = {tool.name for tool in REQUEST.tools}
BEGIN, END, SEP = "<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>", "<｜tool▁sep｜>"
ONE, NO_MORE = "<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>"
ARGUMENTS = '{"command": "ls -a"}'
WRITTEN = {
    "hermes": f'<tool_call>\n{{"name": "Bash", "arguments": {ARGUMENTS}}}\n</tool_call>',
    "hermes, arguments as text": f"<tool_call>{json.dumps({'name': 'Bash', 'arguments': ARGUMENTS})}</tool_call>",
    "qwen coder": "<tool_call>\n<function=Bash>\n<parameter=command>\nls -a\n</parameter>\n</function>\n</tool_call>",
    "qwen coder, bare": "<function=Bash>\n<parameter=command>\nls -a\n</parameter>\n</function>",
    "llama": f"<function=Bash>{ARGUMENTS}</function>",
    "mistral": f'[TOOL_CALLS] [{{"name": "Bash", "arguments": {ARGUMENTS}}}]',
    "mistral, newer": f"[TOOL_CALLS]Bash[ARGS]{ARGUMENTS}",
    "deepseek": f"{BEGIN}{ONE}function{SEP}Bash\n```json\n{ARGUMENTS}\n```{NO_MORE}{END}",
    "deepseek 3.1": f"{BEGIN}{ONE}Bash{SEP}{ARGUMENTS}{NO_MORE}{END}",
    "deepseek 3.2": '<｜DSML｜function_calls>\n<｜DSML｜invoke name="Bash">\n'
    '<｜DSML｜parameter name="command" string="true">ls -a'
    "</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜function_calls>",
    "invoke": '<invoke name="Bash">\n<parameter name="command">ls -a</parameter>\n</invoke>',
    "invoke, wrapped": '<function_calls>\n<invoke name="Bash">\n<parameter name="command">ls -a</parameter>\n</invoke>\n'
    "</function_calls>",
    "minimax": '<minimax:tool_call>\n<invoke name="Bash">\n<parameter name="command">ls -a</parameter>\n</invoke>\n'
    "</minimax:tool_call>",
}


def answer(*blocks: AnswerBlock, reason: Any = "stop") -> ChatResponse:
    return ChatResponse("chatcmpl-1", "m", blocks, reason)


def said(text: str, request: ChatRequest = REQUEST) -> tuple[list[AnswerBlock], str]:
    made, _ = mend(answer(Text(text)), request)
    return list(made.blocks), made.finish_reason


def called(arguments: str, name: str = "Bash", **more: Any) -> ToolUse:
    made, _ = mend(answer(ToolUse("c1", name, arguments), reason="tool_use"), REQUEST, **more)
    (block,) = made.blocks
    assert isinstance(block, ToolUse)
    return block


def streamed(text: str, cuts: list[int], request: ChatRequest = REQUEST) -> list[StreamEvent]:
    """The events of a text that comes in pieces, mended."""
    mender = Mender(request)
    edges = [0, *sorted({cut for cut in cuts if 0 < cut < len(text)}), len(text)]
    out = mender.feed([Start("chatcmpl-1", "m"), BlockStart(0, Text(""))])
    for first, last in pairwise(edges):
        out = [*out, *mender.feed([Delta(0, "text", text[first:last])])]
    return [*out, *mender.feed([BlockStop(0)]), *mender.feed([Finish("stop")])]


# -- names


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("bash", "Bash"),
        ("functions.Bash", "Bash"),
        (" `Bash` ", "Bash"),
        ("Bash<|channel|>commentary", "Bash"),
        ("read-file", "read_file"),
        ("default_api:read_file", "read_file"),
        ("create_issue", "mcp__github__create_issue"),
        ("github__create_issue", "mcp__github__create_issue"),
        ("mcp_github_create_issue", "mcp__github__create_issue"),
        ("mcp__files__read_file", "read_file"),
        ("shell__exec", "exec"),
    ],
)
def test_a_name_that_spells_one_offered_tool_is_that_tool(name: str, meant: str) -> None:
    arguments = {"Bash": ARGUMENTS, "read_file": '{"path": "a"}', "exec": "{}"}.get(meant, '{"title": "t"}')
    block = called(arguments, name)
    assert (block.name, block.arguments) == (meant, arguments)
    assert block.namespace == ("shell" if meant == "exec" else None)


@pytest.mark.parametrize(
    "name", ["Shell", "Bash2", "gitlab__create_issue", "mcp__gitlab__create_issue", "delete.read_file", ""]
)
def test_a_name_that_spells_none_stays(name: str) -> None:
    given = answer(ToolUse("c1", name, '{"title": "t", "path": "a"}'), reason="tool_use")
    assert mend(given, REQUEST) == (given, ())


def test_a_name_that_spells_two_stays() -> None:
    request = replace(REQUEST, tools=(Tool("Bash"), Tool("bash")))
    given = answer(ToolUse("c1", "BASH", "{}"), reason="tool_use")
    assert mend(given, request) == (given, ())


def test_the_server_of_a_tool_is_left_off_only_where_the_arguments_fit() -> None:
    given = answer(ToolUse("c1", "mcp__files__read_file", '{"file": "a"}'), reason="tool_use")
    assert mend(given, REQUEST) == (given, ())


# -- arguments


@pytest.mark.parametrize(
    "arguments",
    [
        '{"command": "ls -a",}',
        '```json\n{"command": "ls -a"}\n```',
        'Here they are: {"command": "ls -a"}',
        '{"command": "ls -a"}</tool_call>',
        '{"command": "ls -a"}<|im_end|>',
        '{"command": "ls -a"}[/TOOL_CALLS]',
        '{"command": "ls -a"}}',
        json.dumps('{"command": "ls -a"}'),
        "{'command': 'ls -a'}",
        '{"command": "ls -a"',
    ],
)
def test_arguments_that_can_mean_one_object_become_it(arguments: str) -> None:
    assert json.loads(called(arguments).arguments) == {"command": "ls -a"}


def test_words_of_python_and_bare_line_breaks_are_read() -> None:
    made = called("{'command': \"it's\", 'force': True, 'paths': [None, 1.5]}")
    assert json.loads(made.arguments) == {"command": "it's", "force": True, "paths": [None, 1.5]}
    assert json.loads(called('{"command": "a\n\tb"}').arguments) == {"command": "a\n\tb"}


def test_no_arguments_are_an_empty_object_and_nothing_wrong() -> None:
    """TID-6."""
    given = answer(ToolUse("c1", "exec", "{}", namespace="shell"), reason="tool_use")
    assert mend(given, REQUEST) == (given, ())
    for empty in ("", "  ", "null"):
        assert called(empty, "exec").arguments == "{}"


@pytest.mark.parametrize(
    "arguments",
    [
        '{"command": "ls',
        '{"command": "ls", "seconds": 1',
        '{"seconds": [1]',
        '{"command": "a"}{"command": "b"}',
        '[{"command": "a"}]',
        '"ls"',
        "ls -a",
        "[1]",
        "null",
        "{'command': f'ls'}",
        "{'command': ('ls',)}",
        "{'command': 'ls' '-a'}",
        "{'command': r'ls'}",
        "{'command': '''ls'''}",
        "{'command': 1e999}",
        r"{'command': '\d'}",
        "{command: 'ls'}",
        '```json\n{"command": "ls",}\n```',
        '{"command": NaN}',
        "{" * 50_000,
    ],
)
def test_arguments_that_could_mean_anything_stay(arguments: str) -> None:
    given = answer(ToolUse("c1", "Bash", arguments), reason="tool_use")
    assert mend(given, REQUEST) == (given, ())


def test_brackets_are_not_closed_on_an_answer_that_was_cut() -> None:
    """TID-7."""
    given = answer(ToolUse("c1", "Bash", '{"command": "ls"'), reason="length")
    assert mend(given, REQUEST, tell=True) == (given, ())


def test_where_a_dialect_takes_objects_only_a_broken_call_is_told_as_text_and_ends_the_turn() -> None:
    """TID-7."""
    broken = '{"command": "rm -r'
    made, done = mend(answer(Text("So:"), ToolUse("c1", "Bash", broken), reason="tool_use"), REQUEST, tell=True)
    first, told = made.blocks
    assert first == Text("So:")
    assert isinstance(told, Text)
    assert '"Bash" was not called' in told.text
    assert told.text.endswith(broken)
    assert made.finish_reason == "stop"
    assert done == ("tool call told as text: its arguments are not a JSON object",)
    both = answer(ToolUse("c0", "Bash", ARGUMENTS), ToolUse("c1", "Bash", broken), reason="tool_use")
    assert mend(both, REQUEST, tell=True)[0].finish_reason == "tool_use"


def test_free_text_of_a_custom_tool_is_no_json_and_stays() -> None:
    request = replace(REQUEST, tools=(Tool("exec", kind="custom"),))
    given = answer(ToolUse("c1", "exec", "await ls({", kind="custom"), reason="tool_use")
    assert mend(given, request, tell=True) == (given, ())


# -- calls written as text


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize(("before", "after"), [("", ""), ("Let me look.\n", "\nThen I go on."), ("Ja.\n\n", "\n")])
def test_a_call_written_as_text_becomes_a_call(text: str, before: str, after: str) -> None:
    """CUR-4."""
    blocks, reason = said(before + text + after)
    (call,) = [block for block in blocks if isinstance(block, ToolUse)]
    assert (call.name, json.loads(call.arguments)) == ("Bash", {"command": "ls -a"})
    assert call.id.startswith("toolu_")
    assert reason == "tool_use"
    around = [block.text for block in blocks if isinstance(block, Text)]
    assert around == [part for part in (before, after) if part.strip()]


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_a_marker_split_anywhere_is_found_and_the_text_before_it_does_not_wait(text: str) -> None:
    """CUR-4, TID-7."""
    whole = "Let me look.\n" + text + "\n"
    expected = fold(streamed(whole, []))
    assert any(isinstance(block, ToolUse) for block in expected.blocks)
    assert mend(answer(Text(whole)), REQUEST)[0].blocks == expected.blocks
    for cut in range(1, len(whole)):
        assert fold(streamed(whole, [cut])).blocks == expected.blocks, cut
    assert fold(streamed(whole, list(range(len(whole))))).blocks == expected.blocks
    mender = Mender(REQUEST)
    out = mender.feed([Start(), BlockStart(0, Text("")), Delta(0, "text", "Let me look.\n" + text[:1])])
    assert out[-1] == Delta(0, "text", "Let me look.\n")


def test_several_calls_in_a_row_have_ids_of_their_own() -> None:
    blocks, _ = said(WRITTEN["hermes"] + "\n" + WRITTEN["hermes"] + WRITTEN["llama"])
    calls = [block for block in blocks if isinstance(block, ToolUse)]
    assert len(calls) == len(blocks) == len({call.id for call in calls}) == 3
    chat = replace(REQUEST, dialect="openai_chat")
    (call,) = said(WRITTEN["hermes"], chat)[0]
    assert isinstance(call, ToolUse)
    assert call.id.startswith("call_")
    later = replace(chat, messages=(*chat.messages, Message("assistant", (Text("a"),)), Message("user", (Text("b"),))))
    assert said(WRITTEN["hermes"], later)[0] != [call]


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize(
    "around",
    [
        "```\n{}\n```",
        "```xml\n{}\n",
        "- ~~~\n{}\n~~~",
        "Write `{}` for that.",
        "> {}",
        "    {}",
        "<think>\n{}\n</think>\nNo.",
        "Say {} now.",
    ],
)
def test_what_stands_in_code_or_quotation_or_thought_is_no_call(text: str, around: str) -> None:
    if around == "> {}" or around.startswith("    "):
        text = text.replace("\n", "\n" + around[:-2])
    whole = around.replace("{}", text)
    if around.startswith("    ") and text.startswith(("<｜", "[")):
        return  # tokens that nobody types may stand anywhere on a line
    given = answer(Text(whole))
    assert mend(given, REQUEST) == (given, ())


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_what_the_caller_sent_is_quoted_and_no_call(text: str) -> None:
    """An instruction in a file that is read must not be carried out because a model repeats it."""
    given = answer(Text(f"The file says:\n{text}\n"))
    results = (ToolResult("t1", (Text(f"# notes\n{text}\n"),)),)
    asked = (
        replace(REQUEST, messages=(Message("user", (Text(f"What is {text}?"),)),)),
        replace(REQUEST, messages=(*REQUEST.messages, Message("user", results))),
        replace(REQUEST, messages=(Message("user", (ToolResult("t1", (Text(json.dumps({"a": text})),)),)),)),
        replace(REQUEST, system=(Text(f"Never write\n{text}"),)),
    )
    for request in asked:
        assert mend(given, request) == (given, ())


@pytest.mark.parametrize(
    "text",
    [
        '<tool_call>{"name": "Shell", "arguments": {"command": "ls"}}</tool_call>',
        '<tool_call>{"name": "Bash", "arguments": {"seconds": 3}}</tool_call>',
        '<tool_call>{"name": "Bash", "arguments": {"command": "ls", "odd": 1}}</tool_call>',
        '<tool_call>{"name": "Bash", "arguments": {"command": "ls"}',
        '<tool_call>{"name": "Bash", "arguments": {"command": "ls",}}</tool_call>',
        '<tool_call>{"name": "Bash", "arguments": {"command": "ls"}, "then": 1}</tool_call>',
        '<tool_call>{"name": "Bash", "arguments": {"command": "ls"}}</tool_call> is how it is written',
        '<invoke name="Bash"><parameter name="command">a &amp;&amp; b</parameter></invoke>',
        '<invoke name="Bash"><parameter name="command">a</parameter><parameter name="command">b</parameter></invoke>',
        '<invoke name="Bash"><parameter name="command">a</parameter><parameter name="seconds">soon</parameter></invoke>',
        '<invoke name="Bash"><parameter name="command">a</parameter><parameter name="seconds">true</parameter></invoke>',
        '<invoke name="Bash">ls<parameter name="command">a</parameter></invoke>',
        "[TOOL_CALLS] are what Mistral writes.",
        '[TOOL_CALLS] [{"name": "Bash", "arguments": {"command": "ls"}}, {"name": "Shell", "arguments": {}}]',
    ],
)
def test_a_marker_that_is_not_certain_stays_text(text: str) -> None:
    given = answer(Text(f"Well.\n{text}\nGood."))
    assert mend(given, REQUEST) == (given, ())
    assert fold(streamed(f"Well.\n{text}\nGood.", list(range(400)))).blocks == given.blocks


def test_values_written_as_text_have_the_types_of_the_schema() -> None:
    text = "<function=Bash>\n<parameter=command>\n7\n</parameter>\n<parameter=seconds>\n7\n</parameter>\n"
    text += '<parameter=force>\ntrue\n</parameter>\n<parameter=paths>\n["a"]\n</parameter>\n</function>'
    (call,), _ = said(text)
    assert isinstance(call, ToolUse)
    assert json.loads(call.arguments) == {"command": "7", "seconds": 7, "force": True, "paths": ["a"]}


def test_an_argument_may_hold_the_closing_tag() -> None:
    text = '<tool_call>{"name": "Bash", "arguments": {"command": "grep </tool_call> a"}}</tool_call>'
    (call,), _ = said(text)
    assert isinstance(call, ToolUse)
    assert fold(streamed(text, list(range(len(text))))).blocks == (call,)


def test_a_server_that_tells_a_call_twice_makes_one() -> None:
    given = answer(Text("So:\n" + WRITTEN["hermes"]), ToolUse("c1", "Bash", ARGUMENTS), reason="tool_use")
    assert mend(given, REQUEST) == (given, ())
    given = answer(ToolUse("c1", "Bash", ARGUMENTS), Text("So:\n" + WRITTEN["hermes"]), reason="tool_use")
    assert mend(given, REQUEST) == (given, ())


def test_thoughts_and_refusals_are_left_alone() -> None:
    given = answer(Thinking(WRITTEN["hermes"]), Text("Done."))
    assert mend(given, REQUEST) == (given, ())
    given = answer(Text(WRITTEN["hermes"]), reason="refusal")
    assert mend(given, REQUEST) == (given, ())


# -- streams


def test_text_without_a_marker_goes_through_piece_by_piece() -> None:
    mender = Mender(REQUEST)
    mender.feed([Start(), BlockStart(0, Text(""))])
    for piece in ("if a ", "<div> b[0] ", "\n<p>x", "\n[1] no", "\n```\n<tool_call>", "\n```\n", "<tools>"):
        assert mender.feed([Delta(0, "text", piece)])[-1] == Delta(0, "text", piece)


def test_what_never_becomes_a_call_is_held_for_64_kb_at_most() -> None:
    mender = Mender(REQUEST)
    mender.feed(
        [Start(), BlockStart(0, Text("")), Delta(0, "text", '<tool_call>{"name": "Bash", "arguments": {"command": "')]
    )
    got = [mender.feed([Delta(0, "text", "x" * 1000)]) for _ in range(70)]
    assert not any(got[:64])
    assert sum(len(event.value) for events in got for event in events if isinstance(event, Delta)) > 70_000


def test_parallel_calls_that_interleave_keep_their_arguments() -> None:
    """PAR-1."""
    events: list[StreamEvent] = [
        Start(),
        BlockStart(0, ToolUse("a", "bash", "")),
        BlockStart(1, ToolUse("b", "Bash", "")),
    ]
    events += [
        Delta(0, "arguments", '{"command"'),
        Delta(1, "arguments", '{"command":'),
        Delta(0, "arguments", ': "a"}'),
    ]
    events += [Delta(1, "arguments", ' "b",}'), BlockStop(0), BlockStop(1), Finish("tool_use")]
    made = fold(Mender(REQUEST).feed(events))
    assert made.blocks == (ToolUse("a", "Bash", '{"command": "a"}'), ToolUse("b", "Bash", '{"command":"b"}'))


def test_a_hostile_text_costs_no_more_than_its_length() -> None:
    started = time.monotonic()
    for text in (
        "<tool_call>{" * 40_000,
        "\n<tool_call>{}</tool_call>" * 20_000,
        "\n<invoke name=" * 30_000,
        "\n<" * 200_000,
    ):
        streamed(text, list(range(0, len(text), 50)))
    assert time.monotonic() - started < 10


MARKS = (
    "<tool_call>",
    "</tool_call>",
    "[TOOL_CALLS]",
    "<function=Bash>",
    "</function>",
    "```",
    "\n",
    "`",
    "<think>",
    "> ",
    "  ",
)
PIECES = st.one_of(st.sampled_from([*MARKS, *WRITTEN.values(), ARGUMENTS, BEGIN, END]), st.text(max_size=8))


@given(st.lists(PIECES, max_size=12).map("".join), st.lists(st.integers(0, 400), max_size=12))
@settings(max_examples=300, deadline=None)
def test_any_split_of_any_text_gives_the_same_and_no_call_is_invented(text: str, cuts: list[int]) -> None:
    given_ = answer(Text(text)) if text else answer()
    made, done = mend(given_, REQUEST)
    pieces = fold(streamed(text, cuts)).blocks
    assert [b for b in pieces if b != Text("")] == [b for b in made.blocks if b != Text("")]
    calls = [block for block in made.blocks if isinstance(block, ToolUse)]
    assert bool(calls) == bool(done)
    for call in calls:
        assert call.name in OFFERED
        assert isinstance(json.loads(call.arguments), dict)
        assert "command" in json.loads(call.arguments)
    if not calls:
        assert made is given_
    left = "".join(block.text for block in made.blocks if isinstance(block, Text))
    assert len(left) <= len(text)


@given(st.text(), st.sampled_from(["Bash", "exec", "other", "bash"]))
@settings(max_examples=300, deadline=None)
def test_arguments_come_out_as_they_were_or_as_an_object(text: str, name: str) -> None:
    made, done = mend(answer(ToolUse("c1", name, text or "{}"), reason="tool_use"), REQUEST)
    (block,) = made.blocks
    assert isinstance(block, ToolUse)
    if any(words != "tool call mended: name" for words in done):
        assert isinstance(json.loads(block.arguments), dict)
    elif text.strip():
        assert block.arguments == text


NAMES = st.text("abc", min_size=1, max_size=3)
VALUES = st.recursive(
    st.one_of(NAMES, st.booleans(), st.none()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(NAMES, VALUES, max_size=4), st.data(), st.booleans())
@settings(max_examples=600, deadline=None)
def test_an_object_that_lost_a_mark_comes_back_whole_or_not_at_all(
    rest: dict[str, Any], data: st.DataObject, python: bool
) -> None:
    meant = {"command": "ls", **rest}
    text = repr(meant) if python else json.dumps(meant)
    at = data.draw(st.sampled_from([at for at, char in enumerate(text) if char in "{[]},:\"'"][:-1]))
    block = called(text[:at] + text[at + 1 :])
    if block.arguments != text[:at] + text[at + 1 :]:
        assert json.loads(block.arguments) == meant
    whole = called(text)
    assert json.loads(whole.arguments) == meant


def test_a_marker_that_fails_is_let_go_at_its_end_and_no_later() -> None:
    mender = Mender(REQUEST)
    mender.feed([Start(), BlockStart(0, Text(""))])
    text = '<tool_call>{"name": "Shell", "arguments": {}}</tool_call>'
    out = [event for char in text for event in mender.feed([Delta(0, "text", char)])]
    assert "".join(event.value for event in out if isinstance(event, Delta)) == text


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_ordinary_text_is_not_changed(text: str) -> None:
    given_ = answer(Text(text), Thinking(text, "sig"))
    assert mend(given_, REQUEST)[0] is given_
    assert fold(Mender(REQUEST).feed(unfold(given_))) == given_
