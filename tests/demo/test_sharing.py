"""What is shown of a link to the page elsewhere."""

from __future__ import annotations

import io
import re
import urllib.request

import pytest
from PIL import Image

pytest.importorskip("gradio")


def test_a_link_is_shown_by_our_title_and_a_picture_of_this_server(app: str) -> None:
    """Once each, and nothing of Gradio's: its template names a picture on another server."""
    html = urllib.request.urlopen(app, timeout=30).read().decode()
    said = re.findall(r'<meta\s+(?:property|name)="((?:og|twitter):\w+)"\s+content="([^"]*)"', html)
    assert len(said) == len(dict(said)) and dict(said)["og:title"] == "AdaIN style transfer"
    picture = dict(said)["og:image"]
    assert picture.startswith(app) and "githubusercontent" not in html.partition("<script")[0]
    with Image.open(io.BytesIO(urllib.request.urlopen(picture, timeout=30).read())) as image:
        assert image.width > 300
