"""What a shell command line runs, as far as it tells what its output looks like. Never executed, only read."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 2_000
_WORD = re.compile(r"""'[^']*'|"(?:[^"\\]|\\.)*"|&&|\|\||[|;&\n]|(?:[^\s'"|;&\\]|\\.)+|\S""")
_STOPS = {"&&", "||", "|", ";", "&", "\n"}
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_WRAPPERS = {"sudo", "time", "env", "nice", "nohup", "command", "exec", "npx", "bunx", "stdbuf", "xvfb-run", "unbuffer"}
_RUNNERS = {"uv": "run", "poetry": "run", "pipenv": "run", "pdm": "run", "hatch": "run", "rye": "run", "pnpm": "exec"}
_READERS = {"cat", "head", "tail", "less", "more", "bat", "batcat", "nl", "sed", "awk", "type", "xxd", "od", "strings"}
_A_READER = re.compile(r"\b(?:" + "|".join(sorted(_READERS)) + r")\b")
_CARRIERS = {
    "find",
    "fd",
    "docker",
    "podman",
    "kubectl",
    "oc",
    "ssh",
    "bash",
    "sh",
    "zsh",
    "watch",
    "parallel",
    "docker-compose",
}
_READING_TOOLS = re.compile(r"read|view|cat\Z|open|file_?content|get_?file|edit|write|str_replace|patch|notebook")
_SHELLS = {
    "bash",
    "shell",
    "sh",
    "zsh",
    "terminal",
    "run_command",
    "execute_command",
    "local_shell",
    "exec_command",
    "",
}
_FILTERS = {"head", "tail", "sort", "uniq", "wc", "tee", "less", "cat"}


@dataclass(frozen=True, slots=True)
class Call:
    """One program of a command line: its base name, its arguments, and whether it reads another's output."""

    program: str
    arguments: tuple[str, ...]
    piped: bool

    def has(self, *flags: str) -> bool:
        return any(word in flags for word in self.arguments)

    def flag(self, *letters: str) -> bool:
        """Whether a bundle of short options (`-rln`) holds one of `letters`."""
        bundles = [word for word in self.arguments if word[:1] == "-" and word[1:].isalpha()]
        return any(letter in word for word in bundles for letter in letters)

    @property
    def verb(self) -> str:
        """The first argument that is no option (`status` of `git -C x status`)."""
        skip = False
        for word in self.arguments:
            if skip:
                skip = False
            elif word in ("-C", "-c", "--git-dir", "--context", "-n", "--namespace", "--prefix", "--cwd"):
                skip = True
            elif not word.startswith(("-", "+")):
                return word
        return ""


def is_shell(tool: str) -> bool:
    return tool.lower().rsplit("__", 1)[-1].rsplit(".", 1)[-1] in _SHELLS


def parse(command: str, tool: str) -> tuple[Call, ...]:
    """The programs of `command`, in order; of a tool that is no shell, the tool's own name with the text it was given."""
    if not is_shell(tool):
        name = tool.lower().rsplit("__", 1)[-1].rsplit(".", 1)[-1]
        return (Call(name, (command[:LONGEST],), piped=False),)
    calls: list[Call] = []
    words: list[str] = []
    piped = False
    for word in [*_WORD.findall(command[:LONGEST]), "\n"]:
        if word not in _STOPS:
            words.append(word.strip("'\""))
            continue
        call = _call(words, piped)
        if call:
            calls.append(call)
        words, piped = [], word == "|"
    if _A_READER.search(command, LONGEST):
        calls.append(Call("cat", (), piped=False))
    return tuple(calls)


def _call(words: list[str], piped: bool) -> Call | None:
    at = 0
    while at < len(words):
        word = words[at]
        base = word.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".exe")
        following = words[at + 1] if at + 1 < len(words) else ""
        if base == "xargs":  # What it runs reads words, not the text that was piped.
            at, piped = at + 1, False
        elif (
            _ASSIGNMENT.match(word)
            or base in _WRAPPERS
            or word.startswith("-")
            or word.isdigit()
            or base in ("(", "{", "{}", "do", "then", "!")
        ):
            at += 1
        elif base == "timeout" or _RUNNERS.get(base) == following or (base.startswith("python") and following == "-m"):
            at += 2
        elif base in ("cd", "export", "set", "source", ".", "echo", "pushd", "popd", "mkdir"):
            return None
        else:
            return Call(base, tuple(word for word in words[at + 1 :] if not word.startswith((">", "2>"))), piped)
    return None


def reads_files(calls: tuple[Call, ...], tool: str) -> bool:
    """Whether the output holds the text of a file somebody may edit next: such text is never altered."""
    if not is_shell(tool):
        return any(_READING_TOOLS.search(call.program) for call in calls)
    for at, call in enumerate(calls):
        if call.program == "git" and (
            call.verb == "cat-file" or (call.verb == "show" and any(":" in word for word in call.arguments))
        ):
            return True
        if call.program in _CARRIERS and any(word in _READERS for word in call.arguments):
            return True
        if call.program in _READERS and not call.piped:
            following = calls[at + 1] if at + 1 < len(calls) else None
            if following is None or not following.piped or following.program in _FILTERS | _READERS:
                return True
    return False


def files_read(calls: tuple[Call, ...], tool: str) -> list[str]:
    """The words after a reading program that may be paths."""
    return [
        word
        for call in calls
        if call.program in _READERS or not is_shell(tool)
        for word in call.arguments
        if "." in word and not word.startswith("-")
    ]
