"""What a CUDA card makes of the paper's network: time against the floor, engines, memory, 4K and 1080p video.

    python -m benchmarks.gpu [--only engines memory video] [--rounds 50] [--model vgg19]

Times of single pictures are medians of CUDA events. The floor of a picture is the larger of two: its multiplications
over the rate of a large matrix product or convolution on this card, and the bytes of weights and of every layer's
input and output, once each, over the rate of a large copy.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn

from adain_core import AdaIN, Style
from adain_core.engine import adain
from adain_core.styles.moments import share
from benchmarks.machine import print_table
from benchmarks.speed import convolutions, multiplications, plain_decoder, plain_encoder, plain_statistics
from training.losses import mean_std

EXAMPLES = Path(__file__).parent.parent / "examples"
SIZES = (512, 1024, 2048, 4096)


def event_seconds(function: Callable[[], object], rounds: int) -> float:
    """Median time of a call on the card."""
    for _ in range(3):
        function()
    times = []
    for _ in range(rounds):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        function()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end) / 1000)
    return sorted(times)[rounds // 2]


def peak_bytes(function: Callable[[], object]) -> float:
    """Largest memory taken on the card during a call, over what was taken before; NaN if it did not fit."""
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    try:
        function()
    except torch.cuda.OutOfMemoryError:
        return float("nan")
    torch.cuda.synchronize()
    return float(torch.cuda.max_memory_allocated() - before)


def rates(dtype: torch.dtype, rounds: int) -> tuple[float, float]:
    """Multiplications and bytes a second that this card reaches."""
    a, b = (torch.randn(8192, 8192, device="cuda", dtype=dtype) for _ in range(2))
    conv = nn.Conv2d(256, 256, 3, device="cuda", dtype=dtype).to(memory_format=torch.channels_last)
    x = torch.randn(8, 256, 258, 258, device="cuda", dtype=dtype).contiguous(memory_format=torch.channels_last)
    large = torch.empty(1 << 29, device="cuda", dtype=torch.uint8)
    product = 8192**3 / event_seconds(lambda: a @ b, rounds)
    convolution = 8 * 256 * 256 * 9 * 256 * 256 / event_seconds(lambda: conv(x), rounds)
    return max(product, convolution), 2 * large.numel() / event_seconds(large.clone, rounds)


def moved_bytes(model: AdaIN, size: int) -> float:
    """Bytes of weights and of each convolution's input and output for a picture of size x size, once each."""
    total = 0.0
    for _, conv, side, enlarged in convolutions(model.encoder, model.decoder, size):
        seen = side // 2 if enlarged else side
        values = seen**2 * conv.in_channels + side**2 * conv.out_channels + conv.weight.numel()
        total += values * model.dtype.itemsize
    return total


def repaint(model: AdaIN, x: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """The network with a cached style, (1, 512) each, on a picture whose sides are multiples of 8: nothing else."""
    f = model.encoder(x)
    content = Style(*share(*mean_std(f), model.encoder.phases))
    return model.decoder(adain.apply(f, adain.affine(content, Style(mean, std)))).float().clamp(0, 1)


def plain_port() -> Callable[[Tensor, Tensor], Tensor]:
    """The usual eager port in float32, style encoded each time."""
    encoder, decoder = plain_encoder().eval().cuda(), plain_decoder().eval().cuda()

    def run(x: Tensor, s: Tensor) -> Tensor:
        f, g = encoder(x), encoder(s)
        (mean, std), (style_mean, style_std) = plain_statistics(f), plain_statistics(g)
        return decoder((f - mean) / std * style_std + style_mean)

    return run


def floor_table(model: AdaIN, rounds: int, size: int = 512) -> float:
    """Print what a picture needs and what the card reaches.

    Returns:
        The floor in seconds.
    """
    with torch.backends.cudnn.flags(enabled=True, benchmark=True):
        rate, bandwidth = rates(model.dtype, rounds)
    work, moved = sum(multiplications(size).values()), moved_bytes(model, size)
    floor = max(work / rate, moved / bandwidth)
    rows: list[dict[str, object]] = [
        {"": "multiplications, G", "needed": work / 1e9, "a second": rate / 1e9, "ms": 1e3 * work / rate},
        {"": "bytes, GB", "needed": moved / 1e9, "a second": bandwidth / 1e9, "ms": 1e3 * moved / bandwidth},
    ]
    print_table(f"Floor of a {size}x{size} picture, style cached, {model.dtype}", rows)
    return floor


def as_graph(function: Callable[[], object]) -> Callable[[], object]:
    """A CUDA graph of a function without arguments: its kernels without Python between them."""
    function()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        function()
    return graph.replay


def engine_seconds(model: AdaIN, x: Tensor, style: Style, rounds: int) -> dict[str, float]:
    """Time of one picture (1, 3, H, W) by engine; NaN for one that fails, and why is printed."""
    dtype = str(model.dtype).removeprefix("torch.")
    half = x.to(model.dtype).contiguous(memory_format=torch.channels_last)
    mean, std = (t.view(1, -1).float() for t in (style.mean, style.std))
    torch._dynamo.reset()
    compiled = torch.compile(repaint)
    eager, fused = (partial(function, model, half, mean, std) for function in (repaint, compiled))
    engines: dict[str, Callable[[], Callable[[], object]]] = {
        "network alone": lambda: eager,
        "network alone, CUDA graph": lambda: as_graph(eager),
        "network alone, compiled": lambda: fused,
        "network alone, compiled, CUDA graph": lambda: as_graph(fused),
    }
    seconds = {f"stylize, {dtype}": event_seconds(partial(model.stylize, x, style, tile=None), rounds)}
    with torch.backends.cudnn.flags(enabled=True, benchmark=True):  # searched once a size
        for name, make in engines.items():
            try:
                seconds[f"{name}, {dtype}"] = event_seconds(make(), rounds)
            except (RuntimeError, torch._dynamo.exc.TorchDynamoException) as e:
                print(f"{name}, {dtype}: {type(e).__name__}: {str(e).strip().splitlines()[0]}")
                seconds[f"{name}, {dtype}"] = float("nan")
    return seconds


def engines_table(name: str, rounds: int, size: int = 512) -> None:
    """Print the time of one picture by engine and format, the plain port in the same run."""
    x, s = (torch.rand(1, 3, size, size, device="cuda") for _ in range(2))
    port = plain_port()
    seconds = {"plain eager float32 (TF32), style encoded each time": event_seconds(lambda: port(x, s), rounds)}
    floor = 0.0
    for dtype in ("float16", "bfloat16"):
        model = AdaIN.from_pretrained(name, device="cuda", dtype=dtype)
        floor = floor or (floor_table(model, rounds, size) if name == "vgg19" else 0.0)
        seconds |= engine_seconds(model, x, model.style_of(s), rounds)
    base = next(iter(seconds.values()))
    rows = [
        {"": key, "ms": 1e3 * t, "times as fast": base / t, "times the floor": t / floor if floor else ""}
        for key, t in seconds.items()
    ]
    print_table(f"One {size}x{size} picture, style cached, {name}", rows)


def memory_table(name: str) -> None:
    """Print the peak memory of one picture in one piece, and the plain port's."""
    model, port = AdaIN.from_pretrained(name, device="cuda"), plain_port()
    style = model.style("starry-night")
    rows = []
    for height, width in [(size, size) for size in SIZES] + [(2160, 3840)]:
        x = torch.rand(1, 3, height, width, device="cuda")
        ours = peak_bytes(partial(model.stylize, x, style, tile=None))
        plain = peak_bytes(partial(port, x, x[:, :, :512, :512]))
        seconds = event_seconds(partial(model.stylize, x, style, tile=None), 5)
        rows.append(
            {
                "picture": f"{width}x{height}",
                f"{name}, MiB": ours / 2**20,
                "plain port float32, MiB": plain / 2**20,
                "ms": 1e3 * seconds,
            }
        )
    print_table(f"Peak memory of one picture in one piece, over the weights, {name}, {model.dtype}", rows)


def make_video(path: Path, frames: int, height: int, width: int) -> None:
    """A camera that moves to the right over an enlarged photo, two pixels a frame."""
    import av

    photo = Image.open(EXAMPLES / "coffee.jpg").convert("RGB").resize((width + 2 * frames, height))
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=30, options={"crf": "18", "preset": "fast"})
        stream.height, stream.width, stream.pix_fmt = height, width, "yuv420p"
        for i in range(frames):
            out.mux(stream.encode(av.VideoFrame.from_image(photo.crop((2 * i, 0, 2 * i + width, height)))))
        out.mux(stream.encode(None))


def video_table(name: str, frames: int) -> None:
    """Print frames a second of a 1080p video from file to file."""
    from adain_core.video import stylize_video

    model = AdaIN.from_pretrained(name, device="cuda")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        make_video(clip, frames, 1080, 1920)
        for label, options in {"as it comes": {}, "frame by frame": {"steady": 0.0, "follow": 0.0}}.items():
            stylize_video(model, clip, Path(folder) / "warm.mp4", "starry-night", force=True, **options)  # type: ignore[arg-type]
            start = time.perf_counter()
            stylize_video(model, clip, Path(folder) / "out.mp4", "starry-night", force=True, **options)  # type: ignore[arg-type]
            seconds = time.perf_counter() - start
            rows.append({"1920x1080": label, "frames": frames, "seconds": seconds, "frames a second": frames / seconds})
    print_table(f"A video from file to file, {name}", rows)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    tables = ("engines", "memory", "video")
    parser.add_argument("--only", nargs="+", choices=tables, default=tables)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--frames", type=int, default=240)
    parser.add_argument("--model", default="vgg19")
    args = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit("benchmarks.gpu needs a CUDA card, and torch sees none here: benchmarks.speed measures a CPU")
    with torch.inference_mode():
        if "engines" in args.only:
            engines_table(args.model, args.rounds)
        if "memory" in args.only:
            memory_table(args.model)
        if "video" in args.only:
            video_table(args.model, args.frames)


if __name__ == "__main__":
    main()
