"""Tools that every developer's machine has, run here, and what they said got back out of the shorter form."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from gateway.compress import Compressed, compress
from gateway.tokens import count_text

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "gateway" / "chat"


def run(command: str, where: Path) -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        command, shell=True, cwd=where, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout


def shorter(text: str, command: str, name: str, share: float) -> Compressed:
    made = compress(text, command, "Bash")
    assert made.name == name
    assert count_text(made.text) <= count_text(text) * share
    return made


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("git") is None:
        pytest.skip("there is no git here")
    folder = tmp_path_factory.mktemp("repository")
    identity = "-c user.name='A Person' -c user.email=person@example.invalid"
    run("git init -q -b main .", folder)
    for at in range(8):
        (folder / "src").mkdir(exist_ok=True)
        (folder / "src" / f"part_{at}.py").write_text("\n".join(f"value_{n} = {n * at}" for n in range(40)) + "\n")
        run(f"git add -A && git {identity} commit -q -m 'Add part {at}' -m 'Why it is there: reason {at}.'", folder)
    return folder


def test_every_match_of_grep_can_be_read_out_again() -> None:
    command = "grep -rn 'def \\|return\\|import' ."
    text = run(command, SOURCES)
    made = shorter(text, command, "grep", 0.8)
    assert expanded(made.text) == Counter(
        line.split(":", 2)[0] + ":" + line.split(":", 1)[1] for line in text.splitlines()
    )


def expanded(output: str) -> Counter[str]:
    lines: Counter[str] = Counter()
    name = ""
    for row in output.split("\n"):
        found = re.fullmatch(r"([\d,]+):(.*)", row)
        if found:
            lines.update(f"{name}:{number}:{found[2]}" for number in found[1].split(","))
        else:
            name = row
    return lines


def test_lines_of_context_keep_their_file_and_number() -> None:
    command = "grep -rn -C1 'def ' ."
    text = run(command, SOURCES)
    made = shorter(text, command, "grep", 0.85)
    rows = [row for row in made.text.split("\n") if re.match(r"\d+[-:]", row)]
    assert len(rows) == len([line for line in text.split("\n") if line and line != "--"])


def test_every_path_of_find_can_be_read_out_again() -> None:
    command = "find . -name '*.py'"
    text = run(command, ROOT / "gateway")
    made = shorter(text, command, "paths", 0.8)
    paths: list[str] = []
    for line in made.text.split("\n"):
        directory, colon, names = line.partition(": ")
        paths.extend([directory + name for name in names.split(" ")] if colon else [line])
    assert sorted(paths) == sorted(text.split())


def test_a_sorted_list_keeps_its_order() -> None:
    names = "\n".join(f"src/{'ab'[at % 2]}/file_{at}.py" for at in range(20))
    assert "a/: " not in compress(names, "find src -type f | sort -k2", "Bash").text


def test_every_name_and_size_of_ls_stays(tmp_path: Path) -> None:
    for at in range(25):
        (tmp_path / f"file number {at}.txt").write_text("x" * at * 7)
    text = run("ls -la", tmp_path)
    made = shorter(text, "ls -la", "ls", 0.75)
    for at in range(25):
        assert re.search(rf"(?m)(?:^| ){at * 7} (?:.* )?file number {at}\.txt$", made.text)


def test_every_commit_its_author_its_time_and_its_message_stay(repository: Path) -> None:
    text = run("git log", repository)
    made = shorter(text, "git log", "git-log", 0.75)
    zone = re.search(r"Date: .* ([+-]\d{4})\n", text)
    assert zone
    assert f"; all times {zone[1]}; author of all: A Person <person@example.invalid>]" in made.text
    for found in re.finditer(
        r"commit ([0-9a-f]{10}).*?Date: +\w+ \w+ +\d+ ([\d:]+) .*?\n\n    (.*?)\n    \n    (.*?)\n", text, re.DOTALL
    ):
        assert re.search(rf"commit {found[1]} [\d-]+ {found[2]}\n {found[3]}\n {re.escape(found[4])}", made.text)
    assert made.text.count("commit ") == 8


def test_every_state_and_path_of_git_status_stays(repository: Path) -> None:
    for at in range(4):
        (repository / "src" / f"part_{at}.py").write_text("changed = True\n")
    (repository / "src" / "part_7.py").unlink()
    (repository / "new file.txt").write_text("new")
    made = compress(run("git status", repository), "git status", "Bash")
    run("git checkout -q . && rm 'new file.txt'", repository)
    assert " modified: src/part_0.py src/part_1.py src/part_2.py src/part_3.py\n" in made.text
    assert " deleted: src/part_7.py\n" in made.text
    assert " new file.txt" in made.text
    assert '  (use "git' not in made.text


def test_every_changed_line_of_a_diff_stays(repository: Path) -> None:
    (repository / "src" / "part_0.py").write_text("same = 1\nsame = 1\nsame = 1\nsame = 1\n")
    text = run("git diff", repository)
    run("git checkout -q .", repository)
    made = compress(text, "git diff", "Bash")
    assert [line for line in made.text.split("\n") if line[:1] in "+-"] == [
        line for line in text.split("\n") if line[:1] in "+-"
    ]


def test_who_wrote_each_line_stays(repository: Path) -> None:
    text = run("git blame src/part_3.py", repository)
    made = shorter(text, "git blame src/part_3.py", "git-blame", 0.6)
    assert made.text.count("A Person") == 1
    for found in re.finditer(r"(?m)^(\S+) \(.* (\d+)\) (.*)$", text):
        assert f"{found[1]} {found[2]}) {found[3]}" in made.text


def test_a_source_file_in_an_old_commit_stays_as_it_is(repository: Path) -> None:
    text = "\n\n\n\n" + run("git show HEAD:src/part_3.py", repository)
    assert compress(text, "git show HEAD:src/part_3.py", "Bash").text == text


def test_the_failures_of_pytest_stay_and_what_passed_is_counted(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n\n@pytest.mark.parametrize('n', range(60))\ndef test_small(n):\n    assert n < 100\n\n"
        "def test_sum():\n    first = 1\n    second = 2\n    third = 3\n    print('seen', third)\n"
        "    assert first + second == 4, 'they differ'\n\n"
        "def test_key():\n    {}['absent']\n"
    )
    command = f"{sys.executable} -m pytest -v -p no:cacheprovider test_it.py"
    made = shorter(run(command, tmp_path), command, "pytest", 0.35)
    for fact in (
        "test_it.py::test_sum",
        "test_it.py::test_key",
        "assert first + second == 4, 'they differ'",
        "AssertionError: they differ",
        "seen 3",
        "test_it.py:12: AssertionError",
        "KeyError: 'absent'",
        "test_it.py:15: KeyError",
        "2 failed, 60 passed",
        "[60 passing tests left out",
    ):
        assert fact in made.text, fact


def test_every_finding_of_ruff_stays(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(
        "\n".join(["import os, sys", *(f"def f{at}( a,b ):\n    return l{at}" for at in range(12))]) + "\n"
    )
    command = f"{sys.executable} -m ruff check --isolated --no-cache --select E,F,D,ANN --output-format concise bad.py"
    text = run(command, tmp_path)
    made = shorter(text, command, "lint", 0.6)
    seen = 0
    for found in re.finditer(r"(?m)^bad\.py:(\d+:\d+): (\S+) (.*)$", text):
        seen += 1
        assert re.search(rf"(?m)^(?:.*,)?{found[1]}(?:,.*)?: {found[2]} {re.escape(found[3].rstrip())}$", made.text)
    assert seen > 40
