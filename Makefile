# The same checks that CI runs, one by one.  Nothing but Python 3.11 is needed: see tools/environment.

.PHONY: check test lint types docs bench dist

check:
	./tools/test

test: .venv
	.venv/bin/python -m pytest

lint: .venv
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports --no-cache

types: .venv
	.venv/bin/mypy

docs: .venv
	.venv/bin/tlibsim config reference > docs/configuration.md
	.venv/bin/tlibsim config schema > docs/tlibsim.schema.json

bench:
	./tools/bench

dist: .venv
	.venv/bin/python -m pip wheel --no-deps --wheel-dir dist .

.venv: setup.cfg pyproject.toml
	bash -c '. tools/environment && prepare test'
	touch .venv
