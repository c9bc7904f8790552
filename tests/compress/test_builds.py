"""Builds of C: what is said once keeps every file, place and name; errors stay to the letter."""

from __future__ import annotations

from gateway.compress import compress

FLAGS = "gcc -std=gnu99 -O2 -Wall -Wextra -Iinclude -DNDEBUG"
FILES = [f"src/part_{letter}.c" for letter in "abcdefghijkl"]


def _call(name: str) -> str:
    return f"{FLAGS} -c -o {name[:-2]}.o {name}"


def test_compiler_calls_with_the_same_flags_become_their_files() -> None:
    made = compress("\n".join([*map(_call, FILES), "ar rc libx.a", "ranlib libx.a"]), "make -j4", "Bash")
    assert made.name == "build"
    rows = made.text.split("\n")
    files = " ".join(FILES[1:-2])
    note = f"[the line above 9 times more, with the same flags, for: {files}]"
    assert rows == [_call(FILES[0]), note, _call(FILES[-2]), _call(FILES[-1]), "ar rc libx.a", "ranlib libx.a"]


def test_the_call_before_an_error_and_a_call_with_other_flags_stay() -> None:
    other = _call("src/odd.c").replace("-O2", "-O0")
    error = "src/part_f.c:9:3: error: expected ';' before 'return'"
    lines = [*map(_call, FILES[:6]), error, "    9 |   return 1", "      |   ^~~~~~", other, *map(_call, FILES[6:])]
    lines.append("make: *** [Makefile:12: src/part_f.o] Error 1")
    rows = compress("\n".join(lines), "make", "Bash").text.split("\n")
    at = rows.index(error)
    assert rows[at - 1 : at + 4] == [_call(FILES[5]), error, "    9 |   return 1", "      |   ^~~~~~", other]
    assert rows[-1] == lines[-1]
    assert all(any(name in row for row in rows) for name in FILES)


def test_warnings_keep_every_place_and_errors_their_function_and_excerpt() -> None:
    lines = []
    for at in range(1, 9):
        lines += [
            f"a.c: In function 'f{at}':",
            f"a.c:{at * 10}:5: warning: unused variable 'x' [-Wunused-variable]",
            f"{at * 10:5} |     int x;",
            "      |         ^",
        ]
    error = ["a.c: In function 'g':", "a.c:95:2: error: 'y' undeclared", "   95 |  y = 1;", "      |  ^"]
    noted = [
        "a.c:97:2: warning: this 'if' clause does not guard",
        "   97 |  if (y)",
        "a.c:98:3: note: ...this statement",
    ]
    made = compress("\n".join([*lines, *error, *noted]), "gcc -Wall -c a.c", "Bash").text
    places = ",".join(f"{at * 10}:5" for at in range(1, 9))
    assert f"a.c:{places}: warning: unused variable 'x' [-Wunused-variable]" in made
    assert "\n".join([*error, *noted]) in made
    assert "[24 lines around warnings" in made


def test_a_warning_of_a_header_keeps_what_included_it() -> None:
    led = ["In file included from a.h:3,", "                 from a.c:1:", "b.h: In function 'q':"]
    lines = [
        *(f"a.c:{at}:1: warning: label '{at % 2}' defined but not used" for at in range(20, 40)),
        *led,
        "b.h:7:1: warning: label '0' defined but not used",
    ]
    assert "\n".join([*led, lines[-1]]) in compress("\n".join(lines), "make", "Bash").text


def test_what_a_linker_misses_is_said_once_with_all_that_use_it() -> None:
    lines = []
    for user in ("alpha", "beta", "gamma"):
        lines.append(f"/usr/bin/ld: /tmp/ccX.o: in function `{user}':")
        lines += [f"main.c:(.text+0x{at:x}): undefined reference to `missing_{at}'" for at in range(4)]
    lines.append("collect2: error: ld returned 1 exit status")
    rows = compress("\n".join(lines), "gcc main.c", "Bash").text.split("\n")
    assert rows[1:] == [
        *(f"/usr/bin/ld: undefined reference to `missing_{at}' (main.c in alpha beta gamma)" for at in range(4)),
        lines[-1],
    ]


def test_checks_that_were_not_answered_yes_stay() -> None:
    lines = [f"checking for header_{at}.h... {'no' if at == 7 else 'yes'}" for at in range(30)]
    made = compress("\n".join(lines), "./configure && make", "Bash").text
    assert "checking for header_7.h... no" in made
    assert "answered yes left out; config.log has them" in made


def test_tests_that_make_runs_are_still_tests() -> None:
    text = "\n".join(["===== test session starts =====", *(f"tests/t_{at}.py ....  [{at}%]" for at in range(40))])
    assert compress(text + "\n===== 160 passed in 2.00s =====", "make test", "Bash").name == "pytest"


def test_a_call_with_other_flags_in_the_middle_of_a_run_stays() -> None:
    other = _call("src/odd.c").replace("-O2", "-O0")
    text = "\n".join([*map(_call, FILES[:6]), other, *map(_call, FILES[6:])])
    assert other in compress(text, "make", "Bash").text.split("\n")
