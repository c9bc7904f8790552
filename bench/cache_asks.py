"""Asks for `bench.answer_cache`: thousands that differ in one thing each, and other words for them that the gate accepts."""

from __future__ import annotations

import random
from collections.abc import Iterator

DEEDS = (
    "create", "delete", "rename", "copy", "move", "export", "import", "encrypt", "compress", "download", "upload",
    "restore", "share", "print", "archive", "inspect",
)  # fmt: skip
THINGS = (
    "table", "branch", "tag", "file", "folder", "user", "group", "key", "certificate", "image", "volume", "network",
    "container", "service", "job", "report", "invoice", "chart", "dashboard", "alert", "channel", "message", "calendar",
    "contact", "note", "template", "form", "survey", "playlist", "photo", "video", "backup", "snapshot", "disk",
    "partition", "cluster", "node", "queue", "topic", "schema", "view", "trigger", "role", "token",
)  # fmt: skip
PLACES = (
    "Linux", "Windows", "macOS", "Docker", "Kubernetes", "Postgres", "MySQL", "Excel", "Gmail", "Slack", "GitHub",
    "GitLab", "Azure", "Jira", "Notion",
)  # fmt: skip

KEPT = "How do I {} a {} in {}?"
ANOTHER = "Please tell me how I can {} a {} in {}"
A_THIRD = "How can I {} a {} in {}?"
UNLIKE = "Why was the {1} of {2} number {3} not {0} by the shift in hall {4}, according to the log?"


def combinations() -> list[tuple[str, str, str]]:
    """All of them, in an order that is the same every time and mixes everything."""
    found = [(deed, thing, place) for deed in DEEDS for thing in THINGS for place in PLACES]
    random.Random(6).shuffle(found)
    return found


def unlike() -> Iterator[str]:
    """Asks without end that resemble nothing of `KEPT`."""
    nouns = ("pump", "crane", "boiler", "conveyor", "valve", "turbine", "furnace", "lathe")
    verbs = ("serviced", "oiled", "painted", "weighed", "replaced", "tested", "cleaned", "stopped")
    number = 100
    while True:
        number += 1
        at = number % 64
        yield UNLIKE.format(verbs[at % 8], "bearing", nouns[at // 8], number, number % 29)
