"""cargo: errors as they are, warnings with the same message once with all their places, passing tests counted."""

from __future__ import annotations

import re

from .lines import left_out

_HEAD = re.compile(r"(?:warning|error)(?:\[[A-Z][0-9]++\])?: ")
_PROGRESS = re.compile(
    r" ++(?:Compiling|Checking|Downloaded|Downloading|Updating|Locking|Adding|Fresh|Blocking|Building) "
)
_PLACE = re.compile(r" *+--> ")
_GUTTER = re.compile(r" *+(?:[0-9]++ )? *+\|(?: |\Z)")
_LABEL = re.compile(r" *+\|[ |]*+[\^~-]++ *+")
_INSERTED = re.compile(r" *+\| [ |]*+[+~][ +~]*+\Z")
_LINTS = re.compile(
    r"( *+= help: )for further information visit (https://rust-lang\.github\.io/rust-clippy/\S*?/index\.html)#(\S++)\Z"
)
_SETTING = re.compile(r" *+= (?:note: `-[WDF] \S++ implied by `-[WDF] |help: to override `-[WDF] )")
_THREAD = re.compile(r"thread '([^']++)' (?:\([0-9]++\) )?+(panicked at )")
_FOREIGN_PLACE = re.compile(r" *+(?:-->|:::) \S*?(?:/rustc/|\.cargo/registry/)")
_FOREIGN = ("/rustc/", ".cargo/registry/")
_BACKTRACE = re.compile(r" ++[0-9]++: ")


def compress(lines: list[str]) -> list[str] | None:
    run = _Run({line[5:-12] for line in lines if line.startswith("---- ") and line.endswith(" stdout ----")})
    at = 0
    while at < len(lines):
        line = lines[at]
        end = at + 1
        if _HEAD.match(line) and end < len(lines) and _PLACE.match(lines[end]):
            while end < len(lines) and lines[end].strip():
                end += 1
            run.diagnostic(lines[at:end])
        elif _BACKTRACE.match(line):
            while end < len(lines) and lines[end].lstrip().startswith("at "):
                end += 1
            run.frame(lines[at:end])
        else:
            run.line(line)
        at = end
    return run.finish()


class _Run:
    def __init__(self, told: set[str]) -> None:
        self.told = told  # Tests whose failure is told below, by name.
        self.sections: set[str] = set()
        self.clippy = ""
        self.parts = self.again = 0
        self.out: list[str] = []
        self.warnings: dict[str, list[str]] = {}
        self.place = 0
        self.passed = self.progress = self.frames = 0

    def diagnostic(self, block: list[str]) -> None:
        if block[0].startswith("error"):
            self._error(block)
            return
        if not self.warnings:
            self.place = len(self.out)
            self.out.append("")
        told = [self._lint(line).strip() for line in block if not _GUTTER.match(line) and not _SETTING.match(line)][2:]
        for line in block:
            label = _LABEL.match(line)
            if label and line[label.end() :].strip():
                told.append(line[label.end() :].strip())
        key = "\n".join([block[0], *("  " + line for line in told if "on by default" not in line and line != "...")])
        self.warnings.setdefault(key, []).append(block[1].strip().removeprefix("--> "))

    def _error(self, block: list[str]) -> None:
        """What an error says; not the places in libraries that its notes show, nor a note that another error had too."""
        at = 0
        while at < len(block):
            end = at + 1
            while end < len(block) and not block[end].startswith(("note: ", "help: ")):
                end += 1
            section = [line for line in block[at:end] if line.strip(" |") and not _INSERTED.match(line)]
            at = end
            if len(section) > 1 and section[0].startswith(("note: ", "help: ")):
                if section[0].endswith(" defined here") and any(part in section[1] for part in _FOREIGN):
                    self.parts += len(section)
                    continue
                key = "\n".join(line.strip() for line in section)
                if key in self.sections:
                    self.again += len(section)
                    first = next((line for line in section[1:] if not _FOREIGN_PLACE.match(line)), "")
                    self.out.append(f"{section[0]}: {first.strip()} [and what stands below it above]")
                    continue
                self.sections.add(key)
                kept = [line for line in section if not (_FOREIGN_PLACE.match(line))]
                self.parts += len(section) - len(kept)
                section = kept
            self.out.extend(self._lint(line) for line in section)

    def _lint(self, line: str) -> str:
        """Clippy's pages differ in the lint's name alone: where they are is said once."""
        page = _LINTS.match(line)
        if not page or self.clippy not in ("", page[2]):
            return line
        self.clippy = page[2]
        return f"{page[1]}clippy's {page[3]}"

    def _warnings(self) -> list[str]:
        said: dict[str, None] = {}
        lines = []
        for key, places in self.warnings.items():
            head, *told = key.split("\n")
            lines.append(head)
            lines.extend(line for line in told if not line.startswith("  = ") or line not in said)
            said.update(dict.fromkeys(told))
            times = (
                {place: places.count(place) for place in dict.fromkeys(places)}
                if len(places) < 200
                else dict.fromkeys(places, 1)
            )
            lines.append(
                "  --> " + ", ".join(place if n == 1 else f"{place} ({n} times)" for place, n in times.items())
            )
        return lines

    def frame(self, frame: list[str]) -> None:
        if any("/rustc/" in line or ".cargo/registry" in line for line in frame[1:]) or len(frame) == 1:
            self.frames += 1
        else:
            self.out.extend(frame)

    def line(self, line: str) -> None:
        if line.startswith("test ") and line.endswith(" ... ok"):
            self.passed += 1
        elif _PROGRESS.match(line):
            self.progress += 1
        elif (line.startswith("test ") and line.endswith(" ... FAILED") and line[5:-11] in self.told) or (
            line.startswith("    ") and line[4:] in self.told
        ):
            self.again += 1  # The heading of its section names it.
        elif line.strip():
            thread = _THREAD.match(line)
            if thread and self.out and self.out[-1] == f"---- {thread[1]} stdout ----":
                self.out[-1] = f"---- {thread[1]}: {thread[2]}{line[thread.end() :]}"
            else:
                self.out.append(line)

    def finish(self) -> list[str]:
        if self.warnings:
            said = self._warnings()
            self.out[self.place] = "\n".join(
                [*said, "[sources and lint settings of warnings left out; read the file at the line given]"]
            )
        notes = [f"[clippy's NAME: {self.clippy}#NAME]"] if self.clippy else []
        if self.parts:
            notes.append(left_out(self.parts, "places in libraries that notes show", "run cargo for them"))
        if self.again:
            notes.append(left_out(self.again, "lines that say what other lines here say too"))
        if self.passed:
            notes.append(left_out(self.passed, "passing tests", "run one by its name to see it"))
        if self.progress:
            notes.append(left_out(self.progress, "lines of compiling and fetching"))
        if self.frames:
            notes.append(left_out(self.frames, "frames of the standard library and of crates"))
        return notes + self.out
