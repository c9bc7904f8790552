"""What a stretch of journal means: records of one attempt or operation collapse into one; what a dead process left open
is closed (CUT-1, CUT-7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from gateway.journal import MOVED
from gateway.store.upsert import PROCESS_DIED, USAGE

Key = tuple[str, str]
Record = dict[str, Any]
_DIED = "The process ended before this was settled."


class Collapser:
    """Merges the records of one file. It remembers what is open, so a closing record may be short and come batches later."""

    def __init__(self) -> None:
        self.open: dict[Key, Record] = {}
        self.noted: set[Key] = set()

    def collapse(self, records: Iterable[Record]) -> dict[Key, Record]:
        """One record a key, the later winning field by field. `noted` are then those that were open before and still are:
        nothing of their rows changed."""
        found: dict[Key, Record] = {}
        self.noted = set()
        for record in records:
            key = (str(record.get("kind")), str(record.get("id")))
            earlier = found.get(key) or self.open.get(key)
            merged = {**earlier, **record, **_place(earlier)} if earlier else record
            if merged.get("status") == "open":
                if key not in found and "so_far" in record:
                    self.noted.add(key)
                self.open[key] = merged
            else:
                self.open.pop(key, None)
                self.noted.discard(key)
            found[key] = merged
        return found


class Autopsy:
    """Fed with a dead process's collapsed records, knows what is missing so that nothing stays open."""

    def __init__(self) -> None:
        self.goes_on = False  # the process wrote on in another file, and took along what was open
        self._attempts: dict[str, dict[str, Record]] = {}  # of operations that have not ended
        self._operations: dict[str, Record] = {}  # open
        self._ended: set[str] = set()

    def feed(self, records: Mapping[Key, Record]) -> None:
        for (kind, id_), record in records.items():
            self.goes_on = self.goes_on or kind == MOVED
            is_open = record.get("status") == "open"
            if kind == "operation" and is_open:
                self._operations[id_] = record
            elif kind == "operation":
                self._ended.add(id_)
                self._operations.pop(id_, None)
            elif kind == "attempt":
                self._attempts.setdefault(str(record.get("operation_id") or ""), {})[id_] = record
        for ended in self._ended & self._attempts.keys():
            still = {id_: one for id_, one in self._attempts.pop(ended).items() if one.get("status") == "open"}
            if still:
                self._attempts[ended] = still

    def closing_records(self) -> list[Record]:
        """Open attempts and operations as interrupted with usage marked as estimate, and an operation for attempts that
        have none."""
        closing: list[Record] = []
        if self.goes_on:
            return closing
        for operation, found in self._attempts.items():
            interrupted = [_interrupted(one) for one in found.values() if one.get("status") == "open"]
            closing += interrupted
            if operation and operation not in self._ended:
                known = _known(self._operations.pop(operation, {}))
                attempts = [one for one in found.values() if one.get("status") != "open"] + interrupted
                closing.append(
                    {**_of_attempts(attempts), **known, **_interrupted({"kind": "operation", "id": operation})}
                )
        return closing + [_interrupted(record) for record in self._operations.values()]


def _place(record: Mapping[str, Any]) -> Record:
    """What decides the partition must not move between opening and closing."""
    return {name: record[name] for name in ("day", "started_at") if record.get(name)}


def _interrupted(record: Mapping[str, Any]) -> Record:
    """With what it had cost so far, if the provider had accepted it (CUT-8): `gateway.settling.note_so_far`."""
    so_far = record.get("so_far")
    if isinstance(so_far, Mapping):
        record = {**record, **so_far}
    end = {"status": "interrupted", "is_estimate": True, "error_code": PROCESS_DIED, "error_message": _DIED}
    return {**record, **end}


def _known(record: Mapping[str, Any]) -> Record:
    return {name: value for name, value in record.items() if value not in (None, "")}


def _of_attempts(attempts: list[Record]) -> Record:
    """What an operation's attempts tell about it."""
    ordered = sorted(attempts, key=lambda attempt: (attempt.get("sequence") or 0, str(attempt.get("id"))))
    first, last = ordered[0], ordered[-1]
    told: Record = {name: first.get(name) for name in ("started_at", "day", "team_id", "user_id", "key_id", "surface")}
    told |= {name: last.get(name) for name in ("account", "model", "tier")}
    return {**told, **{name: _sum(name, ordered) for name in USAGE}, "attempts": len(ordered)}


def _sum(name: str, attempts: list[Record]) -> Any:
    """None where no attempt reported any (None is not 0)."""
    try:
        known = [Decimal(str(attempt[name])) for attempt in attempts if attempt.get(name) is not None]
    except InvalidOperation:
        return None
    if not known:
        return None
    return str(sum(known)) if name == "cost_usd" else int(sum(known))
