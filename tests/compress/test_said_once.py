"""What is said once instead of in each line can be read back: times of logs, tables, paths, JSON."""

from __future__ import annotations

import re

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
