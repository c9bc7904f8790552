"""The same bytes again in every process, never larger, source code untouched, linear time (CMP-3)."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gateway.compress import Compressed, compress

from .samples import CASES

COMMANDS = [
    "pytest -q",
    "npx jest",
    "npx mocha",
    "cargo test",
    "go test ./...",
    "mvn test",
    "cargo build",
    "node --test",
    "npx tape test",
    "python -m unittest -v",
    "git log --stat",
    "git status",
    "git status -s",
    "git diff",
    "git blame a.py",
    "grep -rn x .",
    "rg x",
    "find .",
    "ls -la",
    "tree",
    "mypy .",
    "npx eslint .",
    "pip install x",
    "docker ps",
    "docker logs x",
    "",
]
PIECES = some.sampled_from(
    [
        "a.py:1:2: E1 x",
        "a.py-3-x",
        "src/a.py",
        "\t",
        "    ",
        "=== FAILURES ===",
        "___ t ___",
        "E   x",
        ">   y",
        "a.py:3: E",
        "PASS a.js",
        "✔ a (1ms)",
        "✖ failing tests:",
        "✖ a (1ms)",
        "▶ a",
        "ℹ tests 3",
        "ok 1 a",
        "not ok 2 b",
        "  ---",
        "  ...",
        "# Subtest: a",
        "    at f (node:internal/x:1:2) {",
        "  requireStack: [",
        "t (a.B.t) ... ok",
        "=" * 70,
        "FAIL: t (a.B.t)",
        '  File "/a/b/c/d.py", line 3, in t',
        "Ran 3 tests in 0.1s",
        "[WARNING] /a/B.java:[1,2] old",
        "[ERROR]   symbol: class B",
        "[INFO] Running a.B",
        "error[E0308]: wrong",
        "   --> src/lib.rs:3:4",
        "note: method defined here",
        "---- t stdout ----",
        "thread 't' (1) panicked at a.rs:1:2:",
        "  ✓ ok",
        "  ● bad",
        "--- PASS: T (0s)",
        "=== RUN   T",
        "warning: x",
        " --> a:1:1",
        "commit " + "a" * 40,
        "Author: A <b@c>",
        "Date:   Mon Jan 5 10:00:00 2026 +0000",
        " M a.py",
        "\tmodified:   b",
        "-rw-r--r-- 1 a b 10 Nov 22 17:20 name",
        "├── x",
        "│   └── y",
        "2026-01-01 10:00:00 INFO x 1",
        "NAME  READY  AGE",
        "abcdef12 (A 2026-01-01 10:00:00 +0000 1) x",
        " a | 3 ++-",
        "[INFO] x",
        "FAILED a::b - c",
        "1 failed",
        "\x1b[31m",
        "x\ry",
        "│",
        "3 passing (1s)",
        "--",
        "12:x",
    ]
)
TEXTS = some.lists(PIECES | some.text(max_size=20), min_size=5, max_size=60).map("\n".join)


@given(TEXTS, some.sampled_from(COMMANDS), some.sampled_from(["Bash", "Grep", "mcp__x__y"]))
def test_any_text_comes_out_no_larger_and_the_same_each_time(text: str, command: str, tool: str) -> None:
    made = compress(text, command, tool)
    assert len(made.text) <= len(text)
    assert compress(text, command, tool) == made
    assert made.name or made.text == text
    again = compress(made.text, command, tool)
    assert len(again.text) <= len(made.text)


@pytest.mark.parametrize("command", CASES)
def test_another_process_makes_the_same_bytes(command: str) -> None:
    text = CASES[command][0]
    program = (
        "import sys, hashlib; from gateway.compress import compress;"
        "print(hashlib.sha256(compress(sys.stdin.buffer.read().decode(), sys.argv[1], 'Bash').text.encode()).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, command],
        input=text.encode(),
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": "12345"},
    )
    assert done.stdout.decode().strip() == hashlib.sha256(compress(text, command, "Bash").text.encode()).hexdigest()


SOURCE = (
    "\n".join(["import os", "", "", "", *("    return 'PASS'" for _ in range(40)), "A = '" + "QUJDabc123" * 90 + "'"])
    + "\n"
)


@pytest.mark.parametrize(
    ("command", "tool"),
    [
        ("cat src/a.py", "Bash"),
        ("cd src && sed -n '1,80p' a.py", "Bash"),
        ("head -100 a.py | tail -20", "Bash"),
        ("pytest -q; cat a.py", "Bash"),
        ("git show HEAD~2:src/a.py", "bash"),
        ("find src -name a.py -exec cat {} +", "Bash"),
        ("git ls-files | xargs -n 1 cat", "Bash"),
        ("docker exec shop cat /app/a.py", "Bash"),
        ("for f in src/*.py; do cat $f; done", "Bash"),
        ("python - <<E\n" + "x = 1\n" * 500 + "E\ncat a.py", "Bash"),
        ("/app/src/a.py", "Read"),
        ("src/a.py", "mcp__filesystem__read_text_file"),
        ("a.py", "get_file_contents"),
        ("a.py", "view"),
        ("a.py", "str_replace_editor"),
    ],
)
def test_source_that_is_read_is_never_altered(command: str, tool: str) -> None:
    for text in (SOURCE, "\x1b[31m" + SOURCE, CASES["docker logs shop"][0], CASES["npm install"][0]):
        assert compress(text, command, tool) == Compressed(text, "")


def test_a_log_that_is_read_may_be_shortened() -> None:
    assert compress(CASES["docker logs shop"][0], "tail -n 500 /var/log/shop.log", "Bash").name == "log"


def test_short_texts_stay() -> None:
    assert compress("[ 1,  2 ]", "curl x", "Bash") == Compressed("[ 1,  2 ]", "")


BOMBS = [
    "a",
    "0",
    " ",
    "\n",
    "a/",
    "a:",
    "1:",
    "-",
    '"',
    "[",
    '{"a":',
    "\x1b[",
    "\x1b]",
    "x\r",
    "=",
    "= ",
    "_ ",
    "|",
    "  |",
    "│  ",
    "^",
    ".F",
    "a.py:1:1: ",
    "a b\n",
    "12:a\n",
    "commit " + "a" * 40 + "\n",
    "warning: x\n --> a\n",
    "  ✓ x\n",
    "  x\n    y\n",
    "Ab1" * 133 + " ",
    "____ x ____\n",
    "E   x\n",
    "├── a\n",
    "a.py:1: in f\n",
    "FAILED a - bbbbbbbbbbbbbbbbbbbbbbbbbb\n",
    "2026-01-01 ",
    "1 2",
    "a(1,1)",
    "x (a) ... ",
    " a | 1 +\n",
    "a-1-b\n",
    "a:1:b\n",
    "M  a\n",
    "npm warn deprecated ",
    "gcc -c a.c\n",
    "a.c:1:1: warning: x\n",
    "ld: a.c:(.text+0x1): undefined reference to `x'\n",
    '1.1.1.1 - - [22/Nov/2026:17:50:10 +0000] "GET / HTTP/1.1" 200 5 "-" "c"\n',
    "a b c [",
    "a.ts:1:1 - error TS1: x\n",
]


@pytest.mark.parametrize("unit", BOMBS)
def test_no_text_takes_more_than_linear_time(unit: str) -> None:
    """The older product hung on 20,000 repeated letters. Four times the text: 4 times the time; 16 would be the square."""

    def seconds(size: int) -> float:
        text = (unit * size)[:size]
        started = time.process_time()
        for command in COMMANDS:
            compress(text, command, "Bash")
        return time.process_time() - started

    small = min(seconds(20_000) for _ in range(2))
    large = seconds(80_000)
    assert large < max(small * 10, 0.2 * len(COMMANDS))
