"""Tool results with fewer tokens and the same facts.

`compress` is a pure function of its arguments: the same bytes on every turn, in every process (CMP-3, CMP-5). Whoever calls
it decides which results may be touched at all (CMP-1). Linear in the length of the text.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import choosing, json_results
from .command import Call, files_read, is_shell, parse, reads_files
from .lines import clean, repeats, without_blobs, without_codes

VERSION = 1
SHORTEST = 200
LEAST_GAIN = 0.05
LONGEST = 300_000
# Nothing is lost: any gain will do. Names of `ls` in a line are as many characters, but fewer tokens.
_LOSSLESS = {"json": 0.01, "toon": 0.01, "git-diff": 0.01, "ls": 0.0}
_DATA = (".json", ".jsonl", ".ndjson", ".geojson")
_LOG = (".log", ".out", ".err")


@dataclass(frozen=True, slots=True)
class Compressed:
    """`text` as it is to be sent and the name of the pass that made it, empty where `text` is what came."""

    text: str
    name: str


def compress(text: str, command: str, tool: str) -> Compressed:
    """`text` is what `tool` gave back for `command` (a shell's command line; of another tool its main argument, as a path).

    Never larger than `text`; unchanged below 200 characters, above 300,000, where less than 5% (of JSON 1%) would go, and
    where the output is a file that somebody may edit next. What is elided is said in its place. Raises nothing for any text.
    """
    if not SHORTEST <= len(text) <= LONGEST:
        return Compressed(text, "")
    calls = parse(command, tool)
    found = _of_a_file(text, calls, tool) if reads_files(calls, tool) else _of_a_program(text, calls, tool)
    least = _LOSSLESS.get(found.name, LEAST_GAIN) if found else LEAST_GAIN
    if found is None or len(found.text) > len(text) * (1 - least):
        return Compressed(text, "")
    return found


def _of_a_file(text: str, calls: tuple[Call, ...], tool: str) -> Compressed | None:
    """A file is sent as it is, but for data (rows, not settings) and logs, which nobody edits by quoting them."""
    names = files_read(calls, tool)
    if names and all(name.endswith(_DATA) for name in names) and text.lstrip().startswith("["):
        made = json_results.smallest(text)
        return Compressed(*made) if made else None
    if names and all(name.endswith(_LOG) for name in names):
        return _of_a_program(text, calls, tool)
    return None


def _of_a_program(text: str, calls: tuple[Call, ...], tool: str) -> Compressed | None:
    plain = clean(text)
    made = json_results.smallest(plain) or json_results.rows(plain)
    if made:
        return Compressed(*made)
    lines = plain.split("\n")
    if plain.startswith('{"type":"begin"'):
        chosen: tuple[str, choosing.Pass] | None = ("rg-json", json_results.ripgrep)
    elif '{"reason":"compiler-message"' in plain[:4_000]:
        chosen = "cargo-json", json_results.cargo
    else:
        chosen = choosing.by_command(calls, lines) or choosing.by_shape(lines)
    if chosen is None:
        return (
            Compressed("\n".join(repeats([without_blobs(line) for line in lines])), "terminal")
            if is_shell(tool)
            else None
        )
    if chosen[0].startswith("git-"):  # Changed lines stay to the letter, also where only the end of the line changed.
        plain = without_codes(text)
        lines = plain.split("\n")
    else:
        lines = [without_blobs(line) for line in lines]
    said = chosen[1](lines)
    if said is None or sum(map(len, said)) + len(said) > len(plain):
        return Compressed(plain, "terminal")
    return Compressed("\n".join(said), chosen[0])
