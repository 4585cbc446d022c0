# Every target sets up what it needs; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Compiled modules are kept: many processes are started, each would compile everything again.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
SETUP := scripts/setup.sh
# Where one's own documents are: make demo DOCS="a.pdf b/*.png"
DOCS ?=
# Arguments for pytest: make test TESTS="tests/sdk -k upload"
TESTS ?=

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.run-ready: pyproject.toml constraints.txt $(SETUP)
	@$(SETUP) run

$(VENV)/.dev-ready: $(VENV)/.run-ready
	@$(SETUP) dev

system: ## Install Tesseract through apt when allowed, otherwise say what to install
	@scripts/system-packages.sh

system-tests: ## The same, with what only the tests need: Redis, and as root Debian's PostgreSQL
	@scripts/system-packages.sh tests

setup: system-tests $(VENV)/.dev-ready ## Set up everything for development

demo: system $(VENV)/.run-ready ## Upload documents, read their text with both clients: make demo DOCS="a.pdf b/*.png"
	@$(BIN)/python examples/demo.py $(DOCS)

test: setup ## Run the tests: make test TESTS="tests/sdk -k upload"
	@$(BIN)/pytest $(if $(TESTS),$(TESTS),-n 2 --dist worksteal)

test-client: $(VENV)/.dev-ready ## Run the tests of the clients that need no server, on any system
	@$(BIN)/pytest tests/sdk/test_formats.py tests/sdk/test_models.py tests/sdk/test_retries.py tests/sdk/test_surface.py tests/sdk/test_versions.py tests/sdk/test_wire.py

soak: setup ## Run the proofs that repeat at their full length (hours): make soak TESTS=tests/e2e
	@ABLAGE_SOAK=1 $(BIN)/pytest -o timeout=14400 $(if $(TESTS),$(TESTS),tests)

lint: $(VENV)/.dev-ready ## Style, types, layers, licences, and whether generated files are up to date
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/python scripts/generate_sync.py --check
	@layers=$$($(BIN)/lint-imports) || { echo "$$layers"; exit 1; }
	@$(BIN)/mypy
	@found=$$(PYTHONPATH=. $(BIN)/basedpyright --ignoreexternal --verifytypes ablage_sdk) || { echo "$$found"; exit 1; }
	@$(BIN)/towncrier build --draft --version next >/dev/null
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(BIN)/zizmor --offline --quiet .github
	@$(BIN)/python scripts/audit.py

format: $(VENV)/.dev-ready ## Format the code and regenerate what is generated
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .
	@$(BIN)/python scripts/generate_sync.py

docs: $(VENV)/.dev-ready ## Build the documentation into site/; warnings are errors
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "The documentation is in site/index.html"

changelog: $(VENV)/.dev-ready ## Show what the next entry of CHANGELOG.md will say
	@$(BIN)/towncrier build --draft --version "$$($(BIN)/python -c 'import ablage_sdk; print(ablage_sdk.__version__)')"

build: $(VENV)/.dev-ready ## Build the wheels of ablage-sdk and ablage-client into dist/
	@rm -rf build dist
	@$(BIN)/python -m build --quiet --installer uv --outdir dist .
	@$(BIN)/python -m build --quiet --installer uv --outdir dist distributions/ablage-client
	@ls dist

sbom: $(VENV)/.run-ready ## Write what the wheel needs, with versions, to build/sbom.cdx.json
	@mkdir -p build
	@$(BIN)/cyclonedx-py environment $(VENV) --output-reproducible --output-file build/sbom.cdx.json

publish: $(VENV)/.dev-ready ## Upload dist/ to the package index, with the identity of the workflow
	@$(BIN)/uv publish --trusted-publishing always dist/*.whl

bench: system $(VENV)/.dev-ready ## Print the figures: OCR quality, client, server, codemod
	@$(BIN)/python -m benchmarks

bench-server: $(VENV)/.dev-ready ## Print the figures of the server only
	@$(BIN)/python -m benchmarks server

bench-migrations: $(VENV)/.dev-ready ## Print the figures of data moves (200 000 documents) and of the locks of each revision
	@$(BIN)/python -m benchmarks migrations

clean: ## Remove everything that was built
	@rm -rf $(VENV) build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

.PHONY: help system system-tests setup demo test test-client soak lint format docs changelog build sbom publish bench bench-server bench-migrations clean
