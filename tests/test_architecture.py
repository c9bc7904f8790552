"""What import contracts cannot say about the house (docs/architecture.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("lynkr_site", "gateway", "routing", "caching", "accounts", "bench", "tests")
# A scripted configuration or a file written field by field is one long literal, not a long thought.
LONG_LITERALS = {("tests/relay/conftest.py", "configuration"), ("tests/servers/tiny_model.py", "write")}
ASYNC_ORM = {"aget", "acreate", "asave", "adelete", "aupdate", "acount", "aexists", "afirst", "alast", "aget_or_create"}


def sources() -> Iterator[tuple[str, str]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), path.read_text()


@pytest.mark.parametrize("name", [name for name, _ in sources()])
def test_files_and_functions_stay_short(name: str) -> None:
    text = (ROOT / name).read_text()
    assert len(text.splitlines()) <= 500, f"{name}: split it"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (name, node.name) not in LONG_LITERALS:
            assert (node.end_lineno or 0) - node.lineno < 60, f"{name}: {node.name}"


def test_no_module_is_called_by_a_word_that_means_nothing() -> None:
    empty = {"utils", "helpers", "common", "core", "services", "managers"}
    assert [name for name, _ in sources() if Path(name).stem in empty or set(Path(name).parts[:-1]) & empty] == []


def test_the_orm_is_not_called_asynchronously() -> None:
    """Its async methods run on one thread a process; the data plane reaches Postgres by journal and snapshot."""
    for name, text in sources():
        for node in ast.walk(ast.parse(text)):
            assert not (isinstance(node, ast.Attribute) and node.attr in ASYNC_ORM), f"{name}:{node.lineno} {node.attr}"


def test_nothing_depends_on_a_providers_name() -> None:
    """Capabilities are asked of the profile or the vendor; a name compared in the data plane is a special case that rots."""
    for name, text in sources():
        if not name.startswith("gateway/") or name.startswith(("gateway/providers/", "gateway/pricing")):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Compare):
                parts = ast.unparse(node)
                assert "vendor.name ==" not in parts, f"{name}:{node.lineno}"
                assert "provider.name ==" not in parts, f"{name}:{node.lineno}"
