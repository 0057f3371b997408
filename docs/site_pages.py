"""The site is made of the pages in docs/ and of those that lie beside the code, and their links work in both places.

On GitHub a page links to files of the repo. On the site such a link leads to the page that the file has become, to the
picture that is shown, or else to the file on GitHub; one that leads nowhere fails `mkdocs build --strict`. MkDocs calls
the functions whose names begin with `on_`.
"""

from __future__ import annotations

import logging
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
DOCS = "docs/"

BESIDE = {
    "README.md": "index.md",
    "README.zh.md": "zh.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/README.md": "benchmarks.md",
    "demo/README.md": "page.md",
    "demo/browser/README.md": "browser.md",
    "examples/README.md": "examples.md",
    "nodes/README.md": "nodes.md",
    "training/README.md": "training.md",
    "weights/README.md": "weights.md",
    **{f"web/docs/{path.name}": f"nodes/{path.name}" for path in sorted((ROOT / "web" / "docs").glob("*.md"))},
}
"""Pages outside docs/, by their paths in the repo, and what they are called on the site."""

PICTURES = {".jpg", ".png", ".webp"}
NOT_ON_THE_SITE = {".py", ".ipynb", ".jsonl"}
"""Of docs/: what mkdocs.yml leaves out."""

CODE = re.compile(r"(^ *```.*?^ *```$|`[^`\n]*`)", re.DOTALL | re.MULTILINE)
LINK = re.compile(r'(?P<before>\]\(|src="|href=")(?P<target>[^)"\s]+)(?P<after>[)"])')
HEADER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
"""What a Space's or a model's README says of itself to the Hub."""

ROLE = re.compile(r":(?:attr|class|data|func|meth|mod):(?=<code)")
"""Of docstrings: it says what the name behind it is."""

log = logging.getLogger("mkdocs.hooks")


def links(text: str) -> list[str]:
    """Targets of the links and pictures of a page, outside code."""
    return [m["target"] for part in CODE.split(text)[::2] for m in LINK.finditer(part)]


def is_elsewhere(target: str) -> bool:
    """Whether a link leads out of the repo, or to a heading of its own page."""
    return target.startswith(("http:", "https:", "mailto:", "#"))


def resolve(page: str, target: str) -> str:
    """The path in the repo that a link of a page leads to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), target.partition("#")[0]))


def site_path(path: str) -> str | None:
    """What a file of the repo is called on the site; None for one that is not there."""
    if path in BESIDE:
        return BESIDE[path]
    suffix = posixpath.splitext(path)[1]
    if path.startswith(DOCS) and suffix and suffix not in NOT_ON_THE_SITE:
        return path.removeprefix(DOCS)
    return path if suffix in PICTURES else None


def rewritten(page: str, target: str, repo: str) -> str:
    """What a link of a page is on the site.

    Args:
        page: path of the page in the repo.
        target: as the page has it.
        repo: address of the repo.
    """
    if is_elsewhere(target):
        return target
    path, anchor = resolve(page, target), target.partition("#")[1] + target.partition("#")[2]
    file = ROOT / path
    if path.startswith("..") or not file.exists():
        log.warning("%s links to %s, which does not exist", page, target)
        return target
    found = site_path(path)
    if found is None:
        return f"{repo.rstrip('/')}/{'tree' if file.is_dir() else 'blob'}/main/{path}{anchor}"
    here = posixpath.dirname(site_path(page) or "")
    return posixpath.relpath(found, here or ".") + anchor


def title(page: str) -> str:
    """The first heading of a page outside docs/."""
    [first, *_] = re.findall(r"^# (.+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    return first


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the help pages of the ComfyUI nodes, after the page on all of them."""
    helped = [{title(page): name} for page, name in BESIDE.items() if name.startswith("nodes/")]
    for part in config.nav or []:
        for pages in part.values():
            if {"ComfyUI": BESIDE["nodes/README.md"]} in pages:
                pages.insert(1 + pages.index({"ComfyUI": BESIDE["nodes/README.md"]}), {"Nodes": helped})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages outside docs/, and the pictures that any page shows from there."""
    from mkdocs.structure.files import File

    pictures = set()
    for page, name in BESIDE.items():
        text = (ROOT / page).read_text(encoding="utf-8")
        files.append(File.generated(config, name, content=HEADER.sub("", text)))
        pictures |= {resolve(page, target) for target in links(text) if not is_elsewhere(target)}
    for path in sorted(pictures):
        if posixpath.splitext(path)[1] in PICTURES and not path.startswith(DOCS) and (ROOT / path).is_file():
            files.append(File.generated(config, path, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn a page's links into those of the site."""
    named = {name: path for path, name in BESIDE.items()}
    path = named.get(page.file.src_uri, DOCS + page.file.src_uri)

    def link(match: re.Match[str]) -> str:
        return match["before"] + rewritten(path, match["target"], config.extra["repo"]) + match["after"]

    parts = CODE.split(markdown)
    parts[::2] = [LINK.sub(link, part) for part in parts[::2]]
    return "".join(parts)


def on_page_content(html: str, **_: object) -> str:
    """Show the names in docstrings as names."""
    return ROLE.sub("", html)
