"""The example workflows in a real browser on a real ComfyUI: opened as a user opens them, run, and drawn.

Needs COMFYUI_PATH, Playwright and Chromium (CHROMIUM, or /usr/bin/chromium).
"""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from comfy_browser import comfy_page, fit, load_saved, run, to_api
from comfy_server import FOLDER, ROOT, ComfyServer

if "COMFYUI_PATH" not in os.environ:
    pytest.skip("COMFYUI_PATH is not set: the workflows were NOT opened in a browser", allow_module_level=True)
pytestmark = pytest.mark.needs("playwright", "chromium")

EXAMPLES = sorted((ROOT / "example_workflows").glob("*.json"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyServer]:
    started = ComfyServer(tmp_path_factory.mktemp("comfy"))
    yield started
    started.close()


def test_example_workflows_open_run_and_draw(server: ComfyServer, tmp_path: Path) -> None:
    """Each one: no error in the console, no red node, the prompt it makes succeeds."""
    errors: list[str] = []
    with comfy_page(server.url, 1400, 800) as page:
        page.on("pageerror", lambda error: errors.append(str(error)))
        for path in EXAMPLES:
            before = set(server.get("/history"))
            load_saved(page, path.read_text(encoding="utf-8"))
            api = to_api(page)
            ours = [node["class_type"] for node in api.values() if node["class_type"].startswith("AdaIN")]
            assert ours, path.name
            assert page.evaluate("app.graph.nodes.filter(n => n.has_errors).length") == 0
            run(page)
            fit(page)
            page.screenshot(path=tmp_path / f"{path.stem}.png")
            [new] = set(server.get("/history")) - before
            assert server.get(f"/history/{new}")[new]["status"]["status_str"] == "success", path.name
    assert not errors, errors


def older(graph: dict[str, Any]) -> dict[str, Any]:
    """A workflow as it was saved when the choices of two nodes revealed their sockets."""
    for node in graph["nodes"]:
        choice = {"AdaINMixStyles": "count", "AdaINMaskedTransfer": "regions"}.get(node["type"])
        if choice is None:
            continue
        given = {i["name"]: i for i in node["inputs"]}
        for name, entry in list(given.items()):
            if name.startswith(("style_", "mask_")):
                entry["name"] = f"{choice}.{name}"
        node["inputs"] = [i for i in node["inputs"] if "." not in i["name"] or i.get("link") or "widget" in i]
        for link in graph["links"]:
            slots = [number for number, entry in enumerate(node["inputs"]) if entry.get("link") == link[0]]
            if slots:
                link[4] = slots[0]
    return graph


@pytest.mark.parametrize("saved", ["as it is", "before"])
@pytest.mark.parametrize("name", ["02_two_styles_mixed", "04_two_styles_by_masks"])
def test_links_survive_a_subgraph(server: ComfyServer, name: str, saved: str) -> None:
    """What is opened and made a subgraph asks the server for the same as before."""
    [path] = [path for path in EXAMPLES if path.stem == name]
    graph = json.loads(path.read_text(encoding="utf-8"))
    kinds = ("AdaINMixStyles", "AdaINMaskedTransfer")
    with comfy_page(server.url, 1400, 800) as page:
        load_saved(page, json.dumps(graph if saved == "as it is" else older(graph)))
        opened = [node["inputs"] for node in to_api(page).values() if node["class_type"] in kinds]
        assert opened and all(isinstance(inputs[f"style_{n}"], list) for inputs in opened for n in (1, 2))
        page.evaluate(
            "(kinds) => app.canvas.selectItems(app.graph.nodes.filter(n => kinds.includes(n.type)))", list(kinds)
        )
        page.evaluate("async () => { await app.extensionManager.command.execute('Comfy.Graph.ConvertToSubgraph'); }")
        page.wait_for_timeout(800)
        assert page.evaluate("(kinds) => app.graph.nodes.filter(n => kinds.includes(n.type)).length", list(kinds)) == 0
        assert [node["inputs"] for node in to_api(page).values() if node["class_type"] in kinds] == opened


def test_older_names_of_styles_are_shown_as_those_of_today(server: ComfyServer) -> None:
    graph = {
        "last_node_id": 1, "last_link_id": 0, "links": [], "version": 0.4,
        "nodes": [{"id": 1, "type": "AdaINLoadStyle", "pos": [0, 0], "size": [270, 60], "widgets_values": ["scream"]}],
    }  # fmt: skip
    with comfy_page(server.url, 1400, 800) as page:
        load_saved(page, json.dumps(graph))
        assert page.evaluate("app.graph.nodes[0].widgets[0].value") == "Munch: The Scream"
        assert to_api(page)["1"]["inputs"]["style"] == "Munch: The Scream"


def test_the_page_speaks_three_languages(server: ComfyServer) -> None:
    """What the editor reads for its menus and tooltips."""
    texts = server.get("/i18n")
    for language, name in (("en", "AdaIN Blend"), ("zh", "AdaIN 融合"), ("ja", "AdaIN ブレンド")):
        assert texts[language]["nodeDefs"]["AdaINBlend"]["display_name"] == name


def test_help_pages_and_templates_are_served(server: ComfyServer) -> None:
    """At the addresses where the editor looks for them."""
    for file in ("AdaINBlend.md", "AdaINBlend.jpg"):
        with urllib.request.urlopen(f"{server.url}/extensions/{FOLDER}/docs/{file}", timeout=20) as answer:
            assert len(answer.read()) > 500
    assert sorted(server.get("/workflow_templates")[FOLDER]) == [path.stem for path in EXAMPLES]
