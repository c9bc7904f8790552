"""Texts that must never be found again, and the places to look for them."""

from __future__ import annotations

import base64
import secrets
import urllib.parse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql


def canary(word: str) -> str:
    """Like no key of any vendor, so that only knowing it can hide it."""
    return f"Zq{word}{secrets.token_hex(10)}"


@dataclass
class Canaries:
    """`texts` by what they are. `found` collects "where: which"."""

    texts: dict[str, str] = field(default_factory=dict)
    found: set[str] = field(default_factory=set)

    def new(self, what: str, prefix: str = "") -> str:
        self.texts[what] = prefix + canary(what.replace(" ", ""))
        return self.texts[what]

    def look(self, where: str, data: bytes | str, allowed: Iterable[str] = ()) -> None:
        """Also written as hex, base64 or percent-encoded."""
        raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
        for what, text in self.texts.items():
            if what not in allowed and any(form in raw for form in _forms(text)):
                self.found.add(f"{where}: {what}")


def _forms(text: str) -> Iterator[bytes]:
    raw = text.encode()
    yield raw
    yield raw.hex().encode()
    yield urllib.parse.quote_plus(text).encode()
    for shift in range(3):  # base64 of a longer text that holds it
        yield base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 : -4]


def look_in_files(canaries: Canaries, folder: Path, skip: Iterable[str] = ()) -> int:
    """Every file below `folder`, but for folders of these names; how many there were."""
    seen = 0
    for path in folder.rglob("*"):
        if path.is_file() and not set(path.relative_to(folder).parts) & set(skip):
            canaries.look(f"file {path.relative_to(folder)}", path.read_bytes())
            seen += 1
    return seen


def look_in_database(canaries: Canaries, url: str, allowed: dict[str, tuple[str, ...]]) -> int:
    """Every column of every table; how many rows there were. `allowed`: by "table.column"."""
    rows = 0
    with psycopg.connect(url) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables "
            "USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1, 2"
        ).fetchall()
        for table, column in columns:
            statement = sql.SQL("SELECT {}::text FROM ONLY {}").format(sql.Identifier(column), sql.Identifier(table))
            values = [value for (value,) in connection.execute(statement) if value is not None]
            rows += len(values)
            canaries.look(f"{table}.{column}", "\n".join(values), allowed.get(f"{table}.{column}", ()))
    return rows
