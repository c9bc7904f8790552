"""The report on tokens saved says so when a fact is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gateway.compress import compress
from tests.eval.compress import keeping

PASSED = "\n".join(f"tests/test_a.py::test_number_{at} PASSED [ {at}%]" for at in range(60))
TEXT = f"=== test session starts ===\n{PASSED}\n=== 60 passed in 1.0s ===\n"
HITS = "\n".join(f"src/{name}.py:{at}:def f{at}():" for name in "ab" for at in range(1, 30))


def case(folder: Path, text: str, command: str, *facts: dict[str, Any]) -> keeping.Case:
    (folder / "raw").mkdir()
    (folder / "raw" / "one.txt").write_text(text)
    (folder / "cases.jsonl").write_text(
        json.dumps({"id": "one", "kind": "k", "command": command, "facts": facts}) + "\n"
    )
    return next(keeping.cases(folder))


def test_a_name_that_went_is_a_lost_fact_and_a_count_that_stayed_is_not(tmp_path: Path) -> None:
    gone = {"level": "critical", "text": "tests/test_a.py::test_number_7"}
    found = case(tmp_path, TEXT, "pytest -v", gone, {"level": "critical", "text": "60 passed"})
    assert keeping.lost(found, compress(TEXT, "pytest -v", "Bash").text, "critical") == [gone]
    assert keeping.lost(found, TEXT, "critical") == []


def test_a_match_counts_only_with_its_number_and_under_its_file(tmp_path: Path) -> None:
    kept = {"level": "critical", "text": "def f7():", "near": ["7"], "under": "src/b.py"}
    found = case(tmp_path, HITS, "grep -rn 'def f' src", kept)
    output = compress(HITS, "grep -rn 'def f' src", "Bash").text
    assert output != HITS
    assert keeping.lost(found, output, "critical") == []
    assert keeping.lost(found, output.replace("src/b.py", "src/a.py"), "critical") == [kept]
    assert keeping.lost(found, output.replace("7:def f7", "8:def f7"), "critical") == [kept]


def test_json_is_kept_when_it_decodes_to_what_came(tmp_path: Path) -> None:
    text = json.dumps([{"id": at, "name": f"row {at}"} for at in range(30)], indent=2)
    found = case(tmp_path, text, "curl x", {"level": "critical", "text": '"name": "row 3"'})
    output = compress(text, "curl x", "Bash").text
    assert output.startswith("```toon\n")
    assert keeping.lost(found, output, "critical") == []
    assert keeping.lost(found, output.replace("row 3\n", "row 4\n"), "critical") != []
