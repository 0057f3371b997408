"""What the repo says of itself outside the code (workflows, citation, image, templates) is true and well formed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet

import adain_core

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]

if not (ROOT / ".github").is_dir():
    pytest.skip("not a checkout: the repo's own files were NOT checked", allow_module_level=True)

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = ["bug.yml", "feature.yml"]
SCHEMAS = {
    "citation-file-format": [ROOT / "CITATION.cff"],
    "github-workflows": WORKFLOWS,
    "github-issue-forms": [ROOT / ".github" / "ISSUE_TEMPLATE" / name for name in FORMS],
    "github-issue-config": [ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml"],
}


def load(path: Path) -> Any:
    """A YAML file; GitHub's `on` stays a word."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


def jobs() -> list[dict[str, Any]]:
    return [job for path in WORKFLOWS for job in load(path)["jobs"].values()]


def commands() -> list[str]:
    """What the workflows run."""
    return [step["run"].strip() for job in jobs() for step in job.get("steps", []) if "run" in step]


def pythons(job: dict[str, Any]) -> list[str]:
    """The versions of Python that a job asks for."""
    asked = [step["with"]["python-version"] for step in job["steps"] if "python-version" in step.get("with", {})]
    return [v for a in asked for v in (job["strategy"]["matrix"]["python"] if a.startswith("${{") else [a])]


def minor(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def classified() -> list[str]:
    """The versions of Python among the classifiers."""
    return [c.split(" :: ")[-1] for c in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", c)]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_they_are_what_their_readers_expect(schema: str) -> None:
    """By the schemas that GitHub and the Citation File Format publish."""
    pytest.importorskip("check_jsonschema")
    check = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        f"vendor.{schema}",
        *map(str, SCHEMAS[schema]),
    ]
    done = subprocess.run(check, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_issue_form_is_checked() -> None:
    found = {path.name for path in (ROOT / ".github" / "ISSUE_TEMPLATE").iterdir()}
    assert found == {*FORMS, "config.yml"}


def test_one_version_everywhere() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    [latest, *_] = re.findall(r"^## (\S+)", changes, re.MULTILINE)
    cited = load(ROOT / "CITATION.cff")["version"]
    assert cited == latest == adain_core.__version__ == PROJECT["version"]


def test_the_citation_names_this_repo_and_its_licence() -> None:
    said = load(ROOT / "CITATION.cff")
    assert said["repository-code"] == PROJECT["urls"]["Repository"]
    assert (ROOT / PROJECT["license"]["file"]).read_text(encoding="utf-8").startswith(f"{said['license']} License")


def test_the_workflows_run_what_the_readme_says() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in ("install", "test"):
        [block] = re.findall(rf"<!-- ci:{name} -->\n```bash\n(.+?)\n```", text, re.DOTALL)
        assert block in commands(), name


def test_tested_are_the_oldest_and_the_newest_python() -> None:
    """The oldest that requires-python allows, the newest that is classified, and none that is not."""
    known = sorted(classified(), key=minor)
    tested = {v for job in jobs() for v in pythons(job)}
    allowed = SpecifierSet(PROJECT["requires-python"])
    assert all(v in allowed for v in known)
    older = f"3.{minor(known[0])[1] - 1}"
    assert older not in allowed, f"{older} is allowed, too: classify and test it"
    assert {known[0], known[-1]} <= tested <= set(known)


def test_the_image_has_a_python_that_is_supported_and_the_torch_that_is_asked_for() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    [python] = re.findall(r"^FROM python:([\d.]+)-slim$", text, re.MULTILINE)
    assert python in classified()
    [torch] = re.findall(r'"(torch[^"]*)"', text)
    assert torch in PROJECT["dependencies"]


def test_paths_exist() -> None:
    """Every file and folder of the repo that these files name."""
    named = [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"]
    paths = {line[1:] for line in named}
    paths |= {line[1:] for line in (ROOT / ".comfyignore").read_text(encoding="utf-8").splitlines() if line[:1] == "/"}
    for path in WORKFLOWS:
        for trigger in load(path)["on"].values():
            paths |= set((trigger or {}).get("paths", []) if isinstance(trigger, dict) else [])
    for command in commands():
        paths |= set(re.findall(r"(?:tests/\S+|examples/\S+|\.ci/\w+|[\w-]+\.toml)", command))
    for form in (ROOT / ".github" / "ISSUE_TEMPLATE").iterdir():
        paths |= set(re.findall(r"/blob/main/(\S+)", form.read_text(encoding="utf-8")))
    paths |= set(re.findall(r"`([\w-]+\.md)`", (ROOT / ".github" / "PULL_REQUEST_TEMPLATE.md").read_text("utf-8")))
    missing = sorted(p for p in paths if not (list(ROOT.glob(p)) if "*" in p else (ROOT / p).exists()))
    assert not missing


def test_the_hooks_are_the_tools_that_make_check_runs() -> None:
    """Local hooks only, so that versions stand in pyproject.toml alone."""
    repos = load(ROOT / ".pre-commit-config.yaml")["repos"]
    assert [repo["repo"] for repo in repos] == ["local"]
    hooks = {hook["entry"].replace(" --force-exclude", "") for hook in repos[0]["hooks"]}
    checks = {line.strip() for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()}
    assert hooks == {"ruff check", "ruff format", "mypy"}
    assert {"ruff check .", "ruff format --check .", "mypy"} <= checks
