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


def test_rows_of_figures_that_begin_with_a_day_all_stay() -> None:
    text = "\n".join(f"2026-01-{at:02d} 10:00:00 {at * 7} {at * 13}.5" for at in range(1, 31))
    assert compress(text, "python report.py", "Bash").text == text


def test_times_are_not_taken_for_line_numbers() -> None:
    text = "\n".join(f"12:30:{at:02d} order arrived at the desk" for at in range(30) for _ in range(2))
    rows = compress(text, "grep order shop.log", "Bash").text.split("\n")
    assert all(f"12:30:{at:02d} order arrived at the desk" in rows for at in range(30))


def test_what_a_test_prints_as_a_table_stays() -> None:
    table = "\n".join(f"    │ {at} │ 'row {at}' │" for at in range(30))
    text = f"PASS a.test.js\n  ● Console\n\n{table}\n\nTests:       3 passed, 3 total\n" + "PASS b.test.js\n" * 30
    made = compress(text, "npx jest", "Bash")
    assert table.split("\n")[17] in made.text


def test_a_diff_of_a_merge_keeps_its_surroundings() -> None:
    text = "diff --cc src/a.py\nindex 1234567,89abcde..0000000\n--- a/src/a.py\n+++ b/src/a.py\n" + "\n".join(
        f"      kept = {at}" for at in range(40)
    )
    made = compress(text, "git diff", "Bash")
    assert [line for line in text.split("\n") if "kept" in line] == [
        line for line in made.text.split("\n") if "kept" in line
    ]


def test_versions_that_were_there_already_stay_and_what_was_asked_for_to_the_letter() -> None:
    asked = "Requirement already satisfied: x[all]>=3 in ./lib/python3.11/site-packages (3.1.0)\n"
    text = asked + "".join(
        f"Requirement already satisfied: part{at}>=1.0 in ./lib/python3.11/site-packages (from x) (2.{at}.0)\n"
        for at in range(9)
    )
    made = compress(text, "pip install x", "Bash").text
    assert made.startswith("needed by others and already there: part0==2.0.0, part1==2.1.0, part2")
    assert asked.strip() in made.split("\n")


def test_keys_of_a_store_with_numbers_in_them_are_not_taken_for_matches() -> None:
    text = "".join(f"user:{at * 7 % 40}:name\n" for at in range(40))
    assert compress(text, "redis-cli --scan --pattern 'user:*'", "Bash").name == ""
    assert compress(text, "", "mcp__store__keys").name == ""


def test_trouble_at_a_harmless_level_stays() -> None:
    lines = [
        f"2026-01-01 10:00:{at:02d} INFO [pool] connection {at} {'timed out' if at % 7 == 3 else 'opened'}"
        for at in range(60)
    ]
    made = compress("\n".join(lines), "journalctl -u pool", "Bash")
    assert made.name == "log"
    assert [line[11:] for line in lines if "timed out" in line] == [
        line for line in made.text.split("\n") if "timed out" in line
    ]


def test_a_message_that_only_the_summary_tells_stays() -> None:
    text = "=== test session starts ===\n" + "".join(f"t.py::test_{at} PASSED [ {at}%]\n" for at in range(40))
    text += "t.py::test_x FAILED [100%]\n=== short test summary info ===\n"
    text += "FAILED t.py::test_x - assert the_answer == 43, 'said nowhere else'\n=== 1 failed, 40 passed in 0.1s ===\n"
    made = compress(text, "pytest -v --tb=no", "Bash")
    assert "FAILED t.py::test_x - assert the_answer == 43, 'said nowhere else'" in made.text
    assert "1 failed, 40 passed" in made.text


def test_little_gain_is_no_reason_to_touch_a_text() -> None:
    text = "\x1b[1mTitle\x1b[0m\n" + "\n".join(f"a line of its own, number {at}" for at in range(40))
    assert compress(text, "./show", "Bash").text == text
    blamed = "\n".join(f"{at:08x} (Person {at} 2026-01-01 10:00:00 +0000 {at}) x" for at in range(1, 30))
    assert compress(blamed, "git blame a", "Bash").text == blamed


def test_a_failed_build_of_an_image_keeps_its_steps_and_its_error() -> None:
    text = "#5 [2/4] RUN apt-get install -y gcc\n" + "".join(
        f"#5 {at}.1 Get:{at} http://deb.example.invalid part{at} 12 kB\n" for at in range(40)
    )
    text += "#5 DONE 41.0s\n#6 [3/4] RUN pip install x\n#6 1.2 Collecting x\n"
    text += "#6 2.2 ERROR: No matching distribution found for x\n"
    text += '#6 ERROR: process "/bin/sh -c pip install x" did not complete successfully: exit code: 1\n'
    made = compress(text, "docker build -t shop .", "Bash").text
    for fact in (
        "[2/4] RUN apt-get",
        "#5 DONE 41.0s",
        "No matching distribution found for x",
        "exit code: 1",
        "[41 lines of fetching",
    ):
        assert fact in made, fact
    assert "part7" not in made


def test_npms_prefix_is_said_once_and_its_error_stays() -> None:
    said = [
        "code ERESOLVE",
        "ERESOLVE unable to resolve dependency tree",
        "Found: react@19.0.0",
        '  peer react@"17.0.2" from react-dom@17.0.2',
    ] * 2
    text = "\n".join(f"npm error {line}" for line in said) + "\n"
    assert compress(text, "npm install", "Bash").text == "npm error:\n" + "\n".join(f" {line}" for line in said)


def test_a_diff_that_changes_only_the_ends_of_lines_stays() -> None:
    text = (
        "diff --git a/a b/a\nindex 1234567..89abcde 100644\n--- a/a\n+++ b/a\n@@ -1,9 +1,9 @@\n" + "-one\r\n+one\n" * 20
    )
    made = compress(text, "git diff", "Bash").text
    assert made.count("-one\r\n+one\n") == 20


def test_matches_findings_and_paths_are_known_by_their_shape() -> None:
    hits = "\n".join(f"src/{name}.py:{at}:    return value_{at % 3}" for name in "ab" for at in range(1, 20))
    assert compress(hits, "value", "mcp__code__find") == compress(hits, "grep -rn value src", "Bash")
    findings = "\n".join(f"src/a.py:{at}:5: E501 Line too long" for at in range(1, 20))
    assert compress(findings, "./check", "Bash") == compress(findings, "flake8", "Bash")
    names = "\n".join(f"src/deep/part_{at}.py" for at in range(1, 20))
    assert compress(names, "*.py", "Glob") == compress(names, "find src", "Bash")


def test_what_was_searched_for_is_seen_in_a_minified_line() -> None:
    line = "8:" + "var a=function(e){return e};" * 300 + "strictNullHandling:true," + "var b=1;" * 400
    made = compress(line + "\n" + "9:" + line, "grep -n 'strictNullHandling' dist/qs.js", "Bash").text
    assert made.count("strictNullHandling") == 2
    assert "minified line left out" in made


def test_errors_of_go_stay_under_their_package() -> None:
    found = [f"./{name}.go:{at}:3: cannot use x (value of type byte) as type int" for name in "abc" for at in range(9)]
    text = "\n".join(["# example.org/one", *found, "# example.org/two", *(f.replace("./", "./two/") for f in found)])
    lines = compress(text, "go build ./...", "Bash").text.split("\n")
    one, two = lines.index("# example.org/one"), lines.index("# example.org/two")
    assert one < lines.index("./a.go") < two < lines.index("./two/a.go")
