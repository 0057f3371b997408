# All checks in one command: make check
.PHONY: check
check:
	ruff check .
	ruff format --check .
	mypy
	mkdocs build --strict
	pytest -m ''
