"""The example workflows: laid out, with notes and groups, and with a thumbnail of what each makes.

Built in a browser from tests/nodes/workflows.py; a blueprint is a subgraph that the user finds among the nodes.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from figures import save
from PIL import Image

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "nodes")]

from comfy_browser import as_subgraph, build, comfy_page, fit, load_saved, overlapping_nodes, run, wires_behind_nodes  # noqa: E402
from comfy_server import FOLDER, ComfyServer, Run  # noqa: E402
from workflows import BLUEPRINTS, OUTER, WORKFLOWS, Graph  # noqa: E402

FILES = ROOT / "example_workflows"

Saved = dict[str, Any]

COLUMN_GAP, ROW_GAP, PADDING, TITLE, GROUP_TITLE = 70, 110, 20, 30, 44
GROUP_COLORS = ["#3f789e", "#a1309b", "#88a", "#8a8", "#b58b2a"]


def workflows(*wanted: str) -> None:
    """example_workflows/*.json and *.jpg: all, or those whose names begin as wanted."""
    chosen = {name: make() for name, make in WORKFLOWS.items() if not wanted or name.startswith(wanted)}
    with comfyui() as server:
        signature = Signature(server)
        with comfy_page(server.url) as page:
            for name, graph in chosen.items():
                saved = laid_out(build(page, *parts(graph)), graph)
                text = signature.text(saved, saved["nodes"])
                load_saved(page, text)
                if wrong := [*wires_behind_nodes(page), *overlapping_nodes(page)]:
                    print(f"{name}: {wrong}")
                (FILES / f"{name}.json").write_text(text, encoding="utf-8")
        for name, graph in chosen.items():
            done = server.run(graph.api())
            if done.error:
                raise RuntimeError(f"{name}: {done.error}")
            save(thumbnail(results(done, graph)), FILES / f"{name}.jpg", 60_000)


def blueprints() -> None:
    """subgraphs/*.json."""
    with comfyui() as server:
        signature = Signature(server)
        with comfy_page(server.url) as page:
            for name, make in BLUEPRINTS.items():
                graph = make()
                load_saved(page, json.dumps(laid_out(build(page, *parts(graph)), graph)))
                saved = blueprint(as_subgraph(page, OUTER), name, graph)
                text = signature.text(saved, saved["definitions"]["subgraphs"][0]["nodes"])
                (ROOT / "subgraphs" / f"{name}.json").write_text(text, encoding="utf-8")


def blueprint(saved: Saved, name: str, graph: Graph) -> Saved:
    """A workflow of one subgraph, as the editor expects it of a pack."""
    [node], [inside] = saved["nodes"], saved["definitions"]["subgraphs"]
    node |= {"title": name, "pos": [0, 0]}
    node["properties"] = {"proxyWidgets": [list(widget) for widget in graph.shown]}
    inside |= {"name": name, "category": "AdaIN", "description": graph.about}
    saved["extra"] = {}
    return saved


def parts(graph: Graph) -> tuple[list[dict[str, Any]], list[tuple[str, int, str, str]]]:
    """Nodes and links, as the browser builds them."""
    nodes, links = [], []
    for name, node in graph.nodes.items():
        widgets = [(key, value) for key, value in node.inputs.items() if not isinstance(value, tuple)]
        nodes.append(
            {"id": name, "kind": node.kind, "title": node.title, "bypassed": node.bypassed, "widgets": widgets}
        )
        links += [(*value, name, key) for key, value in node.inputs.items() if isinstance(value, tuple)]
    return nodes, links


def laid_out(saved: Saved, graph: Graph) -> Saved:
    """Nodes in columns and rows, groups around them."""
    by_name = {str(node["id"]): node for node in saved["nodes"]}
    widths: dict[int, float] = {}
    heights: dict[int, float] = {}
    for name, node in graph.nodes.items():
        width, height = by_name[name]["size"]
        size = [node.size[0] or width, max(node.size[1], height)]
        by_name[name]["size"] = size
        column, row = node.place
        widths[column] = max(widths.get(column, 0), size[0])
        heights[row] = max(heights.get(row, 0), size[1])
    for name, node in graph.nodes.items():
        column, row = node.place
        x = sum(widths.get(c, 0) + COLUMN_GAP for c in range(column))
        y = sum(heights.get(r, 0) + ROW_GAP for r in range(row))
        by_name[name]["pos"] = [x, y]
    saved["groups"] = [
        group(number, title, [by_name[name] for name in names]) for number, (title, names) in enumerate(graph.groups)
    ]
    saved["extra"] = {"info": {"description": graph.about}}
    return saved


def group(number: int, title: str, nodes: list[dict[str, Any]]) -> Saved:
    """A frame around nodes."""
    left, top = (min(node["pos"][axis] for node in nodes) - PADDING for axis in (0, 1))
    right, bottom = (max(node["pos"][axis] + node["size"][axis] for node in nodes) + PADDING for axis in (0, 1))
    top -= TITLE + GROUP_TITLE - PADDING
    return {
        "id": number + 1,
        "title": title,
        "bounding": [left, top, right - left, bottom - top],
        "color": GROUP_COLORS[number % len(GROUP_COLORS)],
        "font_size": 24,
        "flags": {},
    }


@contextmanager
def comfyui() -> Iterator[ComfyServer]:
    """A fresh ComfyUI that ends with what is done with it."""
    with tempfile.TemporaryDirectory() as folder:
        server = ComfyServer(Path(folder))
        try:
            yield server
        finally:
            server.close()


class Signature:
    """Which pack a node is of, and in which version: by this a missing one is installed.

    Args:
        server: knows all nodes.
    """

    def __init__(self, server: ComfyServer) -> None:
        core = server.get("/system_stats")["system"]["comfyui_version"]
        self._versions = {FOLDER: our_version(), "comfy-core": core}
        self._modules = {name: node["python_module"] for name, node in server.get("/object_info").items()}

    def text(self, saved: Saved, nodes: list[Saved]) -> str:
        """What is saved, as text; `nodes` of it are signed."""
        for node in nodes:
            module = self._modules.get(node["type"])
            if module is not None:
                pack = FOLDER if module.startswith("custom_nodes") else "comfy-core"
                node["properties"] |= {"cnr_id": pack, "ver": self._versions[pack]}
        return json.dumps(without_nulls(saved), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def our_version() -> str:
    """Of this pack."""
    [line] = [line for line in (ROOT / "pyproject.toml").read_text().splitlines() if line.startswith("version")]
    return line.split('"')[1]


def without_nulls(value: object) -> object:
    """Saved workflows say what is not there, in the language of the one who saved them: left out."""
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None and k != "localized_name"}
    return [without_nulls(v) for v in value] if isinstance(value, list) else value


def results(done: Run, graph: Graph) -> list[Image.Image]:
    """What a workflow saved; of a film a frame."""
    pictures = []
    for name, node in graph.nodes.items():
        if node.kind == "SaveImage":
            pictures += [Image.open(file).convert("RGB") for file in done.files(name)]
        if node.kind == "SaveVideo":
            pictures += [frame_of(file) for file in done.files(name)]
    return pictures


def frame_of(file: Path) -> Image.Image:
    """From the middle of a film."""
    import av

    with av.open(str(file)) as container:
        frames = [frame.to_image() for frame in container.decode(video=0)]
    return frames[len(frames) // 2]


def thumbnail(pictures: list[Image.Image], side: int = 400) -> Image.Image:
    """A square: one picture, or equal strips of several."""
    out = Image.new("RGB", (side, side))
    for number, picture in enumerate(pictures[:2]):
        x0, x1 = (side * n // min(len(pictures), 2) for n in (number, number + 1))
        edge = min(picture.size)
        x, y = (picture.width - edge) // 2, (picture.height - edge) // 2
        middle = picture.crop((x, y, x + edge, y + edge)).resize((side, side), Image.Resampling.LANCZOS)
        out.paste(middle.crop((x0, 0, x1, side)), (x0, 0))
    return out


def screenshots(*wanted: str) -> None:
    """Each example workflow after it ran, as the user sees it: beside this file."""
    with comfyui() as server, tempfile.TemporaryDirectory() as folder:
        for path in sorted(FILES.glob("*.json")):
            if wanted and not path.name.startswith(wanted):
                continue
            with comfy_page(server.url, 1400, 800) as page:  # a fresh one: no tabs of other workflows
                page.evaluate("app.extensionManager.setting.set('Comfy.Minimap.Visible', false)")
                load_saved(page, path.read_text(encoding="utf-8"))
                run(page)
                fit(page)
                shot = Path(folder) / "shot.png"
                page.screenshot(path=shot)
                name = path.stem.lower().replace(" ", "_")
                save(Image.open(shot).convert("RGB"), Path(__file__).parent / f"{name}.jpg", 100_000)
