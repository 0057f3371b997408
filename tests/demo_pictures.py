"""Pictures as the tests of the demo compare and send them."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image


def pixels(image: Image.Image | str | Path) -> np.ndarray:
    """(H, W, 3) as int, of a picture or a file."""
    if isinstance(image, str | Path):
        image = Image.open(image)
    return np.asarray(image.convert("RGB")).astype(int)


def data_url(array: np.ndarray) -> str:
    """An RGBA picture (H, W, 4) as the page sends it."""
    content = io.BytesIO()
    Image.fromarray(array).save(content, "PNG")
    return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
