# Everything a person or a machine does with Skill Arcade. `make help` lists it.
#
# Stamp files remember what was installed, so that a second run installs nothing.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# One thing after the other, but for what is asked for with `side_by_side`: what each says then comes in one piece.
ifndef SIDE_BY_SIDE
.NOTPARALLEL:
endif
side_by_side = @$(MAKE) --no-print-directory --jobs=2 --output-sync=target SIDE_BY_SIDE=1

PYTHON ?= python3
PORT ?= 8080
SKILL_ARCADE_DATA ?= ./data
PYTEST_WORKERS ?= 2

bin := .venv/bin
pip := $(bin)/python -m pip --disable-pip-version-check --quiet
runtime := .venv/.runtime
development := .venv/.development
node_modules := web/node_modules/.stamp
web_build := src/skill_arcade/server/static/index.html
web_sources := $(shell find web/src web/public web/index.html web/*.json web/*.ts -type f -not -name '*.test.*' 2>/dev/null)
# Tests that stand together share servers: each worker takes a stretch of them, and when it is done, some of another's.
pytest := scripts/pytest -n $(PYTEST_WORKERS) --dist worksteal
heading = @printf '\n\033[1m== %s\033[0m\n'

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ------------------------------------------------------------------------------------------------------------ run

.PHONY: run dev
run: $(runtime) $(web_build) ## build what is missing and serve on PORT (8080), data in SKILL_ARCADE_DATA (./data)
	@PORT='$(PORT)' SKILL_ARCADE_DATA='$(SKILL_ARCADE_DATA)' exec $(bin)/skill-arcade serve

dev: $(development) $(node_modules) ## back end with reload on PORT, web app with hot reload on 5173
	@PORT='$(PORT)' SKILL_ARCADE_DATA='$(SKILL_ARCADE_DATA)' exec scripts/dev

# -------------------------------------------------------------------------------------------------------- install

$(bin)/python:
	@scripts/need '$(PYTHON) -c "import sys; assert (3, 11) <= sys.version_info < (3, 15)"' python3 \
		'Skill Arcade needs Python 3.11 to 3.14: install it, or name it with `make PYTHON=...`.'
	@scripts/need '$(PYTHON) -c "import venv, ensurepip"' python3-venv \
		'$(PYTHON) has no venv module: run `apt-get install python3-venv` as root.'
	$(PYTHON) -m venv .venv

.venv: $(runtime)

$(runtime): requirements.lock pyproject.toml | $(bin)/python
	$(pip) install --require-hashes -r requirements.lock
	$(pip) install --no-deps --no-build-isolation --editable .
	@touch $@

# The second lock file holds all of the first one too: where nothing is installed yet, that is one step for both.
$(development): requirements-dev.lock requirements.lock pyproject.toml | $(bin)/python
	$(pip) install --require-hashes -r requirements-dev.lock
	$(pip) install --no-deps --no-build-isolation --editable .
	@touch $(runtime) $@

$(node_modules): web/package-lock.json web/package.json web/.npmrc
	@scripts/need '[ "$$(node -p process.versions.node | cut -d. -f1)" -ge 20 ] && npm --version' '' \
		'Building the web app needs Node 20 or newer, with npm: install it and try again.'
	cd web && npm ci --no-progress --loglevel=error
	@touch $@

$(web_build): $(node_modules) $(web_sources)
	cd web && npm run --silent build -- --logLevel warn
	@touch $@

.PHONY: chromium
chromium:
	@scripts/need 'command -v chromium' chromium \
		'The browser tests need Chromium: run `apt-get install chromium` as root.'

# The tests start and stop its server by themselves. Where it is missing and cannot be installed they are skipped, and say so.
.PHONY: postgresql
postgresql: $(development)
	@scripts/need '[ -n "$${SKILL_ARCADE_TEST_POSTGRESQL:-}" ] || $(bin)/python -c "import tests.postgresql as p; p.find_programs() or exit(1)"' \
		postgresql 'PostgreSQL is not tested: run `apt-get install postgresql` as root.' || true

# A disk that forgets is mounted by FUSE, a clock that jumps is made by a C compiler. Likewise.
.PHONY: fault-tools
fault-tools: $(development)
	@scripts/need '[ ! -e /dev/fuse ] || $(bin)/python -c "import mfusepy"' fuse3 \
		'Losses of power are not tested: run `apt-get install fuse3` as root.' || true
	@scripts/need 'command -v cc' gcc 'Clocks that jump are not tested: run `apt-get install gcc libc6-dev` as root.' || true
	@scripts/need 'cc -fsyntax-only -include time.h -x c /dev/null' libc6-dev \
		'Clocks that jump are not tested: run `apt-get install libc6-dev` as root.' || true

# ----------------------------------------------------------------------------------------------------------- test

.PHONY: test check check-python check-web check-api check-lock test-python test-journeys
test: ## every check and every test; what CI runs
	$(side_by_side) chromium check-python check-web check-api postgresql fault-tools
	@$(MAKE) --no-print-directory test-python test-journeys
	$(heading) 'all checks and tests passed'

check: ## the checks alone: format, lint, types, rooms, lock files, web, API
	$(side_by_side) check-python check-web check-api

check-python: $(development) check-lock
	$(heading) 'Python: format'
	@$(bin)/ruff format --check --quiet .
	$(heading) 'Python: lint'
	@$(bin)/ruff check .
	$(heading) 'Python: types'
	@$(bin)/mypy
	$(heading) 'Python: rooms import only downwards'
	@$(bin)/lint-imports

check-lock: $(development)
	$(heading) 'Lock files are fresh'
	@$(bin)/python scripts/check_lock.py

check-web: $(node_modules)
	$(heading) 'Web: types'
	@cd web && npm run --silent typecheck
	$(heading) 'Web: lint and format'
	@cd web && npm run --silent lint
	$(heading) 'Web: rooms import only downwards'
	@cd web && npm run --silent zones
	$(heading) 'Web: nothing unused'
	@cd web && npm run --silent knip
	$(heading) 'Web: tests'
	@cd web && npm run --silent test
	$(heading) 'Web: build'
	@cd web && npm run --silent build

check-api: $(development) $(node_modules)
	$(heading) 'API description and web client are fresh'
	@scripts/api --check

test-python: $(development) postgresql
	$(heading) 'Python: unit, contract and conformance tests'
	@$(pytest) --ignore=tests/faults --ignore=tests/journeys tests

test-journeys: $(development) $(web_build) chromium fault-tools
	$(heading) 'Faults: processes killed, power lost, clocks that jump, disks full. Journeys: people in a real browser'
	@$(pytest) tests/faults tests/journeys

.PHONY: test-faults
test-faults: $(development) postgresql fault-tools ## the faults, long (an hour and more): docs/explanation/faults.md names their sizes
	@ARCADE_KILLS="$${ARCADE_KILLS:-1000}" ARCADE_CRASHES="$${ARCADE_CRASHES:-500}" \
		ARCADE_AWAY_S="$${ARCADE_AWAY_S:-600}" ARCADE_CUTS="$${ARCADE_CUTS:-200}" \
		ARCADE_CROSSINGS="$${ARCADE_CROSSINGS:-10}" ARCADE_STORE_AWAY_S="$${ARCADE_STORE_AWAY_S:-45}" \
		ARCADE_INSTANTS="$${ARCADE_INSTANTS:-8}" ARCADE_LOSSES="$${ARCADE_LOSSES:-all}" scripts/pytest -s tests/faults

.PHONY: test-all-games
test-all-games: $(development) ## that all 104 Atari games begin alike however loaded, and are deterministic; for a new ale-py
	@ARCADE_ALL_GAMES=1 $(pytest) tests/games/environments/test_fresh_start.py tests/games/examining/test_checking.py

# ---------------------------------------------------------------------------------------------------------- bench

# BENCH holds options for the benchmarks that are run: `make bench BENCH=--quick`, `make bench-page BENCH='--loads 9 --json'`.
BENCH ?=

.PHONY: bench bench-page bench-games bench-codec bench-rows bench-sound
bench: $(development) $(web_build) chromium ## density, latency, start, frames, pipeline (docs/reference/bench.md), long; BENCH=--quick: three minutes
	@status=0; for name in frames start latency density pipeline; do \
		printf '\n%s\n' "$$name"; $(bin)/skill-arcade bench "$$name" $(BENCH) || status=1; done; exit $$status

bench-page: $(development) $(web_build) chromium ## bytes of a first visit, and time until the play page can be used
	@$(bin)/python -m benchmarks.page_load $(BENCH)

bench-games: $(development) ## every game there is: 600 steps of random chords through a real socket, verified
	@$(bin)/python -m benchmarks.every_game $(BENCH)

bench-codec: $(development) ## bytes and time of ways to encode pictures (decision record 0003)
	@$(bin)/python -m benchmarks.frame_codec $(BENCH)

bench-rows: $(development) ## rows/s into SQLite and PostgreSQL, bytes a step (decision record 0020)
	@$(bin)/python -m benchmarks.bulk_rows $(BENCH)

.PHONY: bench-pipeline
bench-pipeline: $(development) $(web_build) postgresql ## the pipeline under load, with PostgreSQL and fake-gcs-server; BENCH=--quick
	@$(bin)/python -m benchmarks.pipeline $(BENCH)

bench-sound: $(development) ## bytes and time of ways to encode sound (decision record 0008)
	@$(bin)/python -m benchmarks.sound_codec $(BENCH)

# -------------------------------------------------------------------------------------------------------- maintain

.PHONY: format api lock wheel clean
format: $(development) $(node_modules) ## format and mend what a machine can mend
	$(bin)/ruff check --fix --exit-zero --quiet .
	$(bin)/ruff format .
	cd web && npm run --silent format

api: $(runtime) $(node_modules) ## write openapi.json and the web client's types from the server's code
	scripts/api

.PHONY: games-reference
games-reference: $(development) ## write docs/reference/games.md from the games themselves
	@$(bin)/python scripts/make_games_reference.py

# Newest versions that work, for every supported Python; without the addresses they came from.
compile := .cache/uv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --upgrade \
	--generate-hashes --no-emit-index-url --no-header --extra client --extra server

lock: .cache/uv/bin/uv ## resolve the Python dependencies anew and write both lock files
	$(compile) --group build --output-file requirements.lock
	$(compile) --group dev --constraints requirements.lock --output-file requirements-dev.lock
	$(PYTHON) scripts/check_lock.py --stamp

.cache/uv/bin/uv: requirements-uv.lock
	$(PYTHON) -m venv .cache/uv
	.cache/uv/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@touch $@

wheel: $(development) $(web_build) ## dist/skill_arcade-*.whl with the web app inside; installing it needs no Node
	rm -rf dist
	$(bin)/python -m build --no-isolation --outdir dist .

clean: ## remove everything built or installed; recordings in data/ stay
	rm -rf .venv .cache dist build web/node_modules src/skill_arcade/server/static \
		.hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
