"""The agent brain: plays a small coding task with whatever tools the client offers, so that real coding clients can be run
against the scripted upstream without a model.

The task is written in the prompt in one of two forms (``task`` makes them)::

    Create the file <path> containing: <one line>
    In the file <path> replace <<old>> by <<new>>

Turn by turn it answers with the next tool call (read, then edit; or one shell command) and, once every call has a result,
with a final text. A request without tools gets a short text, or a JSON object if it asks for JSON.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .dialects.base import Seen
from .script import Reply, Text, Thinking, ToolCall

CREATE = re.compile(r"Create the file (\S+) containing: ([^\n\"\\]+)")
REPLACE = re.compile(r"In the file (\S+) replace <<(.+?)>> by <<(.+?)>>")
SHELLS = (
    "exec_command",
    "Bash",
    "bash",
    "shell",
    "run_shell_command",
    "execute_command",
    "shell_command",
    "run_terminal_cmd",
)
WRITERS = ("Write", "write", "write_file", "create_file", "write_to_file")
READERS = ("Read", "read", "read_file")
EDITORS = ("Edit", "edit", "edit_file", "replace", "str_replace", "search_replace")
PATHS = ("file_path", "filePath", "path", "absolute_path", "target_file", "filepath")
OLD = ("old_string", "oldString", "old_str", "old", "oldText")
NEW = ("new_string", "newString", "new_str", "new", "newText")
CONTENT = ("content", "contents", "text", "file_text")
COMMAND = ("cmd", "command", "script")


def task(path: str, content: str | None = None, old: str = "", new: str = "") -> str:
    """The sentence to put in a prompt."""
    if content is not None:
        return f"Create the file {path} containing: {content}"
    return f"In the file {path} replace <<{old}>> by <<{new}>>"


@dataclass(frozen=True)
class Job:
    path: str
    content: str | None
    old: str = ""
    new: str = ""

    @property
    def shell(self) -> str:
        where = shlex.quote(self.path)
        if self.content is not None:
            return f"printf '%s\\n' {shlex.quote(self.content)} > {where}"
        script = "import sys; p, a, b = sys.argv[1:]; t = open(p).read().replace(a, b); open(p, 'w').write(t)"
        return f"python3 -c {shlex.quote(script)} {where} {shlex.quote(self.old)} {shlex.quote(self.new)}"


def job_in(text: str) -> Job | None:
    """The last task the text names."""
    replaced = REPLACE.findall(text)
    if replaced:
        path, old, new = replaced[-1]
        return Job(path, None, old, new)
    created = CREATE.findall(text)
    return Job(created[-1][0], created[-1][1].strip()) if created else None


def answer(seen: Seen) -> Reply:
    job = job_in(seen.text)
    if not seen.tools or job is None:
        said = json.dumps({"title": "Scripted task"}) if seen.wants_json else "Hello from the scripted upstream."
        return Reply(parts=(Text(said),))
    steps = _steps(seen, job)
    if seen.results < len(steps):
        doing = f"Step {seen.results + 1} of {len(steps)}."
        return Reply(parts=(Thinking(f"I should work on {job.path}."), Text(doing), steps[seen.results]))
    return Reply(parts=(Text(f"Done: {job.path} is as you asked."),))


def bare(name: str) -> str:
    """A tool's name without the namespace or server a client or gateway put before it."""
    return re.split(r"__|\.", name)[-1]


def _steps(seen: Seen, job: Job) -> list[ToolCall]:
    known = {bare(name): name for name in seen.tools}

    def first(names: tuple[str, ...]) -> str | None:
        return next((known[name] for name in names if name in known), None)

    reader, editor, writer, shell = first(READERS), first(EDITORS), first(WRITERS), first(SHELLS)
    if job.content is None and editor:
        edit = _call(seen, editor, job)
        return [_call(seen, reader, job), edit] if reader else [edit]
    if job.content is not None and writer:
        return [_call(seen, writer, job)]
    if shell:
        return [_call(seen, shell, job)]
    if "exec" in known:
        return [_script(seen, known["exec"], job)]
    return [_call(seen, next(iter(seen.tools)), job)]


def _script(seen: Seen, name: str, job: Job) -> ToolCall:
    """Codex in code mode: one free-form JavaScript tool, which a gateway may offer as a function with one text argument."""
    source = f"const r = await tools.exec_command({{cmd: {json.dumps(job.shell)}}}); text(r.output);"
    if name in seen.custom:
        return ToolCall(name, raw=source, custom=True, namespace=seen.namespaces.get(name))
    argument = next(iter(seen.tools[name].get("properties") or {}), "input")
    return ToolCall(name, {argument: source}, namespace=seen.namespaces.get(name))


def _call(seen: Seen, name: str, job: Job) -> ToolCall:
    properties: Mapping[str, Any] = seen.tools[name].get("properties") or {}
    values: dict[str, Any] = dict.fromkeys(PATHS, job.path) | dict.fromkeys(OLD, job.old) | dict.fromkeys(NEW, job.new)
    values |= dict.fromkeys(CONTENT, f"{job.content or ''}\n") | dict.fromkeys(COMMAND, job.shell)
    values |= {"description": "Do the task"}
    chosen = {key: values[key] for key in properties if key in values}
    for key in COMMAND:
        if (properties.get(key) or {}).get("type") in ("array", "ARRAY") and key in chosen:
            chosen[key] = ["bash", "-lc", job.shell]
    return ToolCall(name, chosen, namespace=seen.namespaces.get(name))
