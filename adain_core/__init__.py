"""AdaIN style transfer (Huang & Belongie 2017, arXiv 1703.06868): any photo in the style of any picture.

from adain_core import AdaIN, Style, Region

model = AdaIN.from_pretrained()
starry = model.encode_style("starry_night.jpg")
model.stylize("photo.jpg", starry, alpha=0.8).save("out.png")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .errors import AdaINError, AdaINWarning, ImageError, StyleError, WeightsError
    from .model import AdaIN
    from .pictures.picture import Picture
    from .pictures.reading import open_picture
    from .request import Region
    from .styles.builtin import builtin_styles
    from .styles.style import Style
    from .system.allocator import keep_freed_memory

__version__ = "0.1.0"

__all__ = [
    "AdaIN",
    "AdaINError",
    "AdaINWarning",
    "ImageError",
    "Picture",
    "Region",
    "Style",
    "StyleError",
    "WeightsError",
    "builtin_styles",
    "keep_freed_memory",
    "open_picture",
]

_HOME = {
    "AdaIN": "model",
    "AdaINError": "errors",
    "AdaINWarning": "errors",
    "ImageError": "errors",
    "Picture": "pictures.picture",
    "Region": "request",
    "Style": "styles.style",
    "StyleError": "errors",
    "WeightsError": "errors",
    "builtin_styles": "styles.builtin",
    "keep_freed_memory": "system.allocator",
    "open_picture": "pictures.reading",
}


def __getattr__(name: str) -> object:
    """Names are loaded when first used, so that `adain --help` need not wait for torch."""
    if name not in _HOME:
        raise AttributeError(f"module 'adain_core' has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
