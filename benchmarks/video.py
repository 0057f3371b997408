"""Frames a second of a whole film, against a plain loop, and how much of that the network is.

    python -m benchmarks.video [--frames 48] [--side 256] [--clip FILE.mp4]

The plain loop reads a frame, encodes the style, stylizes, writes, one after the other, in float32. "network alone"
has its frames in memory: the share it has of a run's time is what reading and writing leave to it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import torch

from benchmarks.flicker import pan
from benchmarks.machine import print_table

EXAMPLES = Path(__file__).parent.parent / "examples"


def make_clip(path: Path, frames: int, side: int) -> None:
    """A pan over a photo."""
    import av

    clip = pan("coffee", frames, (side, side * 4 // 3), step=1)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "16"})
        stream.height, stream.width, stream.pix_fmt = side, side * 4 // 3, "yuv420p"
        for i, x in enumerate(clip.frames):
            frame = av.VideoFrame.from_ndarray((x * 255).byte().permute(1, 2, 0).contiguous().numpy(), "rgb24")
            frame.pts, frame.time_base = i, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path)
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--side", type=int, default=256)
    arguments = parser.parse_args()

    import av

    from adain_core import AdaIN
    from adain_core.video import FrameStylizer, VideoReader, stylize_video

    style, folder = EXAMPLES / "coffee.jpg", Path(tempfile.mkdtemp())
    clip = arguments.clip or folder / "clip.mp4"
    if arguments.clip is None:
        make_clip(clip, arguments.frames, arguments.side)
    plain, fast = AdaIN.from_pretrained(dtype="float32"), AdaIN.from_pretrained()
    with VideoReader(clip, cuts=False) as reader:
        frames = torch.stack([f.pixels for f in reader.frames()]).permute(0, 3, 1, 2).float() / 255  # (T, 3, H, W)

    def loop() -> None:
        with av.open(str(clip)) as source, av.open(str(folder / "loop.mp4"), "w") as out:
            stream = out.add_stream("libx264", rate=25, options={"crf": "18"})
            stream.height, stream.width, stream.pix_fmt = *frames.shape[2:], "yuv420p"
            for frame in source.decode(video=0):
                x = torch.from_numpy(frame.to_ndarray(format="rgb24")).permute(2, 0, 1)[None].float() / 255
                y = plain.stylize(x, style)[0].permute(1, 2, 0)
                out.mux(stream.encode(av.VideoFrame.from_ndarray((y * 255).byte().contiguous().numpy(), "rgb24")))
            out.mux(stream.encode(None))

    def network(model: AdaIN) -> None:
        stylizer = FrameStylizer(model, style)
        size = stylizer.batch_size(*frames.shape[2:])
        for i in range(0, len(frames), size):
            part = frames[i : i + size]
            stylizer(part, [(i + k) / 25 for k in range(len(part))])

    def whole(model: AdaIN) -> None:
        stylize_video(model, clip, folder / "out.mp4", style, force=True)

    runs: dict[str, tuple[Callable[[], object], str]] = {
        "plain loop, float32": (loop, ""),
        "network alone, float32": (lambda: network(plain), ""),
        "stylize_video, float32": (lambda: whole(plain), "network alone, float32"),
        f"network alone, {_name(fast)}": (lambda: network(fast), ""),
        f"stylize_video, {_name(fast)}": (lambda: whole(fast), f"network alone, {_name(fast)}"),
    }
    fast.stylize(frames[:1], style)  # warms up
    seconds, rows = {}, []
    for name, (run, _) in runs.items():
        start = time.perf_counter()
        run()
        seconds[name] = time.perf_counter() - start
    for name, (_, alone) in runs.items():
        rows.append({
            "": name, "seconds": seconds[name], "frames a second": len(frames) / seconds[name],
            "times as fast": seconds["plain loop, float32"] / seconds[name],
            "network's share": f"{seconds[alone] / seconds[name]:.0%}" if alone else "",
        })  # fmt: skip
    print_table(f"{len(frames)} frames of {frames.shape[3]}x{frames.shape[2]}", rows)


def _name(model: object) -> str:
    return str(getattr(model, "dtype", "")).removeprefix("torch.")


if __name__ == "__main__":
    main()
