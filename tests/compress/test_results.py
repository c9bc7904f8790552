"""What clients put around a tool's output stays to the letter; what made it is found in the call (clients.md)."""

from __future__ import annotations

import json

import pytest

from gateway.chat.request import ChatRequest, Message, Opaque, Text, ToolResult, ToolUse
from gateway.compress.results import Job, command_of, made_of, places, with_texts

PASSED = "\n".join(f"tests/test_a.py::test_{at} PASSED [{at:3d}%]" for at in range(90))
RUN = (
    f"===== test session starts =====\ncollected 91 items\n{PASSED}\ntests/test_a.py::test_x FAILED [100%]\n\n"
    "===== 1 failed, 90 passed in 1.00s ====="
)
REMINDER = "\n<system-reminder>\nThe file src/a.py was changed.\n</system-reminder>"
CODEX = "Chunk ID: 3f2a\nWall time: 1.2031 seconds\nProcess exited with code 1\nOriginal token count: 2048\nOutput:\n"


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ('{"command": "pytest -q", "description": "Run"}', "pytest -q"),
        ('{"command": ["bash", "-lc", "pytest -q | tail"]}', "pytest -q | tail"),
        ('{"command": ["git", "status"]}', "git status"),
        ('{"cmd": "ls -la", "workdir": "/x"}', "ls -la"),
        ('{"file_path": "/a/b.py"}', "/a/b.py"),
        ('{"pattern": "TODO"}', "TODO"),
        ("{}", ""),
        ("[1]", ""),
        ("not JSON", ""),
    ],
)
def test_the_command_is_found_in_the_call(arguments: str, command: str) -> None:
    assert command_of(ToolUse("1", "Bash", arguments)) == command


@pytest.mark.parametrize(
    ("head", "tail"), [("", ""), (CODEX, ""), ("Exit code 1\n", ""), ("", REMINDER), ("Exit code 1\n", REMINDER)]
)
def test_what_stands_around_it_stays(head: str, tail: str) -> None:
    text, name = made_of(Job(head + RUN + tail, "pytest -v", "Bash"))
    assert name == "pytest"
    assert text.startswith(head)
    assert text.endswith(tail)
    assert "test_x" in text
    assert len(text) < len(RUN) / 3


def test_codexs_quoted_output_stays_quoted() -> None:
    came = json.dumps({"output": RUN, "metadata": {"exit_code": 1, "duration_seconds": 1.2}})
    text, name = made_of(Job(came, "pytest -v", "shell"))
    assert name == "pytest"
    made = json.loads(text)
    assert made["metadata"] == {"exit_code": 1, "duration_seconds": 1.2}
    assert "test_x" in made["output"]
    assert len(text) < len(came) / 3


def test_only_results_whose_call_is_known_and_only_texts_are_looked_at() -> None:
    """CMP-1: blocks of server tools are nobody's to touch."""
    picture = Opaque("anthropic", "web_search_tool_result", {"type": "web_search_tool_result", "content": RUN})
    messages = (
        Message("user", (Text(RUN),)),
        Message("assistant", (ToolUse("a", "Bash", '{"command": "pytest -v"}'), picture)),
        Message(
            "user", (ToolResult("a", (Text(RUN), picture, Text("short"))), ToolResult("b", (Text(RUN),)), Text(RUN))
        ),
    )
    request = ChatRequest("anthropic", "m", messages)
    (place,) = places(request)
    assert (place.message, place.block, place.part, place.new) == (2, 0, 0, True)
    made = with_texts(request, [(place, "shorter")])
    result = made.messages[2].blocks[0]
    assert isinstance(result, ToolResult)
    assert result.content == (Text("shorter"), picture, Text("short"))
    assert made.messages[2].blocks[1:] == messages[2].blocks[1:]
    assert made.messages[:2] == messages[:2]
    assert with_texts(request, []) is request
