"""``python deploy/healthcheck.py URL``: exit code 0 if it answers 200. The image has no curl."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request


def main(url: str) -> int:
    if not url.startswith("http://"):
        return 2
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (the scheme is checked)
            return 0 if answer.status == 200 else 1
    except urllib.error.HTTPError as error:
        print(error.read(2000).decode(errors="replace"))
    except OSError as error:
        print(error)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
