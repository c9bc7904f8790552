"""Package installs and builds: what was fetched and unpacked becomes a count; warnings, errors and results stay."""

from __future__ import annotations

import re

from .lines import left_out

_DEPRECATED = re.compile(r"npm (?:warn|WARN) deprecated (\S+): ")
_PIP = (
    "Collecting ",
    "  Downloading ",
    "  Using cached ",
    "Processing ",
    "     ━",
    "     |█",
    "Downloading ",
    "   ━",
    "   ---",
    "Using cached ",
    "Looking in indexes",
    "  Preparing metadata",
    "  Getting requirements",
    "  Installing build dependencies",
    "  Created wheel",
    "  Stored in directory",
    "    Preparing metadata",
    "Building wheels for",
    "  Building wheel for",
    "Obtaining ",
    "  - Downloading ",
    "Removing intermediate container ",
    " ---> Running in ",
    " ---> Using cache",
    "+++++",
    "    Uninstalling ",
    "      Successfully uninstalled",
)
_APT = (
    "Get:",
    "Hit:",
    "Ign:",
    "Selecting previously unselected",
    "Preparing to unpack",
    "Unpacking ",
    "(Reading database",
    "Reading package lists",
    "Building dependency tree",
    "Reading state information",
    "Fetched ",
    "Processing triggers for ",
)
_PROGRESS = re.compile(
    r"(?:#\d+ (?:\d+\.\d+ )?(?:sha256:|extracting|transferring|resolve |\.\.\.)"
    r"|[0-9a-f]{12}: (?:Pulling|Waiting|Download|Verifying|Extracting|Pull complete|Already exists)"
    r"|\s*(?:\[[=#> -]*+\]|[█▏▎▍▌▋▊▉░▒━╸╺]{3,})|go: downloading "
    r"| {2,}(?:Compiling|Downloaded|Downloading|Checking|Updating|Adding|Locking) |Progress: resolved "
    r"|\[\d+/\d+\] (?:Building|Compiling|Linking) (?:C|CXX) )"
)
_DOCKER = re.compile(r"#\d+ (?:\d+\.\d+ )?")
_NPM = re.compile(r"(npm (?:error|ERR!|warn|WARN)) (.*)\Z")
_STEPS = re.compile(
    r"(?:\[ *\d+%\] Building |make\[\d+\]: (?:Entering|Leaving) directory |ℹ |transforming |rendering chunks)"
)


def compress(lines: list[str]) -> list[str] | None:
    out: list[str] = []
    deprecated: list[str] = []
    present: list[str] = []
    gone = 0
    installed = any(line.startswith("Successfully installed") for line in lines)
    for whole in lines:
        step = _DOCKER.match(whole)
        line = whole[step.end() :] if step else whole
        old = _DEPRECATED.match(line)
        if old:
            deprecated.append(old[1])
        elif line.startswith("Requirement already satisfied: "):
            if " (from " in line:
                present.append(_present(line))
            else:  # What was asked for, not what something else needs.
                out.append(whole)
        elif (
            line.startswith(_PIP)
            or line.startswith(_APT)
            or _PROGRESS.match(whole)
            or _STEPS.match(line)
            or (installed and line.startswith("Installing collected packages: "))
        ):
            gone += 1
        elif line.strip() and line.strip() != "npm error":
            out.append(whole)
    notes = []
    if deprecated:
        how = "reasons left out, npm view NAME deprecated tells them"
        notes.append(f"npm warn deprecated ({len(deprecated)}; {how}): {' '.join(deprecated)}")
    if present:
        notes.append(f"needed by others and already there: {', '.join(dict.fromkeys(present))}")
    if gone:
        notes.append(left_out(gone, "lines of fetching, unpacking and progress", "run it again with its verbose flag"))
    said = notes + _prefix_once(out)
    return said if len(said) < len(lines) or len(said) != len(notes) + len(out) else None


def _prefix_once(lines: list[str]) -> list[str]:
    """`npm error` before each of many lines is said once, above them."""
    out: list[str] = []
    prefix = ""
    for at, line in enumerate(lines):
        match = _NPM.match(line)
        following = match and any(more.startswith(match[1] + " ") for more in lines[at + 1 : at + 2])
        if match and match[1] == prefix:
            out.append(" " + match[2])
        elif match and following:
            prefix = match[1]
            out += [f"{prefix}:", " " + match[2]]
        else:
            prefix = ""
            out.append(line)
    return out


def _present(line: str) -> str:
    """`flask==3.1.3` of `Requirement already satisfied: flask in ./lib (3.1.3)`; what asked for it is left out."""
    words = line.removeprefix("Requirement already satisfied: ").split()
    version = words[-1].strip("()") if words[-1:] and words[-1].startswith("(") else ""
    name = re.split(r"[<>=!~;\[]", words[0])[0] if words else ""
    return f"{name}=={version}" if version and name else " ".join(words)
