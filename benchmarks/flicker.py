"""How much a stylized video flickers: what changes from frame to frame that is not motion.

    python -m benchmarks.flicker                  # pans and zooms of photos, whose motion is known
    python -m benchmarks.flicker --clip FILE.mp4  # and a video, whose motion is estimated
    python -m benchmarks.flicker --nodes          # the nodes' frame modes, on a half that stands still

Flicker is the mean absolute difference, in 8-bit levels, of a frame and the one before it moved along the motion
of the content, where both show the same. "Sharpness" is the mean gradient, against frames stylized one by one.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from benchmarks.machine import print_table

EXAMPLES = Path(__file__).parent.parent / "examples"
STYLES = ("starry-night", "composition-viii", "scream")


@dataclass(frozen=True, eq=False)
class Clip:
    """Frames and how they move.

    Attributes:
        frames: (T, 3, H, W) in [0, 1].
        motion: (T - 1, H, W, 2): where each pixel of a frame was in the one before, x and y in pixels.
        same: (T - 1, H, W) bool: whether it was there at all.
    """

    frames: Tensor
    motion: Tensor
    same: Tensor


def warp(x: Tensor, motion: Tensor) -> Tensor:
    """Pictures (B, C, H, W) at the places (B, H, W, 2) in pixels, bilinear."""
    height, width = x.shape[2:]
    at = 2 * motion / torch.tensor([width - 1, height - 1]) - 1
    return F.grid_sample(x, at.to(x), align_corners=True, padding_mode="border")


def flicker(frames: Tensor, clip: Clip) -> float:
    """Mean absolute change along the motion, in 8-bit levels."""
    before = warp(frames[:-1], clip.motion)
    change = (frames[1:] - before).abs().mean(1)  # (T - 1, H, W)
    return float(change[clip.same].mean()) * 255


def sharpness(frames: Tensor) -> float:
    """Mean absolute difference of neighbouring pixels, in 8-bit levels."""
    return float(frames.diff(dim=2).abs().mean() + frames.diff(dim=3).abs().mean()) * 255 / 2


def photo(name: str) -> Tensor:
    """(1, 3, H, W) in [0, 1]."""
    pixels = np.asarray(Image.open(EXAMPLES / f"{name}.jpg").convert("RGB"))
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255


def pan(name: str, count: int, size: tuple[int, int], step: int = 4) -> Clip:
    """A camera that moves to the right over a photo by whole pixels: no pixel is interpolated."""
    (height, width), picture = size, photo(name)
    x = [step * i for i in range(count)]
    y = (picture.shape[2] - height) // 2
    frames = torch.cat([picture[:, :, y : y + height, a : a + width] for a in x])
    here = _grid(height, width)
    return Clip(frames, *_known((here + torch.tensor([step, 0.0])).expand(count - 1, -1, -1, -1), height, width))


def zoom(name: str, count: int, size: tuple[int, int], factor: float = 1.015) -> Clip:
    """A camera that moves towards the middle of a photo."""
    (height, width), picture = size, photo(name)
    middle = torch.tensor([(picture.shape[3] - 1) / 2, (picture.shape[2] - 1) / 2])
    centre = torch.tensor([(width - 1) / 2, (height - 1) / 2])
    scale = min(picture.shape[3] / width, picture.shape[2] / height) * 0.98
    here = _grid(height, width) - centre
    frames = torch.cat([warp(picture, (here * scale / factor**i + middle)[None]) for i in range(count)])
    return Clip(frames, *_known((here / factor + centre).expand(count - 1, -1, -1, -1), height, width))


def half_still(count: int, side: int) -> Clip:
    """A half that stands still beside one that pans: what the networks see of the first alone counts."""
    frames = still_half(count, side).permute(0, 3, 1, 2)
    height, width = frames.shape[2:]
    there, same = _known(_grid(height, width).expand(count - 1, -1, -1, -1), height, width)
    return Clip(frames, there, same & (torch.arange(width) < side - 72))


def video(path: Path, count: int, side: int) -> Clip:
    """A video's first frames; the motion is estimated (OpenCV's DIS), and counts where it leads back, too."""
    from itertools import islice, pairwise

    from adain_core.video import VideoReader

    with VideoReader(path, size=side, cuts=False) as reader:
        frames = torch.stack([f.pixels.permute(2, 0, 1).float() / 255 for f in islice(reader.frames(), count)])
    pairs = list(pairwise(frames))
    back = torch.stack([flow(b, a) for a, b in pairs])  # (T - 1, H, W, 2), from a frame to the one before
    forth = torch.stack([flow(a, b) for a, b in pairs])
    here = _grid(*frames.shape[2:])
    there = here + back
    returned = there + warp(forth.permute(0, 3, 1, 2), there).permute(0, 2, 3, 1)
    same = _known(there, *frames.shape[2:])[1] & ((returned - here).norm(dim=-1) < 1)
    return Clip(frames, there, same)


def flow(a: Tensor, b: Tensor) -> Tensor:
    """Where each pixel of a (3, H, W) is in b, relative, (H, W, 2), by OpenCV's DIS."""
    import cv2

    grey = [(x.mean(0) * 255).round().byte().numpy() for x in (a, b)]
    start = np.zeros((*grey[0].shape, 2), np.float32)
    found = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(grey[0], grey[1], start)
    return torch.from_numpy(found)


def followed(content: Tensor, stylized: Tensor, strength: float) -> Tensor:
    """Frames (T, 3, H, W) mixed along the motion."""
    from adain_core.video.blending import MotionBlend
    from adain_core.video.motion import Motion

    motion, blend = Motion(), MotionBlend(strength)
    return torch.stack([blend(x, y, motion(x, False)) for x, y in zip(content, stylized, strict=True)])


def still_half(frames: int = 16, side: int = 160) -> Tensor:
    """(T, side, 2 side, 3): a half that stands still, and one that pans over a photo."""
    still, wide = (photo(n)[0].permute(1, 2, 0) for n in ("chelsea", "coffee"))
    left, right = still[40 : 40 + side, 120 : 120 + side], wide[100 : 100 + side]
    step = (right.shape[1] - side) / (frames - 1)
    moving = [right[:, round(i * step) : round(i * step) + side] for i in range(frames)]
    return torch.stack([torch.cat([left, m], 1) for m in moving])


def nodes_table() -> Iterator[dict[str, object]]:
    """How much the still half changes with the nodes' frame modes."""
    import sys

    sys.path.append(str(Path(__file__).parent.parent / "tests"))
    from pack_under_test import PlainModel, part

    from adain_core import AdaIN

    library = AdaIN.from_pretrained(device="cpu", dtype="float32")
    networks = part("nodes.engine.features").Networks(library.encoder, library.decoder, library.device, torch.float32)
    model = PlainModel(networks, library.encoder_id)
    stylize, styles = part("nodes.engine.stylize").stylize, part("adain_core.styles.builtin").builtin_styles()
    frames = still_half()
    seen = frames.shape[1] - 72  # what the networks see of the still half alone
    for name in STYLES:
        row: dict[str, object] = {"style": name}
        for label, mode, sigma in (
            ("independent", "independent", 0.0), ("smooth 4", "smooth", 4.0), ("smooth 12", "smooth", 12.0),
            ("pool", "pool", 0.0),
        ):  # fmt: skip
            with torch.inference_mode():
                out = stylize(model, frames, styles[name], mode=mode, sigma=sigma)
            row[label] = float(out[:, :, :seen].diff(dim=0).abs().mean()) * 255
        yield row


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path, action="append", default=[], help="a video, besides the photos")
    parser.add_argument("--frames", type=int, default=20)
    parser.add_argument("--side", type=int, default=192, help="shorter side in pixels")
    parser.add_argument("--styles", nargs="+", default=list(STYLES))
    parser.add_argument("--save", type=Path, help="folder for pictures of three frames in a row, each way")
    parser.add_argument("--only", help="clips whose name holds this")
    parser.add_argument("--nodes", action="store_true")
    arguments = parser.parse_args()
    if arguments.nodes:
        print_table("Change of a still half from frame to frame, 8-bit levels", list(nodes_table()))
        return
    from adain_core import AdaIN
    from adain_core.video import FrameStylizer

    size = (arguments.side, arguments.side * 4 // 3)
    clips: dict[str, Callable[[], Clip]] = {
        "still beside a pan": lambda: half_still(arguments.frames, min(arguments.side, 160)),
        "pan over coffee": lambda: pan("coffee", arguments.frames, size),
        "zoom into astronaut": lambda: zoom("astronaut", arguments.frames, size),
        **{f"video {p.stem}": partial(video, p, arguments.frames, arguments.side) for p in arguments.clip},
    }
    model, rows = AdaIN.from_pretrained(), []
    for name, make in clips.items():
        if arguments.only and arguments.only not in name:
            continue
        clip = make()
        times = [i / 25 for i in range(len(clip.frames))]
        for style in arguments.styles:
            results = {}
            for steady in (0.0, 0.5, 2.0):
                stylizer = FrameStylizer(model, style, steady=steady, follow=0)
                batches = zip(clip.frames.split(4), [times[i : i + 4] for i in range(0, len(times), 4)], strict=True)
                results[steady] = torch.cat([stylizer(x, t) for x, t in batches])
            mixes = {s: followed(clip.frames, results[0.5], s) for s in (0.5, 0.7, 0.85)}
            row: dict[str, object] = {"clip": name, "style": style, "content": flicker(clip.frames, clip)}
            row |= {f"steady {s:g} s" if s else "frame-wise": flicker(y, clip) for s, y in results.items()}
            row |= {f"0.5 s, follow {s}": flicker(y, clip) for s, y in mixes.items()}
            base = sharpness(results[0.0])
            row |= {f"sharpness {s}": sharpness(y) / base for s, y in mixes.items()}
            rows.append(row)
            if arguments.save:
                _save(
                    arguments.save / f"{name}-{style}.png", [clip.frames, results[0.0], results[0.5], *mixes.values()]
                )
            print(row, flush=True)
    print_table(f"Flicker, 8-bit levels, {arguments.frames} frames of {size[1]}x{size[0]}", rows)


def _save(path: Path, ways: list[Tensor]) -> None:
    """The last three frames across, each way a row."""
    rows = [torch.cat(list(frames[-3:]), 2) for frames in ways]
    picture = (torch.cat(rows, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    Image.fromarray(picture).save(path)


def _grid(height: int, width: int) -> Tensor:
    """(H, W, 2): x and y of each pixel."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack([x, y], -1).float()


def _known(there: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
    """Places (B, H, W, 2), and which of them are in the picture."""
    inside = (there >= 0) & (there <= torch.tensor([width - 1.0, height - 1.0]))
    return there, inside.all(-1)


if __name__ == "__main__":
    main()
