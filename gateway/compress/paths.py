"""find, ls, tree and other lists of paths: each directory once. Every name stays."""

from __future__ import annotations

import re

_LS = re.compile(
    r"([bcdlps-][rwxsStT-]{9}[.+@]?) ++([0-9]++) (\S++) ++(\S++) ++(\S++) "
    r"(\w{3} ++[0-9]++ ++[0-9:]{4,5}|[0-9-]{10} [0-9:]{5}) (.+)\Z"
)
_BRANCH = re.compile(r"[├└`|][─-]")
MOST_COLUMNS = 400
_AWKWARD = re.compile(r"[\s:]")


def grouped(names: list[str], *, in_order: bool = False) -> list[str]:
    """`src/click/: core.py types.py`. `in_order`: only neighbours are put together (a list that is sorted by something)."""
    lines: list[str] = []
    members: dict[str, list[str]] = {}
    last = ""
    for name in names:
        if _AWKWARD.search(name):
            directory, base = "", name
        else:
            cut = name.rstrip("/").rfind("/") + 1
            directory, base = name[:cut], name[cut:]
        if in_order and directory != last:
            lines.extend(_said(members))
            members = {}
        last = directory
        members.setdefault(directory, []).append(base)
    return lines + _said(members)


def _said(members: dict[str, list[str]]) -> list[str]:
    lines = []
    for directory, names in members.items():
        if not directory:
            lines.extend(names)
        elif len(names) == 1:
            lines.append(directory + names[0])
        else:
            lines.append(f"{directory}: {' '.join(names)}")
    return lines


def listing(lines: list[str], *, in_order: bool = False) -> list[str] | None:
    """A path a line."""
    names = [line for line in lines if line.strip()]
    said = grouped(names, in_order=in_order)
    return said or None


def looks_like_paths(lines: list[str]) -> bool:
    names = [line for line in lines if line.strip()]
    slashes = sum("/" in name and not _AWKWARD.search(name) and len(name) < 300 for name in names)
    return len(names) > 5 and slashes * 10 >= len(names) * 9


def ls(lines: list[str]) -> list[str] | None:
    """`ls -l`: what all rows share once, above; rights, size, date and name of each stay. Without -l: as grouped paths."""
    rows = [_LS.match(line) if len(line) < 1_000 else None for line in lines]
    found = [row for row in rows if row]
    if not found:
        return names_of_ls(lines)
    owners = {f"{row[3]} {row[4]}" for row in found}
    dates = {row[6] for row in found}
    shared = []
    if len(owners) == 1:
        shared.append(f"owner {found[0][3]} {found[0][4]}")
    if len(dates) == 1:
        shared.append(found[0][6])
    out = [f"[rights, {'' if len(owners) == 1 else 'owner, '}size, {'' if len(dates) == 1 else 'date, '}name"]
    out[0] += f"; all: {', '.join(shared)}" if shared else ""
    out[0] += "; links left out, rights only where they change]"
    rights = ""
    for line, row in zip(lines, rows, strict=True):
        if row is None:
            rights = ""
            if line.strip() and not line.startswith("total "):
                out.append(line)
        elif row[7] not in (".", ".."):
            cells = [row[1]] if row[1] != rights else []
            rights = row[1]
            cells += [row[3], row[4]] if len(owners) > 1 else []
            cells += [row[5]] + ([row[6]] if len(dates) > 1 else []) + [row[7]]
            out.append(" ".join(cells))
    return out


def names_of_ls(lines: list[str]) -> list[str]:
    """`ls`, `ls -R`: the names of a directory in a line, behind its name. A name with blanks keeps its line."""
    out: list[str] = []
    run: list[str] = []
    head = ""
    for line in [*lines, " "]:
        if line and not _AWKWARD.search(line):
            run.append(line)
            continue
        if head or run:
            out.append(" ".join(([head] if head else []) + run))
        run = []
        head = line if line.endswith(":") and not line.startswith("ls: ") else ""
        if not head and line.strip():
            out.append(line)
    return out


_FOUND = re.compile(r" *+[0-9]++ ++[0-9]++ ([bcdlps-][rwxsStT-]{9}[.+@]? .*)\Z")


def found_with_ls(lines: list[str]) -> list[str] | None:
    """`find -ls`: as `ls -l` says it, without inodes and blocks."""
    rows = [_FOUND.match(line) for line in lines]
    if sum(map(bool, rows)) * 10 < len([line for line in lines if line.strip()]) * 9:
        return None
    said = ls([row[1] if row else line for line, row in zip(lines, rows, strict=True)])
    return ["[inodes and blocks left out]", *said] if said else None


def tree(lines: list[str], *, width: int = 4) -> list[str] | None:
    """Branches drawn with lines become one space a level; a directory that holds only leaves takes one line. `width`: of a
    level, in characters."""
    levels: list[tuple[int, str]] = []
    for line in lines:
        branch = _BRANCH.search(line[:MOST_COLUMNS])
        if not branch and line.strip():
            levels.append((0, line.strip()))
        elif branch:
            levels.append((-(-branch.start() // width) + 1, line[branch.start() :].lstrip("├└`|─┬- \xa0")))
    out = ["[a space a level; dir: leaves]"]
    at = 0
    last_loose = False
    while at < len(levels):
        depth, name = levels[at]
        end = at + 1
        while end < len(levels) and levels[end][0] == depth + 1 and not _AWKWARD.search(levels[end][1]):
            end += 1
        only_leaves = end > at + 1 and (end == len(levels) or levels[end][0] <= depth)
        if only_leaves and not _AWKWARD.search(name):
            leaves = [leaf for _, leaf in levels[at + 1 : end]]
            joined = f"{name}/{leaves[0]}" if len(leaves) == 1 else f"{name}: {' '.join(leaves)}"
            at = end
        else:
            joined, at = name, at + 1
        margin = " " * depth
        loose = depth > 0 and " " not in joined and not (at < len(levels) and levels[at][0] > depth)
        before = out[-1]
        if loose and len(out) > 1 and before.startswith(margin) and before[depth : depth + 1] != " " and last_loose:
            out[-1] += " " + joined
        else:
            out.append(margin + joined)
        last_loose = loose
    return out
