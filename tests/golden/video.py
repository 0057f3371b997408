"""Frames that belong together: `adain_core.video`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from adain_core import Region
from adain_core.video import FrameStylizer, KeyFrames, stylize_frames

from . import inputs, library, lite
from .case import Case, Compute, cases

RATE = 4.0


def frames(style: Any, *, small: bool = False, cuts: bool = False, **options: Any) -> Compute:
    """Frames one by one, at four a second."""

    def compute() -> Tensor:
        network = lite.model() if small else library.model()
        given = {"tile": None, "steady": 0.0, "follow": 0.0, **options}
        return torch.stack(list(stylize_frames(network, video(cuts), style, rate=RATE, cuts=cuts, **given)))

    return compute


def video(cut: bool = False) -> Tensor:
    """Four frames; with a cut, their negatives after them."""
    x = inputs.video()
    return torch.cat([x, 1 - x.flip(0)]) if cut else x


def masks(**options: Any) -> Compute:
    size = (40, 56)
    return lambda: frames(
        [
            Region("scream", inputs.disc(*size)),
            Region("irises", inputs.slope(*size), alpha=KeyFrames((0, 0.75), (0, 1))),
        ],
        **options,
    )()


def video_of_masks() -> Tensor:
    """A mask that moves, from a video without loss at another rate than the frames'."""
    import av

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mask.mkv"
        with av.open(str(path), "w") as out:
            stream = out.add_stream("ffv1", rate=2)
            stream.width, stream.height, stream.pix_fmt = 56, 40, "bgr0"
            for mask in inputs.discs(3):
                x = (mask * 255).round().byte()[:, :, None].expand(-1, -1, 3).contiguous().numpy()
                out.mux(stream.encode(av.VideoFrame.from_ndarray(x, "rgb24").reformat(format="bgr0")))
            out.mux(stream.encode())
        style = FrameStylizer(
            library.model(), [Region("scream", str(path))], background="irises", feather=2.0, tile=None, follow=0.0
        )
        out_frames = torch.stack(list(stylize_frames(library.model(), video(), style, rate=RATE)))
        style.close()
    return out_frames


def batches(**options: Any) -> Compute:
    """The stylizer itself: two frames at once, the third a new scene, with what is remembered carried over by hand."""

    def compute() -> Tensor:
        given = {"tile": None, **options}
        first = FrameStylizer(library.model(), "scream", **given)
        x = video()
        start = first(x[:2], [0.0, 0.25])
        second = FrameStylizer(library.model(), "scream", **given)
        second.restore({name: state.clone() for name, state in first.state().items()})
        return torch.cat([start, second(x[2:], [0.5, 0.75], [options.get("steady") == 0.5, False])])

    return compute


FADE = KeyFrames((0.0, 0.5), (0.2, 1.2))

CASES: dict[str, Case] = cases(
    {
        "single": frames("scream"),
        "steady": frames("scream", steady=0.5),
        "follow": frames("scream", follow=0.7),
        "steady_follow": frames("irises", steady=1.0, follow=0.7),
        "cut": frames("scream", steady=1.0, follow=0.7, cuts=True),
        "tile": frames("scream", steady=0.5, tile=32),
        "alpha_keys": frames("scream", alpha=FADE, steady=0.5),
        "weight_keys": frames([("scream", FADE), ("irises", 1.0)], steady=0.5),
        "masks": masks(steady=0.5),
        "masks_background": masks(steady=0.5, background="kiss", feather=3.0, tile=32),
        "masks_film": video_of_masks,
        "color_eigen": frames("scream", steady=0.5, color="eigen"),
        "color_luminance": frames("scream", steady=0.5, color="luminance"),
        "color_luminance-matched": frames("scream", steady=0.5, color="luminance-matched"),
        "batches": batches(follow=0.0, steady=0.0),
        "batches_steady": batches(follow=0.0, steady=1.0),
        "batches_fresh": batches(steady=0.5),
        "lite": frames("scream", small=True, steady=0.5, follow=0.7),
        "lite_masks": masks(small=True, steady=0.5, background="kiss"),
    }
)
