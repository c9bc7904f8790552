"""JSON becomes the smallest of what came, compact JSON and TOON, and always the same value again."""

from __future__ import annotations

import json
from typing import Any

import pytest
import toon_format
from hypothesis import given
from hypothesis import strategies as some

from gateway.compress import compress, toon
from gateway.tokens import count_text

TEXTS = some.text(max_size=12) | some.sampled_from(
    ["true", "null", "05", "-1", "1e5", " a", "a:b", 'say "x"', "a,b", "é", "", "\\n", "1.", "#"]
)
FRACTIONS = some.floats(allow_nan=False, allow_infinity=False)
SCALARS = some.none() | some.booleans() | some.integers() | TEXTS | FRACTIONS
KEYS = some.sampled_from(["id", "file", "a.b", "line_1", "two words", "", "Ä"])
ANY = some.recursive(
    SCALARS,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)


@some.composite
def tables(draw: some.DrawFn) -> list[dict[str, Any]]:
    keys = draw(
        some.lists(some.sampled_from(["id", "file", "text", "n", "deep.key"]), min_size=1, max_size=4, unique=True)
    )
    return draw(some.lists(some.fixed_dictionaries(dict.fromkeys(keys, SCALARS)), min_size=1, max_size=6))


def read(output: str) -> Any:
    if output.startswith("```toon\n"):
        return toon_format.decode(output.removeprefix("```toon\n").removesuffix("\n```"))
    return json.loads(output)


def same(one: Any, other: Any) -> bool:
    """Equal also in what Python calls equal and JSON does not (true and 1)."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


@given(tables())
def test_a_table_that_is_written_as_toon_is_read_again_by_us_and_by_the_maintained_reader(
    rows: list[dict[str, Any]],
) -> None:
    for value in (rows, {"total": len(rows), "rows": rows}):
        written = toon.encode(value)
        if written is not None:
            assert same(toon.decode(written), value)
            assert same(toon_format.decode(written), value)


@given(tables())
def test_toon_writes_ordinary_rows(rows: list[dict[str, Any]]) -> None:
    plain = [{key: str(len(repr(value))) for key, value in row.items()} for row in rows]
    assert toon.encode(plain) is not None


@given(ANY, some.sampled_from([None, 2]))
def test_any_json_is_the_same_value_afterwards(value: Any, indent: int | None) -> None:
    text = json.dumps([value] * 12, indent=indent)
    made = compress(text, "curl -s localhost", "Bash")
    assert len(made.text) <= len(text)
    assert same(read(made.text), [value] * 12)


def search_rows(count: int) -> list[dict[str, Any]]:
    return [
        {
            "file": f"src/handlers/{'abcdef'[at % 6]}/module_{at // 3}.ts",
            "line": 10 + at * 7,
            "column": at % 40,
            "match": f'  const result_{at} = await fetchUser(ctx, "{at}", {{ retry: {at % 3} }});',
            "exported": at % 2 == 0,
        }
        for at in range(count)
    ]


def test_all_60_rows_of_a_search_can_be_read_and_a_third_of_the_tokens_is_gone() -> None:
    """The older product said `[object Object] (x60)`."""
    rows = search_rows(60)
    sent = json.dumps(rows, indent=2)
    made = compress(sent, "fetchUser", "mcp__code__search")
    assert made.name == "toon"
    assert read(made.text) == rows
    assert count_text(made.text) * 3 <= count_text(sent) * 2


def test_flat_rows_take_less_as_toon_than_as_compact_json() -> None:
    compact = json.dumps(search_rows(60), separators=(",", ":"))
    assert count_text(compress(compact, "fetchUser", "search").text) < count_text(compact) * 0.85


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',  # Which of the two counts is the reader's choice.
        '{"half": "\\ud800"}',
        '{"nought": -0}',
        "[NaN, 1]",
        '{"open": [1, 2',
    ],
)
def test_json_that_would_not_be_the_same_again_stays(text: str) -> None:
    padded = text.replace(" ", " " * 200)
    made = compress(padded, "curl -s localhost", "Bash")
    assert made.name not in ("json", "toon")
    assert made.text == padded


def test_settings_that_somebody_reads_to_edit_stay_and_rows_of_data_do_not() -> None:
    settings = json.dumps({"name": "x", "scripts": {f"s{at}": "node x.js" for at in range(30)}}, indent=2)
    rows = json.dumps(search_rows(20), indent=2)
    for command, tool in (("cat package.json", "Bash"), ("/app/package.json", "Read")):
        assert compress(settings, command, tool).text == settings
    assert compress(rows, "cat rows.json", "Bash").name == "toon"


def test_matches_of_rg_json_keep_file_line_columns_and_text() -> None:
    events: list[dict[str, Any]] = []
    for name in ("a.py", "b.py"):
        events.append({"type": "begin", "data": {"path": {"text": name}}})
        for at in range(5):
            match = {"start": 4, "end": 9}
            data = {"path": {"text": name}, "lines": {"text": f"def f{at}():\n"}, "line_number": at * 9 + 1}
            events.append({"type": "match", "data": {**data, "absolute_offset": at, "submatches": [match]}})
    made = compress(
        "\n".join(json.dumps(event, separators=(",", ":")) for event in events), "rg --json 'def f'", "Bash"
    )
    assert made.name == "rg-json"
    assert made.text.split("\n")[1:7] == [
        "a.py",
        "1:4-9: def f0():",
        "10:4-9: def f1():",
        "19:4-9: def f2():",
        "28:4-9: def f3():",
        "37:4-9: def f4():",
    ]
    assert "[10 matching lines]" in made.text


def test_json_lines_with_the_same_keys_become_one_table() -> None:
    events = [
        {"at": f"10:00:{at:02d}", "level": "info", "message": f"order {at} came", "user": at % 5} for at in range(40)
    ]
    made = compress("\n".join(json.dumps(event) for event in events), "docker logs shop", "Bash")
    label, _, table = made.text.partition("\n")
    assert label == "[JSON lines as one table]"
    assert read(table) == events
    events[3]["extra"] = 1
    text = "\n".join(json.dumps(event, separators=(",", ":")) for event in events)
    assert compress(text, "docker logs shop", "Bash").text == text


@pytest.mark.parametrize("shape", ["flat", "nested", "lines"])
def test_the_digits_of_a_price_stay_as_they_were_written(shape: str) -> None:
    rows = [f'{{"id": {at}, "price": {at}.{at}0, "note": "a  {at}.{at}0 \\"b\\" \\u00e9"}}' for at in range(1, 30)]
    if shape == "lines":
        text = "\n".join(rows)
    else:
        text = "[" + ", \n".join(rows) + "]" if shape == "flat" else '{"a": {"rows": [' + ", ".join(rows) + "]}}"
    made = compress(text, "psql -At -c 'select json_agg(t) from t'", "Bash")
    assert made.name == ("json" if shape == "nested" else "toon")
    for at in range(1, 30):
        assert f",{at}.{at}0," in made.text or f":{at}.{at}0," in made.text
    whole = made.text.removeprefix("[JSON lines as one table]\n")
    assert same(read(whole), [json.loads(row) for row in rows] if shape == "lines" else json.loads(text))


def test_cargos_json_keeps_each_message_as_people_read_it() -> None:
    told = [
        f"warning: unused variable: `x{at}`\n --> src/lib.rs:{at}:9\n  |\n{at} |  let x{at} = 1;\n\n" for at in range(5)
    ]
    spans = [{"byte_start": 1, "byte_end": 2, "file_name": "src/lib.rs", "text": [{"text": "let x"}]}] * 3
    events: list[dict[str, Any]] = [
        {"reason": "compiler-message", "message": {"rendered": text, "spans": spans, "level": "warning"}}
        for text in told
    ]
    events += [
        {"reason": "compiler-artifact", "filenames": ["/t/libx.rlib"]},
        {"reason": "build-finished", "success": False},
    ]
    lines = [json.dumps(event, separators=(",", ":")) for event in events]
    made = compress("\n".join([*lines, "error: could not compile `x`"]), "cargo check --message-format json", "Bash")
    assert made.name == "cargo-json"
    assert all(text.rstrip() in made.text for text in told)
    assert (
        '{"reason":"build-finished","success":false}\nerror: could not compile `x`\n[1 artifacts were made]'
        in made.text
    )
