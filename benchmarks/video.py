"""Frames a second of a whole video, against a plain loop, and how much of that the network is.

    python -m benchmarks.video [--frames 48] [--side 256] [--clip FILE.mp4]

The plain loop reads a frame, encodes the style, stylizes, writes, one after the other, in float32. "network alone"
has its frames in memory and writes nothing. "network busy" is the share of the time from the first batch's beginning to
the last one's end in which the network (with what follows the motion) is at work and does not wait for a frame.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import torch

from adain_core import AdaIN
from adain_core.video import FrameStylizer, VideoReader, transform_video
from benchmarks.flicker import pan
from benchmarks.machine import print_table

EXAMPLES = Path(__file__).parent.parent / "examples"


def make_clip(path: Path, frames: int, side: int) -> None:
    """A pan over a photo."""
    width = side * 4 // 3 // 2 * 2
    clip = pan("coffee", frames, (side, width), step=1)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "16"})
        stream.height, stream.width, stream.pix_fmt = side, width, "yuv420p"
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

    busy: dict[str, float] = {}

    def whole(model: AdaIN, name: str) -> None:
        stylizer = _Timed(model, style)
        transform_video(clip, folder / "out.mp4", stylizer, cuts=True, force=True)
        busy[name] = stylizer.inside / (stylizer.end - stylizer.start)

    names = [f"transform_video, {_name(model)}" for model in (plain, fast)]
    runs: dict[str, Callable[[], object]] = {
        "plain loop, float32": loop,
        f"network alone, {_name(plain)}": lambda: network(plain),
        names[0]: lambda: whole(plain, names[0]),
        f"network alone, {_name(fast)}": lambda: network(fast),
        names[1]: lambda: whole(fast, names[1]),
    }
    fast.stylize(frames[:1], style)  # warms up
    seconds, rows = {}, []
    for name, run in runs.items():
        start = time.perf_counter()
        run()
        seconds[name] = time.perf_counter() - start
    for name in runs:
        rows.append({
            "": name, "seconds": seconds[name], "frames a second": len(frames) / seconds[name],
            "times as fast": seconds["plain loop, float32"] / seconds[name],
            "network busy": f"{busy[name]:.1%}" if name in busy else "",
        })  # fmt: skip
    print_table(f"{len(frames)} frames of {frames.shape[3]}x{frames.shape[2]}", rows)


class _Timed(FrameStylizer):
    """Knows how long it worked."""

    inside, start, end = 0.0, 0.0, 0.0

    def __call__(
        self, frames: torch.Tensor, seconds: Sequence[float], fresh: Sequence[bool] | None = None
    ) -> torch.Tensor:
        """As it was."""
        begin = time.perf_counter()
        self.start = self.start or begin
        out = super().__call__(frames, seconds, fresh)
        self.end = time.perf_counter()
        self.inside += self.end - begin
        return out


def _name(model: object) -> str:
    return str(getattr(model, "dtype", "")).removeprefix("torch.")


if __name__ == "__main__":
    main()
