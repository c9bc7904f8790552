"""`make torture`: minutes of it, with 200 clients.

python -m tests.torture --seconds 240 --clients 200 --seed 7
"""

from __future__ import annotations

import argparse
import random
import tempfile
from pathlib import Path

from lynkr_site.env import publish, use_settings


def main() -> int:
    options = argparse.ArgumentParser(description="Torture Lynkr and compare its books with the provider's.")
    options.add_argument("--seconds", type=float, default=240, help="of load; starting and proving come on top")
    options.add_argument("--clients", type=int, default=200)
    options.add_argument("--requests", type=int, default=100_000, help="at most")
    options.add_argument("--away", type=float, default=30, help="seconds PostgreSQL is stopped in the middle")
    options.add_argument("--every", type=float, default=12, help="seconds between kills")
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    chosen = options.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="lynkr-torture-") as folder:
        publish(
            {
                "LYNKR_DATA_DIR": f"{folder}/here",
                "LYNKR_ALLOWED_HOSTS": "*",
                "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/not_started",
                "REDIS_URL": "",
                "PROMETHEUS_MULTIPROC_DIR": "",
            }
        )
        use_settings()
        import django

        django.setup()
        from .run import Plan, torture

        kills = _every(chosen.every, chosen.seconds - 10)
        plan = Plan(
            clients=chosen.clients,
            seconds=chosen.seconds,
            most=chosen.requests,
            kills=kills,
            away=(chosen.seconds * 0.4, chosen.away),
            budgets={"scarce": int(chosen.seconds * 4), "ample": 1_000_000, "key": int(chosen.seconds)},
            slowness=2.0,
            seed=chosen.seed,
        )
        print(*torture(Path(folder), plan), sep="\n")
    return 0


def _every(step: float, end: float) -> list[float]:
    return [step * number for number in range(1, int(end / step) + 1)]


if __name__ == "__main__":
    raise SystemExit(main())
