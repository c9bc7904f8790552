"""The fixtures, as cases of the laws."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

from gateway.chat.request import ChatRequest, Effort, Message, Origin, Text
from gateway.wire.dialect import AnswerContext, Dialect
from gateway.wire.profile import Profile
from gateway.wire.registry import NAMES, dialect

FIXTURES = Path(__file__).parent.parent / "fixtures" / "wire"
_BESIDE = (".expect", ".profile", ".request", ".unstable")
ACCOUNT = "acme"


@dataclass(frozen=True)
class Case:
    dialect_name: str
    path: Path

    @property
    def name(self) -> str:
        return f"{self.dialect_name}/{self.path.parent.name}/{self.path.stem}"

    @property
    def dialect(self) -> Dialect:
        return dialect(self.dialect_name)

    def body(self) -> Any:
        return json.loads(self.path.read_bytes())

    def bytes(self) -> bytes:
        return self.path.read_bytes()

    def beside(self, word: str) -> Any:
        """What `<name>.<word>.json` holds; None without one."""
        path = self.path.with_name(f"{self.path.stem}.{word}.json")
        return json.loads(path.read_bytes()) if path.exists() else None

    def request(self) -> ChatRequest:
        """The client's request this answer belongs to."""
        given = self.beside("request")
        if given is not None:
            return self.dialect.decode_request(given)
        hello = (Message("user", (Text("hello"),)),)
        return ChatRequest(self.dialect_name, "the-model", hello, stream=True, include_usage=True)

    def unless_excused(self, law: str) -> None:
        reasons = self.beside("unstable") or {}
        if law in reasons:
            pytest.skip(f"declared: {reasons[law]}")


def exists(name: str) -> bool:
    """A dialect is left out only while nobody has written its module."""
    return importlib.util.find_spec(f"gateway.wire.{name}") is not None


WRITTEN = tuple(name for name in NAMES if exists(name))


@cache
def declared(name: str) -> dict[str, Any]:
    path = FIXTURES / name / "declared.json"
    return json.loads(path.read_bytes()) if path.exists() else {}


def cases(kind: str) -> list[Case]:
    found = []
    for name in WRITTEN:
        for path in sorted((FIXTURES / name / kind).glob("*.*")):
            if path.suffix in (".json", ".sse", ".bin", ".jsonl") and Path(path.stem).suffix not in _BESIDE:
                found.append(Case(name, path))
    return found


def every(kind: str) -> Callable[..., Any]:
    """Parametrises a test over all fixtures of `kind`."""
    found = cases(kind)
    return pytest.mark.parametrize("case", found, ids=[case.name for case in found])


def generous(model: str, changes: dict[str, Any] | None = None) -> Profile:
    """A target that accepts everything."""
    return Profile(
        model=model,
        account=ACCOUNT,
        efforts=get_args(Effort),
        reasoning_content=True,
        cache_control=True,
        **{name: tuple(value) if isinstance(value, list) else value for name, value in (changes or {}).items()},
    )


def context(case_request: ChatRequest, served_by: str, model: str) -> AnswerContext:
    return AnswerContext(
        request=case_request,
        answer_id="0123456789abcdef0123456789abcdef",
        created=1_795_000_000,
        model=model,
        origin=Origin(served_by, model, ACCOUNT),
        input_estimate=7,
    )
