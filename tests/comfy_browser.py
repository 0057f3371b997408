"""ComfyUI's page in a real Chromium."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from chromium import chromium
from patience import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Page


@contextmanager
def comfy_page(url: str, width: int = 1600, height: int = 900) -> Iterator[Page]:
    """The editor, ready."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(url)
        page.wait_for_function("window.app && window.app.graph && window.app.extensionManager")
        page.wait_for_timeout(1500)
        page.evaluate("() => { app.canvas.min_font_size_for_lod = 0; }")  # text at any zoom
        # A dialog of templates may welcome a new user.
        page.keyboard.press("Escape")
        yield page


def build(page: Page, nodes: list[dict[str, Any]], links: list[tuple[str, int, str, str]]) -> dict[str, Any]:
    """A workflow from its nodes, as the editor saves it; the height of each is what it needs.

    Args:
        page: the editor.
        nodes: `id`, `kind`, `title`, `bypassed`, and `widgets` as pairs of name and value.
        links: from a node's output, to a node's input by name.
    """
    return page.evaluate(
        """async ([nodes, links]) => {
            await app.loadGraphData({last_node_id: 0, last_link_id: 0, nodes: [], links: [], groups: [], config: {},
                                     extra: {}, version: 0.4}, true, true);
            const made = {};
            for (const { id, kind, title, bypassed, widgets } of nodes) {
                const node = LiteGraph.createNode(kind);
                if (!node) throw new Error(`there is no node ${kind}`);
                node.id = Number(id);
                app.graph.add(node);
                if (title) node.title = title;
                for (const [name, value] of widgets) {
                    const widget = kind === 'MarkdownNote' ? node.widgets[0] : node.widgets.find(w => w.name === name);
                    if (!widget) throw new Error(`${kind} has no ${name}`);
                    widget.value = value;
                    widget.callback?.(value);
                }
                node.mode = bypassed ? 4 : 0;
                made[id] = node;
            }
            for (const [from, output, to, input] of links)
                if (!made[from].connect(output, made[to], made[to].findInputSlot(input)))
                    throw new Error(`${made[from].type} does not connect to ${input} of ${made[to].type}`);
            await new Promise(r => setTimeout(r, 1000));
            for (const node of app.graph.nodes) node.setSize(node.computeSize());
            return app.graph.serialize();
        }""",
        [nodes, links],
    )


def as_subgraph(page: Page, outer: Sequence[str]) -> dict[str, Any]:
    """The open workflow as one subgraph: its nodes but those of the kinds given, which are left out."""
    return page.evaluate(
        """async (outer) => {
            app.canvas.selectItems(app.graph.nodes.filter(n => !outer.includes(n.type)));
            await app.extensionManager.command.execute('Comfy.Graph.ConvertToSubgraph');
            await new Promise(r => setTimeout(r, 800));
            for (const node of [...app.graph.nodes]) if (outer.includes(node.type)) app.graph.remove(node);
            return app.graph.serialize();
        }""",
        list(outer),
    )


def wires_behind_nodes(page: Page) -> list[str]:
    """Links of the open workflow that run behind a node, or from right to left."""
    return page.evaluate(
        """() => {
            const found = [];
            const inside = ({ pos: [left, top], size: [width, height] }, x, y) =>
                x > left && x < left + width && y > top - 30 && y < top + height;
            for (const target of app.graph.nodes) for (const [slot, input] of (target.inputs ?? []).entries()) {
                const link = input.link && app.graph.getLink(input.link);
                if (!link) continue;
                const origin = app.graph.getNodeById(link.origin_id);
                const [x0, y0] = origin.getOutputPos(link.origin_slot), [x1, y1] = target.getInputPos(slot);
                const name = `${origin.type} > ${target.type}.${input.name}`;
                if (x1 < x0) found.push(`${name} runs back`);
                const bend = Math.hypot(x1 - x0, y1 - y0) / 4;
                for (let t = 0.02; t < 1; t += 0.02) {  // the curve that the editor draws
                    const s = 1 - t;
                    const at = (a, b, c, d) => s*s*s*a + 3*s*s*t*b + 3*s*t*t*c + t*t*t*d;
                    const x = at(x0, x0 + bend, x1 - bend, x1), y = at(y0, y0, y1, y1);
                    const over = app.graph.nodes.find(n => n !== origin && n !== target && inside(n, x, y));
                    if (over) { found.push(`${name} behind ${over.type}`); break; }
                }
            }
            return found;
        }"""
    )


def overlapping_nodes(page: Page) -> list[str]:
    """Nodes of the open workflow that cover each other."""
    return page.evaluate(
        """() => {
            const found = [], nodes = app.graph.nodes;
            for (const [i, a] of nodes.entries()) for (const b of nodes.slice(i + 1)) {
                const apart = a.pos[0] + a.size[0] <= b.pos[0] || b.pos[0] + b.size[0] <= a.pos[0]
                    || a.pos[1] + a.size[1] <= b.pos[1] - 30 || b.pos[1] + b.size[1] <= a.pos[1] - 30;
                if (!apart) found.push(`${a.type} and ${b.type}`);
            }
            return found;
        }"""
    )


def vue_nodes(page: Page, on: bool) -> None:
    """Draw nodes as pages do (Nodes 2.0), or on the canvas."""
    page.evaluate("async (on) => { await app.extensionManager.setting.set('Comfy.VueNodes.Enabled', on); }", on)
    page.wait_for_timeout(800)


def load_saved(page: Page, text: str) -> None:
    """Open a saved workflow."""
    page.evaluate("async (graph) => { await app.loadGraphData(graph, true, true); }", json.loads(text))
    page.wait_for_timeout(500)


def fit(page: Page) -> None:
    """Show the whole workflow."""
    page.evaluate("async () => { await app.extensionManager.command.execute('Comfy.Canvas.FitView'); }")
    page.wait_for_timeout(1500)


def to_api(page: Page) -> dict[str, Any]:
    """The open workflow in the server's form."""
    return page.evaluate("async () => (await app.graphToPrompt()).output")


def run(page: Page) -> None:
    """Press Run and wait until the server has finished and the page has drawn what came out."""
    done = "async () => Object.keys(await (await fetch('/history')).json()).length"
    before = page.evaluate(done)
    page.evaluate("async () => { await app.queuePrompt(0, 1); }")
    deadline = time.monotonic() + PATIENCE
    while page.evaluate(done) == before:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the workflow did not finish within {PATIENCE:.0f} s")
        page.wait_for_timeout(300)
    page.wait_for_timeout(2000)
