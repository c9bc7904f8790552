"""The agent brain plays a task with whatever tools it is offered, in every dialect."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes import brain
from tests.fakes.dialects.base import Seen
from tests.fakes.script import ToolCall

STRING = {"type": "string"}


def schema(*names: str) -> dict[str, object]:
    return {"type": "object", "properties": dict.fromkeys(names, STRING)}


def call(seen: Seen) -> ToolCall:
    (found,) = [part for part in brain.answer(seen).parts if isinstance(part, ToolCall)]
    return found


def test_it_reads_then_edits_then_reports() -> None:
    tools = {
        "Read": schema("file_path"),
        "Edit": schema("file_path", "old_string", "new_string"),
        "Bash": schema("command"),
    }
    said = brain.task("/p/hello.py", old="hello", new="goodbye")
    assert call(Seen(tools, 0, said)).arguments == {"file_path": "/p/hello.py"}
    second = call(Seen(tools, 1, said))
    assert (second.name, second.arguments["new_string"]) == ("Edit", "goodbye")
    assert not [part for part in brain.answer(Seen(tools, 2, said)).parts if isinstance(part, ToolCall)]


@pytest.mark.parametrize("name", ["exec_command", "functions__exec_command", "shell.exec_command"])
def test_a_shell_is_found_behind_any_prefix(name: str, tmp_path: Path) -> None:
    said = brain.task(str(tmp_path / "a.txt"), content="hello there")
    assert "hello there" in str(call(Seen({name: schema("cmd")}, 0, said)).arguments["cmd"])


def test_a_free_form_tool_gets_a_script_and_its_function_twin_an_argument() -> None:
    said = brain.task("/p/a", old="x", new="y")
    free = call(Seen({"exec": {}}, 0, said, custom=("exec",), namespaces={"exec": "functions"}))
    assert free.custom
    assert free.namespace == "functions"
    twin = call(Seen({"functions__exec": schema("input")}, 0, said))
    assert str(twin.arguments["input"]).startswith("const r = await tools.exec_command")


def test_without_tools_it_answers_with_text_or_the_json_asked_for() -> None:
    assert brain.answer(Seen(text="hi")).finish == "end"
    (part,) = brain.answer(Seen(text="hi", wants_json=True)).parts
    assert not isinstance(part, ToolCall)
    assert part.text.startswith("{")
