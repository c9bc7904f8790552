"""Test runners: what failed stays to the word, what passed is a count, what is said twice is said once."""

from __future__ import annotations

import pytest

from gateway.compress import compress

SPEC_FAILURE = """✖ adds small numbers (1.19ms)
  AssertionError [ERR_ASSERTION]: 'four' == 'five'
      at assert.<computed> [as equal] (node:internal/test_runner/test:242:18)
      at TestContext.<anonymous> (/app/test/sum.test.js:13:14)
      at async Test.run (node:internal/test_runner/test:526:7) {
    generatedMessage: true,
    code: 'ERR_ASSERTION',
    actual: 'four',
    expected: 'five',
    operator: '=='
  }
"""
NODE = (
    "▶ numbers\n"
    + "".join(f"  ✔ part {at} (0.{at}ms)\n" for at in range(30))
    + "▶ numbers (12.1ms)\n\nthe test printed this\n✔ printed by a program\n"
    + SPEC_FAILURE
    + "﹣ waits for a printer (0.1ms) # SKIP\n"
    + "ℹ tests 32\nℹ suites 1\nℹ pass 30\nℹ fail 1\nℹ skipped 1\nℹ duration_ms 12.5\n"
    + "\n✖ failing tests:\n\ntest at test/sum.test.js:10:1\n"
    + SPEC_FAILURE
)
TAP = (
    "TAP version 13\n"
    + "".join(f"# part {at}\nok {at} should be equal\n" for at in range(1, 30))
    + "# adds\nok 30 first\nnot ok 31 second\n  ---\n    operator: equal\n    expected: 5\n    actual:   4\n"
    + "    at: Test.<anonymous> (/app/test/sum.js:7:4)\n    stack: |-\n      Error: second\n"
    + "          at Test.assert (/app/node_modules/tape/lib/test.js:5:4)\n  ...\n"
    + "# later\nok 32 third # SKIP no printer\nok 33 fourth\n# Warning: the cache is cold\n"
    + "\n1..33\n# tests 33\n# pass  32\n# fail  1\n"
)
UNITTEST = (
    "".join(f"test_{at} (tests.test_sum.Adds.test_{at}) ... ok\n" for at in range(30))
    + "test_doc (tests.test_sum.Adds.test_doc)\nTells what it does. ... ok\n"
    + "test_printer (tests.test_sum.Adds.test_printer) ... skipped 'no printer'\n"
    + "test_small (tests.test_sum.Adds.test_small) ... FAIL\n"
    + "\n"
    + "=" * 70
    + "\nFAIL: test_small (tests.test_sum.Adds.test_small)\n"
    + "-" * 70
    + "\nTraceback (most recent call last):\n"
    + '  File "/usr/lib/python3.12/unittest/mock.py", line 1390, in patched\n    return func(*newargs)\n'
    + '  File "/app/tests/test_sum.py", line 13, in test_small\n    self.same(add(1, 3), 5)\n    ^^^^^^^^^^^^^^^^^\n'
    + '  File "/app/tests/base.py", line 7, in same\n    self.assertEqual(a, b)\n'
    + "AssertionError: Lists differ: [4] != [5]\n\n- [4]\n+ [5]\n\n"
    + "-" * 70
    + "\nRan 33 tests in 0.010s\n\nFAILED (failures=1, skipped=1)\n"
)
JAVA = "/app/src/main/java/shop"
MAVEN = (
    "[INFO] Scanning for projects...\n[INFO] \n[INFO] --- maven-compiler-plugin:3.1:compile (default) @ shop ---\n"
    + "[INFO] Compiling 11 source files with javac to target/classes\n[INFO] Tests are skipped.\n"
    + "".join(f"[WARNING] {JAVA}/Till.java:[{at},5] open() in shop.Till has been deprecated\n" for at in range(10, 40))
    + f"[WARNING] {JAVA}/Cart.java:[7,3] open() in shop.Till has been deprecated\n"
    + f"[ERROR] {JAVA}/Cart.java:[81,9] cannot find symbol\n  symbol:   class Basket\n  location: class shop.Cart\n"
    + "[INFO] Running shop.CartTest\n"
    + "[INFO] Tests run: 8, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.1 s -- in shop.CartTest\n"
    + "[INFO] Running shop.TillTest\nthe till printed this\n"
    + "[ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.1 s <<< FAILURE! -- in shop.TillTest\n"
    + "[INFO] Running shop.CrashTest\n--- expected\n[INFO] BUILD FAILURE\n"
    + "[ERROR] Failed to execute goal x:compile (default) on project shop: Compilation failure\n"
    + f"[ERROR] {JAVA}/Cart.java:[81,9] cannot find symbol\n[ERROR]   symbol:   class Basket\n"
    + "[ERROR]   location: class shop.Cart\n[ERROR] -> [Help 1]\n"
    + "[ERROR] Re-run Maven using the -X switch to enable full debug logging.\n"
)
CARGO = (
    "running 31 tests\n"
    + "".join(f"test part_{at} ... ok\n" for at in range(29))
    + "test adds ... FAILED\ntest untold ... FAILED\n\nfailures:\n\n---- adds stdout ----\n"
    + "thread 'adds' (17) panicked at src/lib.rs:60:5:\nassertion `left == right` failed\n  left: 4\n right: 5\n\n"
    + "failures:\n    adds\n    untold\n\ntest result: FAILED. 29 passed; 2 failed; 0 ignored\n"
)
RUSTC_HELP = """help: the following other types implement trait `Add<Rhs>`
   --> /rustc/5980/library/core/src/ops/arith.rs:99:8
    = note: `u32` implements `Add`
    = note: `&u32` implements `Add<u32>`
    = note: this error originates in the macro `add_impl`
"""
RUSTC = "".join(
    f"error[E0277]: cannot add `usize` to `u32`\n   --> src/lib.rs:{at}:42\n    |\n{at} |     let all = start + self.tail;\n"
    f"    |                     ^ no implementation for `u32 + usize`\n    |\n{RUSTC_HELP}"
    f"help: you can convert it\n    |\n{at} |     let all = start + self.tail.try_into();\n    |              +++++++++\n\n"
    for at in range(400, 410)
)
GO = (
    "".join(f"ok  \tshop/part{at}\t0.01s\n" for at in range(20))
    + "ok  \tshop/covered\t0.01s\tcoverage: 81.0% of statements\n"
    + "--- FAIL: TestTotal (0.00s)\n    till_test.go:13: total is 4, want 5\n"
    + "panic: no till [recovered]\n\ngoroutine 7 [running]:\ntesting.tRunner.func1()\n"
    + "\t/usr/local/go/src/testing/testing.go:1631 +0x24a\n"
    + "panic({0x1, 0x2})\n\t/usr/local/go/src/runtime/panic.go:770 +0x132\n"
    + "shop/till.Open(0x0)\n\t/root/go/src/shop/till/till.go:31 +0x18\n"
    + "example.com/cash.Do()\n\t/root/go/pkg/mod/example.com/cash@v1.2.0/do.go:9 +0x18\nFAIL\nFAIL\tshop/till\t0.01s\n"
)
RUNS = {
    "node --test": (
        NODE,
        "node-test",
        [
            "the test printed this\n✔ printed by a program",
            "test at test/sum.test.js:10:1",
            "✖ adds small numbers",
            "'four' == 'five'",
            "/app/test/sum.test.js:13:14",
            "actual: 'four'",
            "expected: 'five'",
            "tests 32",
            "pass 30",
            "fail 1",
            "waits for a printer",
            "[30 passing tests and suites left out; ",
            "[2 stack frames of libraries left out]",
        ],
        ["✔ part", "test_runner/test:526"],
    ),
    "npx tape test": (
        TAP,
        "tap",
        [
            "# adds\nnot ok 31 second",
            "expected: 5",
            "actual:   4",
            "/app/test/sum.js:7:4",
            "Error: second",
            "1..33",
            "ok 32 third # SKIP no printer",
            "# Warning: the cache is cold",
            "# tests 33",
            "# pass  32",
            "# fail  1",
            "[31 passing tests and suites left out; ",
        ],
        ["# part 3", "ok 30", "tape/lib/test.js"],
    ),
    "python -m unittest -v": (
        UNITTEST,
        "unittest",
        [
            "FAIL: tests.test_sum.Adds.test_small",
            "/app/tests/test_sum.py:13",
            "self.same(add(1, 3), 5)",
            "- [4]\n+ [5]",
            "/app/tests/base.py:7 in same",
            "AssertionError: Lists differ: [4] != [5]",
            "skipped 'no printer'",
            "Ran 33 tests",
            "FAILED (failures=1, skipped=1)",
            "[31 passing tests left out; ",
        ],
        ["test_7", "test_doc", "unittest/mock.py", "^^^^"],
    ),
    "mvn test": (
        MAVEN,
        "maven",
        [
            f"[WARNING] open() in shop.Till has been deprecated\n  {JAVA}/Till.java: 10:5, 11:5, 12:5",
            "39:5",
            f"  {JAVA}/Cart.java: 7:3",
            "[ERROR] cannot find symbol\n  symbol: class Basket\n  location: class shop.Cart\n",
            "  Cart.java: 81:9",
            "<<< FAILURE! -- in shop.TillTest",
            "[INFO] Running shop.CrashTest\n--- expected",
            "[INFO] Running shop.TillTest\nthe till printed this",
            "BUILD FAILURE",
            "Failed to execute goal",
            "Tests are skipped.",
            "[1 findings that Maven tells a second time",
            "[1 test classes that passed left out; ",
        ],
        ["CartTest", "Scanning", "maven-compiler-plugin", "Re-run Maven"],
    ),
    "cargo test": (
        CARGO,
        "cargo",
        [
            "---- adds: panicked at src/lib.rs:60:5:",
            "  left: 4\n right: 5",
            "test untold ... FAILED",
            "    untold",
            "29 passed; 2 failed",
            "[29 passing tests left out; ",
            "[2 lines that say what other lines here say too",
        ],
        ["part_3", "test adds", "    adds"],
    ),
    "cargo build": (
        RUSTC,
        "cargo",
        [f"src/lib.rs:{at}:42" for at in range(400, 410)]
        + [f"{at} |     let all = start + self.tail.try_into();" for at in range(400, 410)]
        + ["^ no implementation for `u32 + usize`", "= note: `&u32` implements `Add<u32>`"]
        + ["help: the following other types implement trait `Add<Rhs>`: = note: `u32` implements `Add` [and what"],
        ["/rustc/", "+++"],
    ),
    "go test ./...": (
        GO,
        "go",
        [
            "--- FAIL: TestTotal",
            "till_test.go:13: total is 4, want 5",
            "FAIL\tshop/till",
            "panic: no till [recovered]\n",
            "goroutine 7 [running]:\nshop/till.Open(0x0)\n\t/root/go/src/shop/till/till.go:31 +0x18\nFAIL",
            "[3 stack frames of libraries left out]",
            "shop/covered\t0.01s\tcoverage: 81",
            "[20 packages that passed left out; ",
        ],
        ["shop/part3", "tRunner", "panic({", "cash"],
    ),
}


@pytest.mark.parametrize("command", RUNS)
def test_a_run_keeps_its_failures_and_counts_what_passed(command: str) -> None:
    text, name, kept, gone = RUNS[command]
    made = compress(text, command, "Bash")
    assert made.name == name
    assert [fact for fact in kept if fact not in made.text] == []
    assert [noise for noise in gone if noise in made.text] == []


@pytest.mark.parametrize(("command", "other"), [("node --test", "npm test"), ("npx tape test", "make test")])
def test_a_script_that_runs_the_tests_is_known_by_what_it_prints(command: str, other: str) -> None:
    assert compress(RUNS[command][0], other, "Bash") == compress(RUNS[command][0], command, "Bash")
    assert compress(UNITTEST, "python manage.py test", "Bash").name == "unittest"


def test_a_failure_that_node_tells_once_only_stays() -> None:
    text = NODE.split("ℹ tests")[0]
    made = compress(text + "ℹ tests 32\nℹ fail 1\n", "node --test", "Bash").text
    assert made.index("✖ adds small numbers") < made.index("actual: 'four'") < made.index("tests 32")


def test_the_place_where_a_library_threw_stays() -> None:
    frame = '  File "/usr/lib/python3.12/json/decoder.py", line 338, in decode\n    obj, end = self.raw_decode(s)\n'
    text = UNITTEST.replace(
        "AssertionError: Lists differ: [4] != [5]", f"{frame}json.decoder.JSONDecodeError: no value"
    )
    made = compress(text, "python -m unittest -v", "Bash").text
    assert "/usr/lib/python3.12/json/decoder.py:338 in decode\n    obj, end = self.raw_decode(s)" in made


def test_a_failing_name_that_no_heading_tells_stays() -> None:
    text = UNITTEST.split("=" * 70)[0] + "test_late (tests.test_sum.Adds.test_late) ... ERROR\n"
    made = compress(text, "python -m unittest -v", "Bash").text
    assert "test_small (tests.test_sum.Adds.test_small) ... FAIL" in made
    assert "test_late (tests.test_sum.Adds.test_late) ... ERROR" in made


def test_files_of_the_same_name_keep_their_paths() -> None:
    text = "".join(f"[ERROR] /app/{at % 2}/Till.java:[{at},1] class Cart is already defined\n" for at in range(40))
    made = compress(text, "mvn compile", "Bash").text
    assert "/app/0/Till.java: 0:1, 2:1" in made
    assert "/app/1/Till.java: 1:1, 3:1" in made
    again = text + text.replace("already defined", "abstract")
    assert compress(again, "mvn compile", "Bash").text.count("/app/1/Till.java: ") == 2


def test_jests_matcher_stays_and_only_an_equal_message_is_said_once() -> None:
    def failure(name: str, received: int, at: int) -> str:
        return (
            f"  ● adds › {name}\n\n    expect(received).toBe(expected) // Object.is equality\n\n    Expected: 5\n"
            f"    Received: {received}\n\n    > {at} |   expect(sum).toBe(5)\n\n"
            f"      at Object.<anonymous> (a.test.js:{at}:5)\n\n"
        )

    text = (
        "PASS b.test.js\n" * 30
        + "FAIL a.test.js\n"
        + failure("one", 4, 13)
        + failure("two", 4, 14)
        + failure("three", 6, 15)
    )
    made = compress(text + "Tests: 3 failed, 9 passed, 12 total\n", "npx jest", "Bash").text
    assert made.count("expect(received).toBe(expected) // Object.is equality") == 2
    assert made.count("[message and values of the failure above]") == 1
    for fact in ("● adds › two", "a.test.js:14:5", "Received: 6", "a.test.js:15:5"):
        assert fact in made


@pytest.mark.parametrize("command", RUNS)
def test_what_is_read_from_a_file_stays(command: str) -> None:
    text = RUNS[command][0]
    assert compress(text, "tests/expected.txt", "Read").text == text
    assert compress(text, "cat tests/expected.txt", "Bash").text == text
