"""`manage.py demo`: an installation with an invented organisation and 90 days of its traffic, served like `make run`.

It has a data folder and servers of its own, so that it never meets a real installation; see `gateway.demo`.
"""

from __future__ import annotations

import sys

from lynkr_site.env import env, use_demo_folder
from lynkr_site.prepare import DEMO
from lynkr_site.supervisor import supervise


def main(arguments: list[str]) -> int:
    """The process's exit code."""
    if arguments:
        print("usage: manage.py demo   (its data: LYNKR_DATA_DIR with -demo at the end)", file=sys.stderr)
        return 2
    use_demo_folder()
    return supervise(env(), (DEMO,))
