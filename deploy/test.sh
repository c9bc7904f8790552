#!/usr/bin/env bash
# pytest, one process per core when everything is run; arguments are passed on.
set -eu
cd "$(dirname "$0")/.."
if [ $# -eq 0 ]; then
    set -- -n "$(.venv/bin/python -c 'import os; print(min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8))')"
fi
exec .venv/bin/python -m pytest "$@"
