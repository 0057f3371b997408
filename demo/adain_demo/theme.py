"""The look of the page: quiet greys, one ink blue, the fonts of the reader's own machine."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

CSS = Path(__file__).parent / "assets" / "page.css"
SCRIPT = Path(__file__).parent / "js" / "page.js"


def theme() -> gr.themes.Base:
    """The theme; nothing is fetched from other servers."""
    return gr.themes.Base(
        primary_hue=gr.themes.Color(
            "#eef2fb", "#dbe4f6", "#b9caee", "#8fa9e2", "#6384d3", "#3d63c9",
            "#2f50a8", "#284387", "#22376c", "#1b2b52", "#121c36",
        ),
        neutral_hue=gr.themes.colors.stone,
        radius_size=gr.themes.sizes.radius_md,
        spacing_size=gr.themes.sizes.spacing_md,
        text_size=gr.themes.sizes.text_md,
        font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"],
        font_mono=["ui-monospace", "Menlo", "monospace"],
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color_subdued="*neutral_600",
        block_shadow="none",
        block_border_width="1px",
        block_label_text_color="*neutral_700",
        block_label_text_color_dark="*neutral_200",
        block_title_text_weight="600",
        block_title_text_color="*neutral_800",
        block_title_text_color_dark="*neutral_100",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
        button_primary_background_fill="*primary_500",
        button_primary_background_fill_hover="*primary_600",
        button_primary_background_fill_dark="*primary_500",
        button_primary_text_color="white",
        button_large_text_weight="600",
        slider_color="*primary_500",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
    )  # fmt: skip


def head() -> str:
    """What goes into the page's head: the script that makes Gradio's controls usable by keyboard and screen reader."""
    return f"<script>{SCRIPT.read_text(encoding='utf-8')}</script>"
