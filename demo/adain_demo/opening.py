"""What the page opens with: a photo, a style, and the result, painted beforehand.

To be made again whenever the decoder or the styles changed: `python -m adain_demo.thumbnails` (in `demo/`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from adain_core.weights.catalog import bundled_folder

from .catalogue import ASSETS, catalogue
from .gpu import zero_gpu
from .request import Request

if TYPE_CHECKING:
    from PIL import Image

    from .request import Service

EXAMPLES = ("chelsea", "astronaut", "coffee")
"""The photos that ship with the library (`examples/README.md` has their licences); the page opens with the first."""

STYLE = "wheat-field-with-cypresses"
RESULT = ASSETS / "opening.jpg"


def example(name: str) -> Path:
    """The file of one of `EXAMPLES`."""
    return bundled_folder().parent / "examples" / f"{name}.jpg"


def photo() -> Path:
    """The photo that the page opens with."""
    return example(EXAMPLES[0])


def pictures() -> tuple[Image.Image, str]:
    """The photo in the result's size, and the result's file."""
    from PIL import Image

    with Image.open(RESULT) as after, Image.open(photo()) as before:
        return before.convert("RGB").resize(after.size, Image.Resampling.LANCZOS), str(RESULT)


def title() -> str:
    """What the style is called."""
    return next(row["title"] for row in catalogue() if row["key"] == STYLE)


def request() -> Request:
    """What was asked for, to get this result."""
    return Request(str(photo()), ((STYLE, 1.0),))


def make(service: Service, target: Path = RESULT) -> None:
    """Paint the result."""
    painted: Image.Image = service.fulfil(request()).image
    painted.save(target, quality=90, optimize=True)


def warm_up(service: Service) -> None:
    """Load the default model and read the opening's photo: the first click of a visitor then only decodes."""
    if zero_gpu():  # a GPU's seconds are a visitor's
        service.engine.model()
    else:
        service.fulfil(request())
