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
from urllib.parse import quote

import pytest
from comfy_browser import (
    comfy_page,
    fit,
    load_saved,
    overlapping_nodes,
    run,
    to_api,
    vue_nodes,
    wires_behind_nodes,
)
from comfy_server import FOLDER, ROOT, ComfyServer

if "COMFYUI_PATH" not in os.environ:
    pytest.skip("COMFYUI_PATH is not set: the workflows were NOT opened in a browser", allow_module_level=True)
pytestmark = pytest.mark.needs("playwright", "chromium")

EXAMPLES = sorted((ROOT / "example_workflows").glob("*.json"))
BLUEPRINTS = sorted((ROOT / "subgraphs").glob("*.json"))
LANGUAGES = sorted((ROOT / "locales").iterdir())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyServer]:
    started = ComfyServer(tmp_path_factory.mktemp("comfy"))
    yield started
    started.close()


@pytest.mark.parametrize("nodes", ["canvas", "vue"])
def test_example_workflows_open_run_and_draw(server: ComfyServer, tmp_path: Path, nodes: str) -> None:
    """Each one: no error, no red node, nothing covered, and its prompt succeeds. On the canvas, and as Nodes 2.0."""
    errors: list[str] = []
    with comfy_page(server.url, 1400, 800) as page:
        page.on("pageerror", lambda error: errors.append(str(error)))
        vue_nodes(page, nodes == "vue")
        for path in EXAMPLES:
            before = set(server.get("/history"))
            load_saved(page, path.read_text(encoding="utf-8"))
            api = to_api(page)
            ours = [node["class_type"] for node in api.values() if node["class_type"].startswith("AdaIN")]
            assert ours, path.name
            assert page.evaluate("app.graph.nodes.filter(n => n.has_errors).length") == 0
            assert not overlapping_nodes(page), path.name
            if nodes == "canvas":
                assert not wires_behind_nodes(page), path.name
            run(page)
            fit(page)
            page.screenshot(path=tmp_path / f"{path.stem}.png")
            [new] = set(server.get("/history")) - before
            assert server.get(f"/history/{new}")[new]["status"]["status_str"] == "success", path.name
    assert not errors, errors


def test_a_bypassed_loader_gives_way_to_the_example_and_an_active_one_does_not(server: ComfyServer) -> None:
    [path] = [path for path in EXAMPLES if path.name.startswith("01")]
    with comfy_page(server.url, 1400, 800) as page:
        load_saved(page, path.read_text(encoding="utf-8"))
        asked = [node for node in to_api(page).values() if node["class_type"] == "AdaINExamplePhoto"]
        assert [set(node["inputs"]) for node in asked] == [{"photo"}, {"photo"}]
        page.evaluate("() => { for (const n of app.graph.nodes) if (n.type === 'LoadImage') n.mode = 0; }")
        asked = [node for node in to_api(page).values() if node["class_type"] == "AdaINExamplePhoto"]
        assert all(isinstance(node["inputs"]["image"], list) for node in asked)


@pytest.mark.parametrize("path", BLUEPRINTS, ids=lambda path: path.stem)
def test_a_blueprint_is_offered_opens_and_runs(server: ComfyServer, path: Path) -> None:
    """What it is connected to is given here; the widgets it promises are on it, and reach the nodes inside."""
    offered = [entry["name"] for entry in server.get("/global_subgraphs").values()]
    assert path.stem in offered
    graph = json.loads(path.read_text(encoding="utf-8"))
    [node] = graph["nodes"]
    with comfy_page(server.url, 1400, 800) as page:
        load_saved(page, json.dumps(graph))
        page.evaluate(
            """() => {
                const [node] = app.graph.nodes;
                const sources = { IMAGE: 'AdaINExamplePhoto', VIDEO: 'AdaINExampleClip', MASK: 'SolidMask' };
                const sinks = { IMAGE: 'PreviewImage', VIDEO: 'SaveVideo' };
                const add = (kind) => { const n = LiteGraph.createNode(kind); app.graph.add(n); return n; };
                for (const [slot, input] of node.inputs.entries())
                    if (sources[input.type] && !input.widget) {
                        const source = add(sources[input.type]);
                        if (input.type === 'MASK') source.widgets[0].value = 0.5;  // neither of the regions is empty
                        source.connect(0, node, slot);
                    }
                for (const [slot, output] of node.outputs.entries()) node.connect(slot, add(sinks[output.type]), 0);
            }"""
        )
        shown = [name.split(": ")[-1] for name in page.evaluate("app.graph.nodes[0].widgets.map(w => w.name)")]
        promised = [name for _, name in node["properties"]["proxyWidgets"]]
        assert len(shown) == len(promised)
        assert all(name.startswith(own) for name, own in zip(shown, promised, strict=True))  # style, style_1
        before = set(server.get("/history"))
        run(page)
        [new] = set(server.get("/history")) - before
        assert server.get(f"/history/{new}")[new]["status"]["status_str"] == "success"


def test_sockets_have_colours_and_choices_speak_the_users_language(server: ComfyServer) -> None:
    """Also after another palette is chosen; what is saved stays English."""
    set_ = "async ([name, value]) => { await app.extensionManager.setting.set(name, value); }"
    with comfy_page(server.url, 1400, 800) as page:
        for palette in ("dark", "light"):
            page.evaluate(set_, ["Comfy.ColorPalette", palette])
            page.wait_for_timeout(500)
            types = ["ADAIN_MODEL", "ADAIN_FEATURES", "ADAIN_STYLE", "ADAIN_OPTIONS"]
            colors = page.evaluate("(types) => types.map(t => LGraphCanvas.link_type_colors[t])", types)
            assert len(set(colors)) == 4 and all(colors)
            drawn = (
                "(types) => types.map(t => getComputedStyle(document.body).getPropertyValue(`--color-datatype-${t}`))"
            )
            assert [text.strip() for text in page.evaluate(drawn, types)] == colors
        page.evaluate(set_, ["Comfy.Locale", "ja"])
        page.evaluate("() => { app.graph.clear(); app.graph.add(LiteGraph.createNode('AdaINOptions')); }")
        [grain] = page.evaluate("app.graph.nodes[0].widgets.filter(w => w.name === 'grain').map(w => w._displayValue)")
        assert grain == "自動"
        assert to_api(page)["1"]["inputs"]["grain"] == "auto"
        page.evaluate(set_, ["Comfy.Locale", "en"])


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
@pytest.mark.parametrize("name", ["03 Two styles mixed", "04 Two styles by masks"])
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


def test_the_page_speaks_ten_languages(server: ComfyServer) -> None:
    """What the editor reads for its menus and tooltips."""
    texts = server.get("/i18n")
    names = [texts[language.name]["nodeDefs"]["AdaINLoadModel"]["display_name"] for language in LANGUAGES]
    assert len(LANGUAGES) == 10 and len(set(names)) == len(names)


def test_help_pages_and_templates_are_served(server: ComfyServer) -> None:
    """At the addresses where the editor looks for them."""
    for file in ("AdaINBlend.md", "AdaINBlend/zh.md", "AdaINBlend/ja.md", "AdaINBlend.jpg"):
        with urllib.request.urlopen(f"{server.url}/extensions/{FOLDER}/docs/{file}", timeout=20) as answer:
            assert len(answer.read()) > 500
    assert sorted(server.get("/workflow_templates")[FOLDER]) == [path.stem for path in EXAMPLES]
    for path in EXAMPLES:
        address = f"{server.url}/api/workflow_templates/{FOLDER}/{quote(path.stem)}"
        for ending in ("json", "jpg"):
            with urllib.request.urlopen(f"{address}.{ending}", timeout=20) as answer:
                assert len(answer.read()) > 5000
