"""How much a still region flickers while the rest of a clip pans: mean absolute change from frame to frame.

    python docs/comfyui/flicker.py

The left part of every frame is the same photo; the right part moves over another one. AdaIN by each frame's own
statistics changes the colours of the left part as the right part moves.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]


SIDE = 160
"""Height of the clip, and half its width, in pixels."""


def clip(frames: int = 16, side: int = SIDE) -> Tensor:
    """(T, side, 2 side, 3): a still half, and one that pans over a photo."""
    still, wide = (np.asarray(Image.open(ROOT / "examples" / f"{n}.jpg").convert("RGB")) for n in ("chelsea", "coffee"))
    left = torch.from_numpy(still[40 : 40 + side, 120 : 120 + side].copy()).float() / 255
    right = torch.from_numpy(wide[100 : 100 + side].copy()).float() / 255  # (side, 600, 3)
    step = (right.shape[1] - side) / (frames - 1)
    moving = [right[:, round(i * step) : round(i * step) + side] for i in range(frames)]
    return torch.stack([torch.cat([left, m], 1) for m in moving])


def change(frames: Tensor, side: int = SIDE, margin: int = 72) -> float:
    """Mean absolute change from frame to frame, in 8-bit levels, of what the networks see of the still half alone."""
    still = frames[:, :, : side - margin]
    return float((still[1:] - still[:-1]).abs().mean()) * 255


def main() -> None:
    """Print a table."""
    from pack_under_test import PlainModel, part

    from adain_core import AdaIN

    library = AdaIN.from_pretrained(device="cpu", dtype="float32")
    networks = part("nodes.engine.features").Networks(library.encoder, library.decoder, library.device, torch.float32)
    model = PlainModel(networks, library.encoder_id)
    stylize, styles = part("nodes.engine.stylize").stylize, part("adain_core.library").builtin_styles()
    frames = clip()
    print(f"still region, {len(frames)} frames, mean absolute change per frame in 8-bit levels")
    print(f"{'style':22}{'independent':>13}{'smooth 4':>10}{'smooth 12':>11}{'pool':>8}")
    for name in ("starry-night", "composition-viii", "scream"):
        row = []
        for mode, sigma in (("independent", 0.0), ("smooth", 4.0), ("smooth", 12.0), ("pool", 0.0)):
            with torch.inference_mode():
                row.append(change(stylize(model, frames, styles[name], mode=mode, sigma=sigma)))
        print(f"{name:22}{row[0]:13.3f}{row[1]:10.3f}{row[2]:11.3f}{row[3]:8.3f}", flush=True)


if __name__ == "__main__":
    main()
