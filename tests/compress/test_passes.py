"""What each pass keeps and what it leaves out, on outputs written here in the shape of the tool."""

from __future__ import annotations

import pytest

from gateway.compress import compress

from .samples import CASES


@pytest.mark.parametrize("command", CASES)
def test_a_pass_keeps_what_is_needed_and_says_what_is_gone(command: str) -> None:
    text, name, kept, gone = CASES[command]
    made = compress(text, command, "Bash")
    assert made.name == name
    assert len(made.text) < len(text) * 0.75
    for fact in kept:
        assert fact in made.text, fact
    for noise in gone:
        assert noise not in made.text, noise


@pytest.mark.parametrize(
    "command",
    [
        "npx jest",
        "npm test",
        "go test -v ./...",
        "docker logs shop",
        "cd /app && RUST_BACKTRACE=1 cargo test 2>&1 | tail -200",
    ],
)
def test_without_a_telling_command_the_shape_tells(command: str) -> None:
    text, name, _, _ = CASES[command]
    assert compress(text, "./run.sh", "Bash") == compress(text, command, "Bash")
    assert compress(text, "", "mcp__ci__last_run").name == name


def test_colours_and_overwritten_progress_are_what_a_terminal_shows() -> None:
    text = (
        "".join(f"\rdownloading {at}%" for at in range(100))
        + "\n\x1b[32mdone\x1b[0m: 3 files\n"
        + "\x1b]0;title\x07end\n"
    )
    assert compress(text, "./fetch", "Bash").text == "downloading 99%\ndone: 3 files\nend\n"


def test_equal_lines_in_a_row_are_counted() -> None:
    text = "starting\n" + "waiting for the database to come up\n" * 50 + "started\n"
    assert (
        compress(text, "./up", "Bash").text
        == "starting\nwaiting for the database to come up\n[the line above 50 times in a row]\nstarted\n"
    )


def test_encoded_data_is_cut_and_said_and_long_words_are_not() -> None:
    blob = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODk" * 20
    made = compress(f"key: {blob}\nnext: 1\n", "./show", "Bash")
    assert f"key: {blob[:24]}[{len(blob) - 24} characters of encoded data left out" in made.text
    assert made.text.endswith("next: 1\n")
    path = "/srv/" + "deep/" * 200 + "file1"
    assert compress(f"{path}\n{path}x\n", "./show", "Bash").text == f"{path}\n{path}x\n"


def test_a_match_in_minified_code_keeps_its_place_and_beginning() -> None:
    made = compress(
        f"a.js:1:var match=1;{'x=y+1;' * 2_000}\nb.js:4:match()\nc.js:9:match(2)\n", "grep -rn match .", "Bash"
    )
    assert "a.js\n1:var match=1;" in made.text
    assert "characters of this minified line left out" in made.text
    assert "b.js\n4:match()\nc.js\n9:match(2)" in made.text


def test_a_logs_failures_are_kept_whatever_their_level() -> None:
    lines = [
        f'10.0.0.{at % 9} - - [22/Nov/2026:17:50:{at:02d} +0000] "GET /orders/{at} HTTP/1.1" '
        f"{404 if at in (20, 41) else 200} 512"
        for at in range(60)
    ]
    made = compress("\n".join(lines), "docker logs web", "Bash")
    assert "GET /orders/20 " in made.text
    assert "GET /orders/41 " in made.text
    assert made.text.count("\n") < 10
