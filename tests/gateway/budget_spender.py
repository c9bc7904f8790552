"""A process with a purse of its own, for test_purse: argv: journal folder, budget id, limit, threads, requests a thread,
estimate, actual cost, "stay" to be killed. Prints how many were admitted."""

from __future__ import annotations

import asyncio
import sys
import time
from decimal import Decimal
from pathlib import Path

from lynkr_site.env import use_settings


def main(folder: str, budget: str, limit: str, tasks: int, each: int, estimate: str, actual: str, end: str) -> None:
    use_settings()
    import django

    django.setup()
    from accounts.windows import Window
    from gateway.chat.errors import BudgetExceeded
    from gateway.leases import BudgetView
    from gateway.store import Purse
    from routing.tiers import TargetRef

    target = TargetRef("cloud", "m")
    view = BudgetView(budget, "team acme", Window("month"), Decimal(limit))
    purse = Purse(Path(folder))
    purse.start()
    admitted = 0

    async def spend() -> None:
        nonlocal admitted
        for _ in range(each):
            try:
                one = await purse.reserve([view], Decimal(estimate))
            except BudgetExceeded:
                continue
            admitted += 1
            await asyncio.sleep(0.002)
            one.settle([(target, Decimal(actual))])

    async def all_of_them() -> None:
        await asyncio.gather(*(spend() for _ in range(tasks)))

    asyncio.run(all_of_them())
    print(admitted, flush=True)
    if end == "stay":
        time.sleep(60)
    purse.stop(end == "return")


if __name__ == "__main__":
    folder, budget, limit, tasks, each, estimate, actual, end = sys.argv[1:]
    main(folder, budget, limit, int(tasks), int(each), estimate, actual, end)
