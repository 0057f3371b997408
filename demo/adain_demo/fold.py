"""Controls that are folded away until somebody asks for them."""

from __future__ import annotations

import gradio as gr


def fold(heading: str) -> gr.Column:
    """A heading, folded at first, and the column that it opens: ``with fold("More"): ...``.

    Unlike in ``gr.Accordion`` the controls exist from the start. Those of an accordion are made when it opens, and
    shortly after get their first values once more: what a visitor has entered until then is lost.
    """
    gr.HTML(f"<details><summary>{heading}</summary></details>", elem_classes="fold", js_on_load=None)
    return gr.Column(elem_classes="folded")
