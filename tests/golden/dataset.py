"""Jobs over folders of pictures: `adain_core.dataset`, in the calling process."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
import torch
from torch import Tensor

from adain_core.dataset import JobOptions, stylize_dataset

from . import inputs, library
from .case import Case, Compute, cases

SIZES = ((24, 40), (40, 24), (33, 40), (17, 24), (24, 40), (35, 37), (40, 20))
"""Of the pictures: the first and fifth are of one size; the third and sixth have as many cells in other sizes."""


def job(paintings: bool = False, **options: Any) -> Compute:
    """A job in three styles a picture; files of 16 bits, so that little is lost."""

    def compute() -> dict[str, Tensor]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            source = inputs.deep("odd")
            for i, (height, width) in enumerate(SIZES):
                write(folder / "in" / f"class{i % 2}" / f"{i}.tif", source[4 * i :][:height, 7 * i : 7 * i + width])
            if paintings:
                for style in ("painting", "drawing", "other"):
                    write(folder / "styles" / f"{style}.tif", inputs.deep(style))
            given = {"per_picture": 3, "alpha": (0.4, 1.2), "seed": 5, "dtype": "float32", "batch": 3, **options}
            styles = folder / "styles" if paintings else "builtin"
            report = stylize_dataset(
                folder / "in", styles, folder / "out", JobOptions(**given), workers=0, device="cpu"
            )
            assert report.made == report.results == 3 * len(SIZES) and not report.failed
            return gathered(folder / "out")

    return compute


def write(path: Path, pixels: Tensor) -> None:
    """A TIFF of 16 bits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, pixels.contiguous().numpy().astype(np.uint16), photometric="rgb")


def gathered(out: Path) -> dict[str, Tensor]:
    """All results in the order of the manifest in one row of pixels, and the strengths and styles that were drawn."""
    rows = [json.loads(line) for line in (out / ".adain-manifest.jsonl").read_text().splitlines()]
    pictures = [library.read_deep(out / row["output"]) for row in rows]
    drawn = "\n".join(f"{row['output']} {row['style']} {' '.join(map(str, picture.shape))}"
                      for row, picture in zip(rows, pictures, strict=True))  # fmt: skip
    return {
        "pictures": torch.cat([picture.reshape(1, -1, 3) for picture in pictures], 1),
        "alphas": torch.tensor([row["alpha"] for row in rows]),
        "names": torch.tensor(list(drawn.encode())).float(),
    }


CASES: dict[str, Case] = cases(
    {
        "builtin": job(),
        "paintings": job(paintings=True),
        "crop": job(crop=True, per_picture=3, seed=6),
        "lite": job(model="lite"),
        **{f"color_{color}": job(color=color) for color in ("cholesky", "luminance", "luminance-matched")},
    }
)
