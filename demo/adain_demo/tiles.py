"""The styles' tiles: a visitor's photo, painted small in each style by the quick network.

The page asks for a few at a time, those first that are seen, and asks no more once there is another photo. A photo is
encoded once; each style is an affine map and a decode.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from adain_core.errors import AdaINError

from .engine import model_names
from .lru import ByteLRU
from .photos import Photos
from .turns import Turns
from .uploads import within

if TYPE_CHECKING:
    from PIL import Image

    from adain_core.engine.samples import Samples

    from .remembering import RememberingAdaIN

QUICK = "lite"
SIDE = 160
"""Pixels a side: a tile is a little smaller on the page, phones have several pixels for each of these."""
AT_ONCE = 12
"""Tiles of one call: about a tenth of a second, for which a picture that is asked for meanwhile has to wait."""
STROKE = 512
"""Shorter side that own style pictures are reduced to, in pixels, as for the result."""
KEPT = 64
"""Photos that are kept as the network has read them, about 0.2 MB each."""


def tiles_possible() -> bool:
    """Whether the quick network is there."""
    return QUICK in model_names()


class Tiles:
    """Paints tiles, behind everything that is painted for the page itself.

    Args:
        photos: opens files.
        turns: who has the processor.
        folder: where uploads are.
    """

    def __init__(self, photos: Photos, turns: Turns, folder: str) -> None:
        self._photos, self._turns, self._folder = photos, turns, folder
        self._read: ByteLRU[tuple[Samples, bytes | None]] = ByteLRU(KEPT, lambda _: 1, photos.keep_seconds)

    def answer(self, asked: Any) -> dict[str, Any]:
        """What the page asks for: ``{"photo": path, "styles": [names], "own": [paths]}``.

        Returns:
            ``{"tiles": [data URL, ...]}``, those of own pictures last; ``{"later": True}`` while something is painted
            that a visitor waits for; ``{"error": message}``.
        """
        try:
            photo, names, own = str(asked["photo"]), list(map(str, asked["styles"])), list(map(str, asked["own"]))
            if not all(within(path, self._folder) for path in (photo, *own)):
                raise AdaINError("Upload it as a file.")
            painted = self.paint(photo, names, own)
        except (AdaINError, KeyError, TypeError) as e:
            return {"error": str(e)}
        return {"later": True} if painted is None else {"tiles": list(map(as_address, painted))}

    def paint(self, photo: str, wanted: Sequence[str], own: Sequence[str] = ()) -> list[Image.Image] | None:
        """Paint a photo in styles.

        Args:
            photo: path of the file.
            wanted: names of built-in styles.
            own: paths of own style pictures.

        Returns:
            Squares of `SIDE` pixels, those of own pictures last; None if the processor is needed for something else:
            ask again a little later.

        Raises:
            AdaINError: too many at once, no such style, or a file that cannot be used.
        """
        if len(wanted) + len(own) > AT_ONCE:
            raise AdaINError(f"{len(wanted) + len(own)} tiles are asked for: {AT_ONCE} are painted at once.")
        with self._turns.behind() as free:
            return self._paint(photo, wanted, own) if free else None

    def _paint(self, photo: str, wanted: Sequence[str], own: Sequence[str]) -> list[Image.Image]:
        import torch
        from PIL import Image

        from adain_core import Style
        from adain_core.styles.builtin import find_builtin
        from adain_core.system.precision import own_formats

        model = self._model
        styles = [find_builtin(name, model.encoder_id) for name in wanted]
        styles += [model.encode_style(self._photos.open_style(path, STROKE)) for path in own]  # type: ignore[arg-type]
        with torch.inference_mode(), own_formats():
            samples, profile = self._read.get(photo, lambda: self._encode(photo))
            count = len(styles)
            rows = torch.zeros(count, dtype=torch.long)
            painted = samples.paint(Style.batch(styles), torch.ones(count), rows)
            pixels = (painted * 255).round().byte().permute(0, 2, 3, 1).numpy()
        tiles = [Image.fromarray(each) for each in pixels]
        for tile in tiles if profile else []:
            tile.info["icc_profile"] = profile
        return tiles

    def _encode(self, photo: str) -> tuple[Samples, bytes | None]:
        from adain_core.engine.samples import Samples
        from adain_core.tiles.grid import Grid
        from adain_core.tiles.sources import Pixels, TensorSource

        small = self._photos.look(photo).resized(SIDE)
        top, left = (small.height - SIDE) // 2, (small.width - SIDE) // 2
        square = TensorSource(small.tensor()[:, :, top : top + SIDE, left : left + SIDE])
        return Samples(self._model.networks, Pixels(square, Grid(SIDE, SIDE, tile=SIDE))), small.icc

    @cached_property
    def _model(self) -> RememberingAdaIN:
        # On the processor also where there is a GPU: that is for what visitors wait for.
        from .remembering import RememberingAdaIN

        loaded = RememberingAdaIN.from_pretrained(QUICK, device="cpu", dtype="float32")
        assert isinstance(loaded, RememberingAdaIN)
        return loaded


def as_address(tile: Image.Image) -> str:
    """A tile within an address, some 5 KB."""
    content = io.BytesIO()
    tile.save(content, "WEBP", quality=76, method=2, icc_profile=tile.info.get("icc_profile"))
    return "data:image/webp;base64," + base64.b64encode(content.getvalue()).decode()
