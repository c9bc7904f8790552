"""A process for the journal's tests: opens attempts, settles some, tells so on stdout, and waits to be killed."""

import sys
import time
from pathlib import Path

from gateway.journal import FileJournal


def main() -> None:
    journal = FileJournal(Path(sys.argv[1]))
    day = sys.argv[2]
    for number in range(20):
        operation, attempt = (
            f"00000000-0000-7000-8000-0000000000{number:02x}",
            f"00000000-0000-7000-8000-0000000001{number:02x}",
        )
        start = {"started_at": f"{day}T00:00:00Z", "day": day, "team_id": 1}
        opened = {"account": "cloud", "vendor": "openai", "model": "m", "dialect": "openai_chat", "sequence": 0}
        journal.append(
            {"kind": "attempt", "id": attempt, "operation_id": operation, "status": "open", **start, **opened}
        )
        if number < 15:
            journal.append(
                {"kind": "attempt", "id": attempt, "status": "settled", "input_tokens": 3, "cost_usd": "0.25"}
            )
        if number < 10:
            journal.append(
                {"kind": "operation", "id": operation, "status": "completed", "surface": "messages", **start}
            )
    print("written", flush=True)
    time.sleep(60)


main()
