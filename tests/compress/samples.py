"""Outputs in the shape of each tool, written for these tests, with what must stay and what may go."""

from __future__ import annotations

JEST = """FAIL test/sum.test.js
  ● adds › small numbers

    expect(received).toBe(expected) // Object.is equality

    Expected: 5
    Received: 4

      11 |   const a = 1
      12 |   const b = 3
    > 13 |   expect(a + b).toBe(5)
         |                 ^
      14 | }})

      at Object.<anonymous> (test/sum.test.js:13:17)
      at run (node_modules/jest-circus/build/run.js:126:9)

{passes}
Test Suites: 1 failed, 40 passed, 41 total
Tests:       1 failed, 440 passed, 441 total
""".format(passes="\n".join(f"PASS test/part_{at}.test.js" for at in range(40)))

VITEST = """
 RUN  v2.1.0 /app

{passes}
 ❯ test/sum.test.ts (2 tests | 1 failed) 5ms
   × adds > small numbers 3ms
     → expected 4 to be 5 // Object.is equality

⎯⎯⎯ Failed Tests 1 ⎯⎯⎯

 FAIL  test/sum.test.ts > adds > small numbers
AssertionError: expected 4 to be 5 // Object.is equality

 ❯ test/sum.test.ts:13:17
     11|   const a = 1
     12|   const b = 3
     13|   expect(a + b).toBe(5)
       |                 ^

⎯⎯⎯⎯⎯⎯[1/1]⎯

 Test Files  1 failed | 40 passed (41)
      Tests  1 failed | 81 passed (82)
""".format(passes="\n".join(f" ✓ test/part_{at}.test.ts (2 tests) 4ms" for at in range(40)))

MOCHA = """

  Router
    .use
{passes}
      1) should fail loudly
    .empty
      ✔ works
  Other
    - is pending


  31 passing (41ms)
  1 pending
  1 failing

  1) Router
       .use
         should fail loudly:

      AssertionError: expected 200 to equal 404
      + expected - actual

      -200
      +404

      at Context.<anonymous> (test/router.js:88:12)
      at process.processImmediate (node:internal/timers:491:21)
""".format(passes="\n".join(f"      ✔ works with {at}" for at in range(30)))

GO = "\n".join(
    f"=== RUN   TestFine{at}\n    a_test.go:{at}: noise\n--- PASS: TestFine{at} (0.00s)" for at in range(30)
) + (
    "\n=== RUN   TestBad\n    sum_test.go:52: expected 4, got 5\n--- FAIL: TestBad (0.00s)\n"
    "FAIL\nFAIL\texample.com/sum\t0.010s\nFAIL\n"
)

CARGO = """   Compiling sum v0.1.0 (/app)
warning: unused variable: `x`
  --> src/lib.rs:93:9
   |
93 |     let x = 1;
   |         ^ help: if this is intentional, prefix it with an underscore: `_x`
   |
   = note: `#[warn(unused_variables)]` on by default

warning: unused variable: `x`
  --> src/lib.rs:99:9
   |
99 |     let x = 1;
   |         ^ help: if this is intentional, prefix it with an underscore: `_x`

error[E0425]: cannot find function `gone` in this scope
   --> src/lib.rs:469:47
    |
469 |     gone(s)
    |     ^^^^ not found in this scope

running 31 tests
{passes}
test bad ... FAILED

test result: FAILED. 30 passed; 1 failed; 0 ignored
""".format(passes="\n".join(f"test fine_{at} ... ok" for at in range(30)))

MAVEN = """[INFO] Scanning for projects...
{fetches}
{passes}
[INFO] Running com.example.BadTest
[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.02 s <<< FAILURE! -- in com.example.BadTest
[ERROR] com.example.BadTest.adds -- Time elapsed: 0.01 s <<< FAILURE!
org.opentest4j.AssertionFailedError: expected: <5> but was: <4>
	at org.junit.jupiter.api.AssertEquals.fail(AssertEquals.java:55)
	at com.example.BadTest.adds(BadTest.java:14)

[ERROR] Tests run: 63, Failures: 1, Errors: 0, Skipped: 0
[INFO] BUILD FAILURE
""".format(
    fetches="\n".join(f"[INFO] Downloading from central: https://repo.example.invalid/a-{at}.jar" for at in range(20)),
    passes="\n".join(
        f"[INFO] Running com.example.Fine{at}Test\n"
        f"[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.0{at} s -- in com.example.Fine{at}Test"
        for at in range(20)
    ),
)

ESLINT = (
    "\n/app/lib/view.js\n"
    + "\n".join(
        f"  {at * 3:>4}:{at:<4} error    Extra semicolon                           semi" for at in range(10, 40)
    )
    + "\n  201:1    warning  Unexpected var, use let or const instead  no-var\n\n✖ 31 problems (30 errors, 1 warning)\n"
)

TSC = "\n".join(
    f"lib/a.ts({at},12): error TS2339: Property 'set' does not exist on type 'App'." for at in range(40, 60)
) + (
    "\nlib/b.ts(7,1): error TS2322: Type 'string' is not assignable to type 'number'.\n"
    "  Types of property 'x' are incompatible.\n"
)

NPM = "\n".join(
    f"npm warn deprecated old-{at}@1.{at}.0: this library is no longer supported, see the long story"
    for at in range(12)
) + ("\nnpm error peer react@17 from react-dom@17\n\nadded 1788 packages in 1m\n")

PIP = (
    "\n".join(
        f"Collecting part{at}\n  Downloading part{at}-1.0-py3-none-any.whl (93 kB)\n"
        "     ━━━━━━━━━━ 93.2/93.2 kB 28.7 MB/s eta 0:00:00"
        for at in range(12)
    )
    + "\nWARNING: part3 1.0 is yanked\nInstalling collected packages: a, b\nSuccessfully installed a-1.0 b-2.0\n"
)

KUBECTL = "NAME            READY   STATUS             RESTARTS   AGE\n" + "\n".join(
    f"shop-web-{at:<6} 1/1     {'CrashLoopBackOff' if at == 7 else 'Running':<18} 0          {at + 3}d"
    for at in range(20)
)

LOG = "\n".join(
    f"2026-11-22 17:50:{at:02d},182 INFO [shop] loading order id={at} user={at % 7}"
    if at != 37
    else "2026-11-22 17:50:37,001 ERROR [shop] order 37 is broken\nTraceback (most recent call last):\n"
    '  File "shop.py", line 10, in order\n    raise KeyError(37)\nKeyError: 37'
    for at in range(60)
)

CASES = {
    "npx jest": (
        JEST,
        "js-tests",
        [
            "● adds › small numbers",
            "Expected: 5",
            "Received: 4",
            "expect(a + b).toBe(5)",
            "test/sum.test.js:13:17",
            "440 passed",
            "1 failed",
        ],
        ["PASS test", "jest-circus", "const a = 1"],
    ),
    "pnpm exec vitest run": (
        VITEST,
        "js-tests",
        [
            "× adds > small numbers",
            "expected 4 to be 5",
            "test/sum.test.ts:13:17",
            "1 failed | 81 passed",
            "Failed Tests 1",
        ],
        ["part_3.test.ts", "[1/1]"],
    ),
    "npm test": (
        MOCHA,
        "js-tests",
        [
            "31 passing",
            "[31 passing tests left out",
            "1 pending",
            "- is pending",
            "1 failing",
            "should fail loudly",
            "expected 200 to equal 404",
            "-200",
            "test/router.js:88:12",
        ],
        ["✔", "node:internal", ".empty"],
    ),
    "go test -v ./...": (
        GO,
        "go",
        [
            "=== RUN   TestBad",
            "sum_test.go:52: expected 4, got 5",
            "--- FAIL: TestBad",
            "FAIL\texample.com/sum",
            "[30 passing tests",
        ],
        ["TestFine", "noise"],
    ),
    "cd /app && RUST_BACKTRACE=1 cargo test 2>&1 | tail -200": (
        CARGO,
        "cargo",
        [
            "unused variable: `x`",
            "src/lib.rs:93:9, src/lib.rs:99:9",
            "prefix it with an underscore: `_x`",
            "error[E0425]: cannot find function `gone`",
            "--> src/lib.rs:469:47",
            "^^^^ not found",
            "test bad ... FAILED",
            "30 passed; 1 failed",
        ],
        ["fine_3", "Compiling"],
    ),
    "./mvnw -q test": (
        MAVEN,
        "maven",
        [
            "com.example.BadTest.adds",
            "expected: <5> but was: <4>",
            "BadTest.java:14",
            "Tests run: 63, Failures: 1",
            "BUILD FAILURE",
            "[20 test classes that passed",
        ],
        ["Downloading", "Fine3Test", "AssertEquals.java"],
    ),
    "npx eslint .": (
        ESLINT,
        "lint",
        [
            "/app/lib/view.js",
            "30:10,33:11,",
            "117:39: error Extra semicolon (semi)",
            "201:1: warning Unexpected var",
            "31 problems",
        ],
        [],
    ),
    "tsc --noEmit": (
        TSC,
        "lint",
        [
            "lib/a.ts",
            "40:12,41:12,",
            "59:12: error TS2339: Property 'set'",
            "lib/b.ts",
            "7:1: error TS2322",
            "Types of property 'x' are",
        ],
        [],
    ),
    "npm install": (
        NPM,
        "install",
        ["old-0@1.0.0", "old-11@1.11.0", "npm error peer react@17 from react-dom@17", "added 1788 packages"],
        ["long story"],
    ),
    "python3 -m pip install -r requirements.txt": (
        PIP,
        "install",
        ["Successfully installed a-1.0 b-2.0", "WARNING: part3 1.0 is yanked", "[37 lines of fetching"],
        ["Collecting", "━"],
    ),
    "kubectl -n shop get pods": (
        KUBECTL,
        "table",
        ["[in every row: READY=1/1; RESTARTS=0]", "shop-web-7|CrashLoopBackOff|10d", "shop-web-19|Running|22d"],
        [],
    ),
    "docker logs shop": (
        LOG,
        "log",
        [
            "every time below stands for: 2026-11-22 TIME]",
            "17:50:37,001 ERROR [shop] order 37 is broken",
            'File "shop.py", line 10',
            "KeyError: 37",
            "id=0",
            "id=59",
            "[56 lines like the one above left out",
        ],
        ["id=30"],
    ),
}
