"""Conversations kept for `previous_response_id` and `item_reference` (CDX-5): pure functions for who stores them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_KEPT_BY_CONTENT = frozenset(
    ("message", "function_call", "custom_tool_call", "function_call_output", "custom_tool_call_output", "reasoning")
)


def stored_items(
    request_items: list[Mapping[str, Any]] | str | None, response: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The whole conversation after an answer: the `input` the request went out with (history included) and the answer's
    `output`. Store them under the answer's id."""
    if isinstance(request_items, str):
        request_items = [{"type": "message", "role": "user", "content": request_items}]
    output = response.get("output")
    given = request_items if isinstance(request_items, list) else ()
    items = (*given, *(output if isinstance(output, list) else ()))
    return [dict(item) for item in items if isinstance(item, Mapping)]


def with_history(body: Mapping[str, Any], items: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """`body` with the stored `items` before its own input and without previous_response_id. Ids are taken off the items, as
    the provider that serves next may not know them (CDX-4); reasoning that is nothing but an id is left out."""
    history = []
    for item in items:
        kind = item.get("type", "message")
        if kind == "reasoning" and not (item.get("encrypted_content") or item.get("content")):
            continue
        drop = ("id", "status") if kind in _KEPT_BY_CONTENT else ()
        history.append({name: value for name, value in item.items() if name not in drop})
    own = body.get("input")
    if isinstance(own, str):
        own = [{"type": "message", "role": "user", "content": own}]
    changed = {name: value for name, value in body.items() if name != "previous_response_id"}
    changed["input"] = [*history, *(own or ())]
    return changed


def referenced_ids(body: Mapping[str, Any]) -> list[str]:
    """Ids named by item_reference items (the Vercel AI SDK sends them unless ``store: false``)."""
    items = body.get("input")
    return [
        item["id"]
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict) and item.get("type") == "item_reference" and isinstance(item.get("id"), str)
    ]


def with_references(body: Mapping[str, Any], found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """`body` with each item_reference replaced by the item `found` under its id; unknown ones stay."""
    items = body.get("input")
    if not isinstance(items, list):
        return dict(body)
    written = []
    for item in items:
        known = isinstance(item, dict) and item.get("type") == "item_reference" and found.get(item.get("id", ""))
        written.append(dict(known) if known else item)
    return {**body, "input": written}
