"""What is shown of a link to the page elsewhere: its title and picture, from this server.

Gradio's own template names Gradio and a picture on another server, twice over.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from gradio import routes
from jinja2 import ChoiceLoader, DictLoader

from .words import LANGUAGES, words

TEMPLATE = "frontend/index.html"
THEIRS = re.compile(r"\s*<meta\s+(?:property|name)=\"(?:og|twitter):[^>]*>")
HERE = "{{ config.get('root', '') }}"
"""What Gradio's template fills in: the address by which the page was asked for."""


def introduce(picture: Path) -> None:
    """Let links to pages of this process be shown by their title and a picture.

    Args:
        picture: its file, which the server must be allowed to give.
    """
    environment = routes.templates.env
    loader = environment.loader
    assert loader is not None
    source, _, _ = loader.get_source(environment, TEMPLATE)
    texts, image = words(LANGUAGES[0]), f"{HERE}/gradio_api/file={picture.as_posix()}"
    said = {
        "og:type": "website", "og:url": HERE, "og:title": texts["title"], "og:description": texts["intro"],
        "og:image": image, "twitter:card": "summary_large_image",
    }  # fmt: skip
    ours = "".join(f'\n\t\t<meta property="{name}" content="{escape(text, False)}" />' for name, text in said.items())
    changed = THEIRS.sub("", source).replace('<meta charset="utf-8" />', f'<meta charset="utf-8" />{ours}', 1)
    environment.loader = ChoiceLoader([DictLoader({TEMPLATE: changed}), loader])
    if environment.cache is not None:
        environment.cache.clear()
