"""What is said once instead of in each line can be read back: times of logs, tables, paths, JSON."""

from __future__ import annotations

import re

import pytest

from gateway.compress import compress


def _log_again(text: str) -> list[str]:
    head, *lines = text.split("\n")
    told = re.fullmatch(
        r"\[every time below stands for: (.*)TIME(.*?)(?:; requests end with( .*) where nothing else is said)?\]", head
    )
    assert told
    before, after, end = told.groups()
    again = []
    for line in lines:
        time = re.match(r"\d\d:\d\d:\d\d", line)
        rest = line[8:] if time else ""
        tail = end if end and re.search(r'" \d{3} \d+\Z', rest) else ""
        again.append(f"{before}{line[:8]}{after}{rest}{tail}" if time else line)
    return again


def test_the_lines_of_an_access_log_can_be_read_back() -> None:
    agents = ["curl/8.5", "curl/8.5", "Mozilla/5.0 (X11)", "curl/8.5"]
    lines = [
        f'10.0.0.1 - - [22/Nov/2026:17:50:{at:02d} +0000] "GET /{word} HTTP/1.1" {404 if at % 5 == 0 else 200} {at * 7}'
        f' "-" "{agents[at % 4]}"'
        for at, word in enumerate("alpha beta gamma delta omega sigma kappa theta lambda zeta".split())  # noqa: SIM905
    ]
    made = compress("\n".join(lines), "tail -n 50 access.log", "Bash")
    assert made.name == "log"
    assert len(made.text) < len("\n".join(lines)) * 0.7
    assert _log_again(made.text) == lines


def test_what_hosts_of_an_access_log_asked_stays_with_the_host() -> None:
    lines = [
        f'10.0.0.{at} - bob [22/Nov/2026:17:50:{at:02d} +0000] "GET /{chr(97 + at)} HTTP/1.1" 200 5' for at in range(20)
    ]
    rows = compress("\n".join(lines), "cat access.log", "Bash").text.split("\n")
    assert rows[1:] == [f'10.0.0.{at} - bob 17:50:{at:02d} "GET /{chr(97 + at)} HTTP/1.1" 200 5' for at in range(20)]


def test_a_request_without_a_browser_is_not_given_one() -> None:
    ends = [' "-" "curl/8.5"'] * 9 + [""]
    lines = [
        f'10.0.0.1 - - [22/Nov/2026:17:50:{at:02d} +0000] "GET /{chr(97 + at)} HTTP/1.1" 200 5{end}'
        for at, end in enumerate(ends)
    ]
    assert compress("\n".join(lines), "cat access.log", "Bash").text.count('"curl/8.5"') == 9


def test_lines_of_several_days_keep_their_days() -> None:
    lines = [f"2026-11-{at:02d} 10:00:00 INFO [app] word{chr(97 + at)} came in" for at in range(1, 20)]
    assert compress("\n".join(lines), "docker logs app", "Bash").text == "\n".join(lines)


def test_a_stores_warnings_stay_and_its_connections_are_counted() -> None:
    lines = [f"77:M 28 Nov 2026 07:17:{at:02d}.162 - Accepted 127.0.0.1:{40_000 + at}" for at in range(40)]
    lines[0] = lines[0].replace("77:M", "75:C")
    lines[17] = "77:M 28 Nov 2026 07:17:17.162 # WARNING Memory overcommit must be enabled!"
    lines[18] = "77:M 28 Nov 2026 07:17:18.162 - Accepted a connection that was lost"
    made = compress("\n".join(lines), "docker logs cache", "Bash").text
    assert "77:M 07:17:17.162 # WARNING Memory overcommit must be enabled!" in made
    assert "77:M 07:17:18.162 - Accepted a connection that was lost" in made
    assert "75:C 07:17:00.162 - Accepted 127.0.0.1:40000" in made
    assert "Accepted 127.0.0.1:40039\n[34 lines like the one above left out before it" in made
    assert made.count("\n") < 8


def test_the_names_of_ls_can_be_read_back() -> None:
    parts = {
        "lib:": [f"{word}.py" for word in ("alpha", "beta", "gamma")],
        "lib/empty:": [],
        "lib/odd:": ["two words.py", "plain.py", "colon:x"],
        "lib/more:": [f"module_{chr(97 + at)}.py" for at in range(20)],
    }
    text = "\n\n".join("\n".join([head, *names]) for head, names in parts.items())
    made = compress(text, "ls -R lib", "Bash")
    assert made.name == "ls"
    assert made.text.split("\n") == [
        "lib: alpha.py beta.py gamma.py",
        "lib/empty:",
        "lib/odd:",
        "two words.py",
        "plain.py",
        "colon:x",
        "lib/more: " + " ".join(parts["lib/more:"]),
    ]


def test_every_size_and_path_of_find_ls_stays() -> None:
    lines = [
        f"  {5_458_000 + at}      4 -rw-r--r--   1 root     root         {at * 31:5} Aug {at:2}  2021 ./src/file {at}.c"
        for at in range(1, 25)
    ]
    rows = compress("\n".join(lines), "find . -type f -ls", "Bash").text.split("\n")
    assert len(rows) == 26
    for at in range(1, 25):
        assert any(row.endswith(f"{at * 31} Aug {at:2}  2021 ./src/file {at}.c") for row in rows)


def _rows(style: str, cells: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    said = ["|".join(f" {cell:{width}} " for cell, width in zip(row, widths, strict=True)) for row in cells]
    rule = "+".join("-" * (width + 2) for width in widths)
    if style == "psql":
        return "\n".join([said[0], rule, *said[1:], f"({len(cells) - 1} rows)"])
    return "\n".join([f"+{rule}+", f"|{said[0]}|", f"+{rule}+", *(f"|{row}|" for row in said[1:]), f"+{rule}+"])


@pytest.mark.parametrize("style", ["psql", "mysql"])
def test_the_rows_of_a_query_can_be_read_back(style: str) -> None:
    cells = [
        ["id", "name", "note"],
        *([str(at), f"item number {at * 7}", "" if at % 3 else "a gift"] for at in range(30)),
    ]
    made = compress(_rows(style, cells), f"{style} shop -e 'select ...'", "Bash")
    assert made.name == "table"
    rows = made.text.split("\n")
    assert [row.split("|") for row in rows[: len(cells)]] == cells
    assert rows[len(cells) :] == (["(30 rows)"] if style == "psql" else [])


@pytest.mark.parametrize("odd", ["a | b", "  of its own", "two lines+"])
def test_a_query_whose_cells_are_not_certain_stays(odd: str) -> None:
    cells = [["id", "name", "note"], *([str(at), f"item {at}", "x" * 30] for at in range(30))]
    cells[9][1] = odd
    text = _rows("psql", cells)
    if odd.endswith("+"):
        text = text.replace("two lines+ |", "two lines +|")
        assert "two lines +|" in text
    assert compress(text, "psql shop", "Bash").text == text


def test_shellcheck_says_the_words_of_a_code_again_where_they_are_others() -> None:
    words = "Double quote to prevent globbing and word splitting."
    lines = []
    for at in range(1, 9):
        said = "Another sentence altogether." if at == 5 else words
        lines += [f"In run.sh line {at}:", f"echo $x{at}", f"     ^-^ SC2086 (info): {said}", "", ""]
    rows = compress("\n".join(lines), "shellcheck run.sh", "Bash").text.split("\n")
    told = [row for row in rows if "SC2086" in row]
    assert [row.endswith((words, "altogether.")) for row in told] == [True, *[False] * 3, True, True, False, False]
    assert sum("In run.sh line" in row for row in rows) == 8
    assert all(f"echo $x{at}" in rows for at in range(1, 9))


def test_findings_of_tsc_keep_all_they_say_and_their_related_places() -> None:
    lines = []
    for at in range(10, 20):
        lines += [
            f"src/{'ab'[at % 2]}.ts:{at}:5 - error TS2322: Type 'string{at}' is not assignable to type 'number'.",
            f"  Property 'p{at}' is missing.",
            "",
            f"{at}     return value{at}",
            "       ~~~~~~",
            "",
            f"  src/types.ts:{at}:1",
            f"    {at}   n: number",
            "        ~",
            "    The expected type comes from property 'n'.",
            "",
        ]
    made = compress("\n".join([*lines, "Found 10 errors."]), "npx tsc --noEmit --pretty", "Bash")
    rows = made.text.split("\n")
    for at in range(10, 20):
        first = rows.index(
            f"src/{'ab'[at % 2]}.ts:{at}:5 error TS2322: Type 'string{at}' is not assignable to type 'number'."
        )
        assert rows[first + 1 : first + 4] == [
            f"  Property 'p{at}' is missing.",
            f"  src/types.ts:{at}:1",
            "    The expected type comes from property 'n'.",
        ]
    assert rows[0].startswith("[40 lines of source and markers left out")
    assert rows[-1] == "Found 10 errors."


def test_commits_of_several_zones_keep_theirs() -> None:
    text = "\n".join(
        f"commit {at:040x}\nAuthor: A Person <a@example.invalid>\n"
        f"Date:   Thu Jan 2 22:45:{at:02d} 2020 +0{at % 2}00\n\n    message {at}\n"
        for at in range(10)
    )
    made = compress(text, "git log", "Bash")
    assert made.name == "git-log"
    assert all(f"2020-01-02 22:45:{at:02d} +0{at % 2}00" in made.text for at in range(10))
