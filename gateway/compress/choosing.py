"""Which pass is for a tool result: by the command that made it, then by its shape."""

from __future__ import annotations

from collections.abc import Callable

from . import (
    builds,
    git,
    go_tests,
    grep,
    installs,
    js_tests,
    lint,
    logs,
    maven,
    node_tests,
    paths,
    pytest_runs,
    rust,
    tables,
    unittest_runs,
)
from .command import Call

Pass = Callable[[list[str]], "list[str] | None"]
_FINDERS = {"find", "fd", "fdfind", "glob", "list_files", "list_directory", "file_search"}
_GREPS = {"grep", "egrep", "fgrep", "rg", "ag", "ack", "zgrep", "search", "grep_search", "ripgrep"}
_LINTERS = frozenset(
    [
        "ruff",
        "flake8",
        "pylint",
        "mypy",
        "pyright",
        "basedpyright",
        "eslint",
        "tsc",
        "biome",
        "pycodestyle",
        "golangci-lint",
        "shellcheck",
        "staticcheck",
        "stylelint",
        "oxlint",
        "vue-tsc",
        "bandit",
        "rubocop",
        "yamllint",
        "ty",
    ]
)
_INSTALLERS = frozenset(
    [
        "pip",
        "pip3",
        "npm",
        "yarn",
        "pnpm",
        "bun",
        "apt",
        "apt-get",
        "brew",
        "poetry",
        "uv",
        "conda",
        "composer",
        "bundle",
        "vite",
        "webpack",
        "apk",
        "dnf",
        "yum",
        "gem",
    ]
)
_BUILDERS = {"make", "gmake", "cmake", "ninja", "gcc", "g++", "cc", "c++", "clang", "clang++", "configure", "ld"}
_RUNS = {"pytest", "unittest", "node-test", "tap", "js-tests", "cargo", "go", "maven", "git-log", "log"}
_SORTERS = {"sort", "uniq"}
_LOGGERS = {"journalctl", "dmesg", "tail", "stern", "logs", "cat", "less", "head", "zcat"}


def by_command(calls: tuple[Call, ...], lines: list[str]) -> tuple[str, Pass] | None:
    """The last call that says what the output looks like decides: what it prints stands at the end, where results are."""
    ordered = any(
        call.program in _SORTERS or call.program == "glob" or call.has("-t", "-lt", "-lat", "-lht") for call in calls
    )
    for call in reversed(calls):
        if call.piped and call.program not in ("xargs",):
            continue
        chosen = _of(call, lines, ordered)
        if chosen:
            return chosen
    return None


def _of(call: Call, lines: list[str], ordered: bool) -> tuple[str, Pass] | None:
    program = call.program
    if program in ("pytest", "py.test", "tox", "nox"):
        return "pytest", pytest_runs.compress
    if program == "unittest":
        return "unittest", unittest_runs.compress
    if program in ("tape", "tap", "prove") or (program == "node" and call.has("--test")):
        return _of_node(lines)
    if program in ("jest", "vitest", "mocha", "ava"):
        return "js-tests", js_tests.compress
    if program in ("mvn", "mvnw", "gradle", "gradlew"):
        return "maven", maven.compress
    if program == "cargo" and call.verb in (
        "test",
        "build",
        "check",
        "clippy",
        "run",
        "nextest",
        "bench",
        "doc",
        "install",
    ):
        return "cargo", rust.compress
    if program == "go" and call.verb in ("test", "build", "vet"):
        return ("go", go_tests.compress) if call.verb == "test" else ("lint", lint.compress)
    if program == "git":
        return _of_git(call)
    if program in _GREPS:
        if call.has("--files-with-matches", "--files", "--files-without-match") or call.flag("l", "L"):
            return "paths", lambda lines: paths.listing(lines, in_order=ordered)
        return "grep", lambda lines: grep.compress(lines, _searched(call)) or _listed(lines)
    if program == "find" and call.has("-ls"):
        return "ls", paths.found_with_ls
    if program in _FINDERS and paths.looks_like_paths(lines):
        return "paths", lambda lines: paths.listing(lines, in_order=ordered)
    if program in ("ls", "dir", "ll"):
        return "ls", paths.ls
    if program == "tree":
        return "tree", paths.tree
    if program in _LINTERS:
        return "lint", lint.compress
    if program in ("docker", "podman", "kubectl", "oc", "helm", "docker-compose"):
        return _of_containers(call)
    if program in _BUILDERS:
        by = by_shape(lines)
        return by if by and by[0] in _RUNS else ("build", builds.compress)
    if program in _INSTALLERS and call.verb in _INSTALLING | {""}:
        by = by_shape(lines) if program == "bun" or call.verb in ("build", "run") else None
        return by or ("install", installs.compress)
    # What is said to be a log may hold traces and other lines without a time.
    share = 0.2 if any(word.endswith((".log", ".out", ".err")) for word in call.arguments) else 0.5
    return ("log", logs.compress) if program in _LOGGERS and logs.looks_like_a_log(lines, share) else None


def _of_node(lines: list[str]) -> tuple[str, Pass]:
    """`node --test` speaks TAP where its output is no terminal (before Node 20), and as it was told."""
    heads = [line for line in lines[:200] if line.strip()]
    spec = node_tests.looks_like_spec(lines[-3_000:]) and not node_tests.looks_like_tap(heads)
    return ("node-test", node_tests.spec) if spec else ("tap", node_tests.tap)


def _searched(call: Call) -> str:
    return next((word for word in call.arguments if not word.startswith("-")), "")


def _listed(lines: list[str]) -> list[str] | None:
    """A search tool that names files only, the newest first."""
    return paths.listing(lines, in_order=True) if paths.looks_like_paths(lines) else None


_INSTALLING = {
    "pip",
    "install",
    "i",
    "ci",
    "add",
    "update",
    "upgrade",
    "sync",
    "build",
    "download",
    "create",
    "remove",
    "uninstall",
    "up",
}


def _of_git(call: Call) -> tuple[str, Pass] | None:
    verb = call.verb
    if verb in ("log", "show", "whatchanged", "reflog"):
        return "git-log", git.log
    if verb == "diff":
        return "git-diff", git.diff
    if verb == "status":
        return (
            ("git-status", git.short_status)
            if call.has("-s", "--short", "--porcelain", "-sb")
            else ("git-status", git.status)
        )
    if verb == "blame":
        return "git-blame", git.blame
    if verb in ("ls-files", "ls-tree"):
        return "paths", paths.listing
    return ("grep", grep.compress) if verb == "grep" else None


def _of_containers(call: Call) -> tuple[str, Pass] | None:
    if call.verb in ("logs", "log"):
        return "log", logs.compress
    if call.verb in ("build", "pull", "push", "buildx"):
        return "install", installs.compress
    return (
        ("table", tables.compress)
        if call.verb in ("ps", "get", "images", "top", "stats", "ls", "image", "container", "list")
        else None
    )


def by_shape(lines: list[str]) -> tuple[str, Pass] | None:
    """Only shapes that nothing else has. What is not certain stays as it came."""
    heads = [line for line in lines[:3_000] if line[:1] not in ("", " ", "\t")]
    tail = lines[-12:]
    if any("= test session starts =" in line for line in heads[:40]):
        return "pytest", pytest_runs.compress
    if any(line.startswith(("Test Suites: ", " Test Files  ")) for line in tail) or _mocha(lines):
        return "js-tests", js_tests.compress
    if node_tests.looks_like_tap(heads):
        return "tap", node_tests.tap
    if node_tests.looks_like_spec(heads) or node_tests.looks_like_spec(lines[-3_000:]):
        return "node-test", node_tests.spec
    if unittest_runs.looks_like(tail):
        return "unittest", unittest_runs.compress
    if any(line.startswith("test result: ") for line in heads) and any(line.startswith("running ") for line in heads):
        return "cargo", rust.compress
    if sum(line.startswith(("=== RUN ", "--- PASS: ")) for line in heads) > 3:
        return "go", go_tests.compress
    if any(line.startswith(("[INFO] BUILD ", "[INFO] Scanning for projects")) for line in heads):
        return "maven", maven.compress
    if heads[:1] and heads[0].startswith("commit ") and any(line.startswith("Author: ") for line in heads[:4]):
        return "git-log", git.log
    if sum(line.startswith("npm warn deprecated ") for line in heads) > 2 or any(
        line.startswith("Successfully installed ") for line in tail
    ):
        return "install", installs.compress
    if logs.looks_like_a_log(lines):
        return "log", logs.compress
    if tables.looks_like_psql(lines):
        return "table", tables.psql
    if tables.looks_like_a_table(lines):
        return "table", tables.compress
    if lint.looks_like_findings(lines):
        return "lint", lint.compress
    if grep.looks_like_grep(lines):
        return "grep", grep.compress
    return ("paths", _listed) if paths.looks_like_paths(lines) else None


def _mocha(lines: list[str]) -> bool:
    return any(line.lstrip().split(" ")[1:2] == ["passing"] for line in lines if " passing (" in line) and any(
        "✔" in line or "✓" in line for line in lines[:400]
    )
