#!/usr/bin/env bash
# Everything a machine can judge without running the code. All of it runs, so that one round shows every complaint.
set -u
cd "$(dirname "$0")/.."
bin=.venv/bin
failed=()

check() {
    local name=$1 out
    shift
    if out=$("$@" 2>&1); then
        echo "ok    $name"
    else
        failed+=("$name")
        printf 'FAIL  %s\n%s\n' "$name" "$out"
    fi
}

check "ruff check" $bin/ruff check .
check "ruff format" $bin/ruff format --check .
check "mypy" $bin/mypy
check "lint-imports" $bin/lint-imports
check "migrations" $bin/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

if [ ${#failed[@]} -gt 0 ]; then
    echo "lint: failed: ${failed[*]}"
    exit 1
fi
