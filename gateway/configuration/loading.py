"""YAML as text to plain values."""

from __future__ import annotations

from typing import Any

import yaml

from gateway.configuration.nodes import Invalid


class _Loader(yaml.SafeLoader):
    """A key that is there twice is an error: YAML would let the last one win in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key} is there twice", key_node.start_mark)
            seen.add(key if isinstance(key, str) else id(key_node))
        return super().construct_mapping(node, deep)


def load(text: str) -> Any:
    """Raises `Invalid`; the message has line and column, never the line itself, which may hold a secret."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 (a SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise Invalid([f"{where}{error.problem or 'not YAML'}"]) from None
    except yaml.YAMLError:
        raise Invalid(["not YAML: it holds a character YAML does not allow"]) from None
