"""ComfyUI's page in a real Chromium."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
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


def load_api(page: Page, workflow: dict[str, Any], name: str) -> dict[str, Any]:
    """Load a workflow in the server's form, arrange it, and return it as it is saved."""
    return page.evaluate(
        """async ([workflow, name]) => {
            await app.loadApiJson(workflow, name);
            await new Promise(r => setTimeout(r, 2500));  // nodes grow when their picture is there
            for (const n of app.graph.nodes)  // as large as they get with a result
                if (n.type.startsWith('Save') && n.type !== 'AdaINSaveStyle') n.setSize([280, 340]);
            app.graph.arrange();
            await new Promise(r => setTimeout(r, 300));
            return app.graph.serialize();
        }""",
        [workflow, name],
    )


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
