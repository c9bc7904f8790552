"""Reading a client's JSON with errors that name the field, and JSON text in and out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson

from gateway.chat.errors import BadRequest


def load(raw: bytes) -> Any:
    """JSON text to values. orjson first; what it refuses but JavaScript clients send (lone surrogates in escapes) is
    read by the standard library. Raises ValueError on anything else: NaN, bad UTF-8, nesting that exhausts the stack."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        try:
            return json.loads(raw.decode(), parse_constant=_refuse)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def dump(value: Any) -> bytes:
    """Values to compact JSON; a lone surrogate is written as the escape it came as. Raises BadRequest for nesting that can be
    read and not written: it was a caller's."""
    try:
        return orjson.dumps(value)
    except (orjson.JSONEncodeError, TypeError):
        try:
            return json.dumps(value, separators=(",", ":"), ensure_ascii=True).encode()
        except RecursionError as error:
            raise too_deep() from error


def too_deep() -> BadRequest:
    return BadRequest("The request body is nested too deeply.", code="invalid_json")


def load_object(raw: bytes) -> dict[str, Any]:
    """A client's body. Raises BadRequest."""
    try:
        value = load(raw)
    except ValueError as error:
        raise BadRequest("The request body is not valid JSON.", code="invalid_json") from error
    if not isinstance(value, dict):
        raise BadRequest("The request body must be a JSON object.", code="invalid_json")
    return value


def text(body: Mapping[str, Any], name: str, path: str = "", *, required: bool = False) -> str | None:
    value = body.get(name)
    if value is None:
        if required:
            raise BadRequest(f"{path}{name}: field required", param=f"{path}{name}")
        return None
    if not isinstance(value, str):
        raise BadRequest(f"{path}{name}: must be a string", param=f"{path}{name}")
    return value


def integer(body: Mapping[str, Any], name: str, path: str = "", *, least: int | None = None) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadRequest(f"{path}{name}: must be an integer", param=f"{path}{name}")
    if least is not None and value < least:
        raise BadRequest(f"{path}{name}: must be at least {least}", param=f"{path}{name}")
    return value


def number(body: Mapping[str, Any], name: str, path: str = "") -> float | None:
    """Ints stay ints, so that a value is written back as it came."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise BadRequest(f"{path}{name}: must be a number", param=f"{path}{name}")
    return value


def boolean(body: Mapping[str, Any], name: str, path: str = "") -> bool | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, bool):
        raise BadRequest(f"{path}{name}: must be true or false", param=f"{path}{name}")
    return value


def listing(body: Mapping[str, Any], name: str, path: str = "", *, required: bool = False) -> list[Any] | None:
    value = body.get(name)
    if value is None:
        if required:
            raise BadRequest(f"{path}{name}: field required", param=f"{path}{name}")
        return None
    if not isinstance(value, list):
        raise BadRequest(f"{path}{name}: must be a list", param=f"{path}{name}")
    return value


def mapping(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRequest(f"{path}: must be an object", param=path)
    return value


def rest(body: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """The fields of `body` that are not in `known`: what goes to the extras of the dialect."""
    return {name: value for name, value in body.items() if name not in known}
