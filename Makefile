# make test   makes .venv, installs what the tests need, runs them
# make check  lint, format, types, import layering
# make page   builds the page of web/ into web/dist (npm must be there for Pyodide)
# make browser  tests the built page, reports and notebooks' output in the system's Chromium
# make site   the documentation's site in site/, with the page in it; no page out of the nav, no dead link
# make bench  every benchmark, as ratios against peers in the same run, against bench/aims.toml; docs/performance.md
# make bench-quick  start-up, and how work grows with its input
# make fuzz   1,000,000 inputs a format, a million mutated calculations, new examples of every property (hours)
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
WORKERS ?= 2
export HF_HUB_OFFLINE = 1
export OMP_NUM_THREADS = 1

SOURCES = $(shell find src web -name '*.py' -not -path 'web/dist/*' -o -name '*.net' -o -path 'web/*.*' -not -path 'web/dist/*' -not -path 'web/.vendor/*' -type f -o -path '*/assets/*' -type f)

# What keeps the books is covered closely, lines and branches; everything together by its branches.
BOOKS = */netledger/errors.py,*/netledger/records.py,*/netledger/unknown.py,*/netledger/network.py,*/netledger/dtypes.py,*/netledger/printable.py,*/netledger/formula/*,*/netledger/ledger/*,*/netledger/notation/*,*/netledger/layers/*,*/netledger/compare/*

.PHONY: test check page browser site bench bench-quick fuzz docs clean

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable ".[test]"
	touch $@

test: $(VENV)/.installed
	$(BIN)/python -m pytest --doctest-modules --no-cov src/netledger
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --cov --cov-report= tests
	$(BIN)/python -m coverage report --include="$(BOOKS)" --fail-under=95 --skip-covered
	$(BIN)/python -m coverage json --quiet -o .coverage.json
	$(BIN)/python scripts/branch_coverage.py .coverage.json --at-least 92

check: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

page: web/dist/netledger.whl

web/dist/netledger.whl: $(VENV)/.installed $(SOURCES)
	$(BIN)/python web/build.py

browser: page
	node web/tests/core_in_pyodide.mjs "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
	$(BIN)/python -m pytest -n 0 web/tests

site: page
	$(BIN)/python scripts/check_site.py
	$(BIN)/zensical build --clean --strict
	rm -rf site/page && cp -r web/dist site/page

docs: $(VENV)/.installed
	$(BIN)/python scripts/layer_pages.py
	$(BIN)/python scripts/catalogue_page.py
	$(BIN)/python scripts/run_blocks.py
	$(BIN)/python scripts/recipes.py

bench: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable ".[bench]" || echo "not every peer is to be had: rows say which"
	$(BIN)/python bench/run.py --write docs/performance.md

bench-quick: $(VENV)/.installed
	$(BIN)/python bench/run.py --quick

fuzz: $(VENV)/.installed
	for round in 1 2 3 4 5 6 7 8 9 10; do $(BIN)/python -m pytest --no-cov -n $(WORKERS) --hypothesis-profile drawn $$(grep -rl --include='test_*.py' "from hypothesis import" tests) tests/properties/test_layers_*.py || exit 1; done
	for script in tests/fuzz/run_*.py tests/fuzz_files/run_*.py; do $(BIN)/python $$script --count 1000000 || exit 1; done

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
