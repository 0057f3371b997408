"""`adain_core` as a program calls it, with the paper's network, and the command."""

from __future__ import annotations

import functools
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import tifffile
import torch
from torch import Tensor

from adain_core import AdaIN, Region, Style, builtin_styles

from . import inputs
from .case import REFINED_ONCE, REFINED_TWICE, Case, Compute, cases, numbers

COLORS = ("cholesky", "eigen", "monge-kantorovich", "luminance", "luminance-matched")


@functools.cache
def model() -> AdaIN:
    return AdaIN.from_pretrained("vgg19", device="cpu", dtype="float32")


def stylize(content: Any, style: Any, **options: Any) -> Tensor:
    """As the library's, its result as a tensor."""
    out = model().stylize(content, style, **{"tile": None, **options})
    if isinstance(out, Tensor):
        return out
    return torch.from_numpy(out.astype(np.float64) / (np.iinfo(out.dtype).max if out.dtype.kind == "u" else 1)).float()


def on(name: str, style: Any, **options: Any) -> Compute:
    """A crop in a style."""
    return lambda: stylize(inputs.picture(name), style, **options)


def on_pair(style: Any, **options: Any) -> Compute:
    """Two photos at once."""
    return lambda: stylize(inputs.pair(), style, **options)


def painting(name: str = "painting") -> Tensor:
    """A style picture, (3, H, W)."""
    return inputs.picture(name)[0]


@functools.cache
def textured() -> Style:
    """A style picture's statistics in all four layers."""
    return model().encode_style(painting(), size=None, texture=True)


def from_picture(content: Callable[[], Tensor], **options: Any) -> Compute:
    """In the style of a picture, which colour modes recolour before it is encoded."""
    return lambda: stylize(content(), painting(), **{"style_size": None, **options})


def regions(content: str, styles: Any = ("scream", "irises"), **options: Any) -> Compute:
    """Two regions of masks that overlap, one of them soft, the second weaker."""

    def compute() -> Tensor:
        x = inputs.picture(content)
        size = x.shape[2:]
        parts = [Region(styles[0], inputs.disc(*size)), Region(styles[1], inputs.left(*size) * 0.8, alpha=0.6)]
        return stylize(x, parts, **options)

    return compute


def blend() -> list[tuple[Any, float]]:
    return [("scream", 0.3), ("irises", 0.5), (textured(), 1.2)]


def array(kind: type, alpha: bool = False) -> Compute:
    """A numpy array in, of a format, with transparency if wanted."""

    def compute() -> Tensor:
        deep = inputs.deep("photo").numpy()
        if alpha:
            opaque = (inputs.slope() * 65535).round().int().numpy()[:, :, None]
            deep = np.concatenate([deep, opaque], 2)
        x = deep.astype(np.uint16) if kind is np.uint16 else (deep / 65535).astype(np.float32)
        return stylize(x, "scream", alpha=0.8)

    return compute


def to_file() -> Tensor:
    """`stylize_to_file` writes 16 bits of 16, tile by tile."""
    with tempfile.TemporaryDirectory() as folder:
        x = inputs.deep("odd").numpy().astype(np.uint16)
        path = model().stylize_to_file(x, "irises", Path(folder) / "out.tif", tile=64, alpha=0.9)
        return read_deep(path)


def read_deep(path: Path) -> Tensor:
    """A TIFF of 16 bits as (H, W, 3) in [0, 1]."""
    x = tifffile.imread(path)
    assert x.dtype == np.uint16, f"{path.name} has {x.dtype}"
    return torch.from_numpy(x.astype(np.float64) / 65535).float()


def command(*options: str) -> Compute:
    """`adain stylize` on a file of 16 bits."""

    def compute() -> Tensor:
        from adain_core.cli import main

        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            tifffile.imwrite(folder / "photo.tif", inputs.deep("photo").numpy().astype(np.uint16), photometric="rgb")
            mask = (inputs.disc() * 65535).round().int().numpy().astype(np.uint16)
            tifffile.imwrite(folder / "mask.tif", mask, photometric="minisblack")
            words = [word.replace("FOLDER", name) for word in options]
            same = ["--device", "cpu", "--dtype", "float32", "-o", f"{name}/out.tif"]
            with mock.patch.object(sys, "argv", ["adain", "stylize", f"{name}/photo.tif", *words, *same]):
                try:
                    main()
                except SystemExit as end:
                    assert not end.code, f"adain {words} ended with {end.code}"
            return read_deep(folder / "out.tif")

    return compute


def style_of(mask: bool = False, texture: bool = False) -> Compute:
    def compute() -> dict[str, Tensor]:
        given = inputs.disc(30, 30) if mask else None
        return numbers(model().encode_style(painting(), mask=given, size=None, texture=texture))

    return compute


def strength() -> dict[str, Tensor]:
    """Arithmetic on styles: a mix, and a strength against the content's own statistics."""
    own = model().style_of(inputs.picture("photo"))
    mixed = Style.mix([model().style("scream"), textured()], [1, 3])
    return {f"{n}_{k}": v for n, s in {"mix": mixed, "weaker": mixed.strength(0.4, own)}.items()
            for k, v in numbers(s).items()}  # fmt: skip


def builtin() -> dict[str, Tensor]:
    """The mean of every built-in style's numbers: a model's own reading of each."""
    styles = [model().style(name) for name in sorted(builtin_styles())]
    return {"mean": torch.stack([s.mean.mean() for s in styles]), "std": torch.stack([s.std.mean() for s in styles])}


CASES: dict[str, Case] = {
    **cases(
        {
            "features": lambda: model().encode(inputs.picture("photo")),
            "decoded": lambda: model().decode(model().encode(inputs.picture("photo"))),
            "statistics": lambda: numbers(model().style_of(inputs.picture("odd"))),
            "statistics_batch": lambda: numbers(model().style_of(inputs.pair(), texture=True)),
            "style": style_of(),
            "style_mask": style_of(mask=True),
            "style_texture": style_of(texture=True),
            "style_mask_texture": style_of(mask=True, texture=True),
            "style_arithmetic": strength,
            "style_builtin": builtin,
            "whole": on("photo", "scream"),
            "whole_odd": on("odd", "scream"),
            "one_pixel": lambda: stylize(inputs.small(1, 1), "scream"),
            "few_pixels": lambda: stylize(inputs.small(7, 3), "irises"),
            "three_dimensions": lambda: stylize(inputs.picture("photo")[0], "scream", alpha=0.5),
            "tile_64": on("wide", "scream", tile=64),
            "tile_64_odd": on("odd", "irises", tile=64, alpha=0.6),
            "tile_32_odd": on("odd", "irises", tile=32, alpha=1.4),
            "alpha_0": on("photo", "scream", alpha=0.0),
            "alpha_0.6": on("photo", "scream", alpha=0.6),
            "alpha_1.4": on("photo", "scream", alpha=1.4),
            "blend": lambda: stylize(inputs.picture("photo"), blend(), alpha=0.9),
            "blend_tile": lambda: stylize(inputs.picture("wide"), blend(), tile=64),
            "picture": from_picture(lambda: inputs.picture("photo")),
            "batch": on_pair("scream", alpha=0.7),
            "batch_tile": on_pair("irises", tile=32),
            "array_16": array(np.uint16),
            "array_16_alpha": array(np.uint16, alpha=True),
            "array_float": array(np.float32),
            "to_file": to_file,
            "regions": regions("photo"),
            "regions_feather_background": regions("photo", feather=3.0, background="starry-night"),
            "regions_tile": regions("wide", feather=5.0, background="starry-night", tile=64, alpha=0.8),
            "regions_odd_tile": regions("odd", tile=32),
            "regions_blend": lambda: regions("photo", ([("scream", 1.0), ("kiss", 1.0)], "irises"))(),
            "regions_batch": lambda: stylize(
                inputs.pair(), [Region("scream", inputs.slope()), Region("irises", inputs.left())], background="kiss"
            ),
            "region_of_one_cell": lambda: stylize(
                inputs.picture("photo"), Region("scream", inputs.disc(radius=0.06)), background="irises"
            ),
            "regions_color": regions("photo", color="luminance-matched", background="kiss"),
            "command": command("-s", "scream:1", "-s", "irises:3", "--alpha", "0.8", "--color", "luminance"),
            "command_masks": command("--mask", "FOLDER/mask.tif=scream", "--background", "kiss", "--feather", "2",
                                     "--tile", "32"),
            **{f"color_{c}_style": on("photo", "scream", color=c, alpha=0.8) for c in COLORS},
            **{f"color_{c}_picture": from_picture(lambda: inputs.picture("photo"), color=c) for c in COLORS},
            **{f"color_{c}_style_tile": on("odd", "irises", color=c, tile=64) for c in COLORS},
            **{f"color_{c}_picture_tile": from_picture(lambda: inputs.picture("odd"), color=c, tile=64, alpha=1.2)
               for c in COLORS},
            **{f"color_{c}_batch": from_picture(inputs.pair, color=c) for c in ("eigen", "luminance-matched")},
            **{f"color_{c}_style_batch": on_pair("scream", color=c) for c in ("cholesky", "luminance-matched")},
        }
    ),
    **cases(
        {
            "refine_1": on("photo", "scream", refine=1),
            "refine_1_tile": on("wide", "scream", refine=1, tile=128),
            "refine_1_tile_odd": on("odd", "scream", refine=1, tile=64),
            "refine_regions": regions("photo", refine=1, background="kiss", feather=2.0),
            "refine_regions_tile": regions("wide", refine=1, tile=128),
            "refine_batch": on_pair("scream", refine=1),
            "texture": on("photo", "scream", refine=1, texture=1.0),
            "texture_picture": from_picture(lambda: inputs.picture("photo"), refine=1, texture=1.0),
            "texture_blend": lambda: stylize(inputs.picture("photo"), blend(), refine=1, texture=1.0),
            "texture_tile": on("wide", "scream", refine=1, texture=1.0, tile=128, alpha=0.8),
            "texture_regions": regions("photo", refine=1, texture=1.0, background="kiss"),
            "texture_regions_tile": regions("wide", refine=1, texture=1.0, background="kiss", feather=4.0, tile=128),
            "texture_batch": on_pair("scream", refine=1, texture=1.0, alpha=0.7),
            "texture_color": from_picture(lambda: inputs.picture("photo"), refine=1, texture=1.0, color="eigen"),
        },
        REFINED_ONCE,
    ),
    **cases(
        {
            "refine_2": on("photo", "irises", refine=2, alpha=0.7),
            "keep": on("photo", "scream", refine=1, keep=1.0),
            "keep_regions_tile": regions("wide", refine=1, texture=1.0, keep=1.0, background="kiss", tile=128),
            "texture_steps": on("photo", "irises", refine=2, texture=0.5, alpha=0.7),
            "texture_tile_steps": on("photo", "irises", refine=2, texture=1.0, tile=32),
        },
        REFINED_TWICE,
    ),
}  # fmt: skip
