"""How fast training is: the loader alone, a whole step, and its share of the machine's measured matrix peak.

    python -m benchmarks.training_speed --crop 128 --batch 4 --precision bf16

Pictures are generated JPEG files, so that anybody can repeat it. A step is what training.train does: encode photo and
painting, decode, encode the result, go back through both networks, Adam. Its operations are counted by PyTorch.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from unittest.mock import patch

import numpy as np
import torch
import typer
from PIL import Image
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from adain_core.system.allocator import keep_freed_memory
from adain_core.system.device import cpu_gains_by_bfloat16
from adain_core.weights.catalog import find
from adain_core.weights.network_files import load_decoder, load_vgg
from benchmarks.machine import print_table
from training.data import Batches, Crops, open_sources, to_float
from training.loader import batch_loader
from training.losses import adain_target, content_loss, mean_std, style_loss

PRECISIONS = {"no": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
MATRIX = {"cpu": 2048, "cuda": 8192, "mps": 4096}  # edge of the matrices that the peak is measured with


def seconds_each(work: Callable[[], object], device: torch.device, least: float) -> float:
    """Time of one call: the mean of the faster half of three or more, `least` seconds in all, after a warm-up."""
    for _ in range(2):
        work()
    times: list[float] = []
    while len(times) < 3 or sum(times) < least:
        _wait(device)
        start = time.perf_counter()
        work()
        _wait(device)
        times.append(time.perf_counter() - start)
    return float(np.mean(sorted(times)[: max(1, len(times) // 2)]))


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def matrix_peak(device: torch.device, dtype: torch.dtype, least: float) -> float:
    """Operations a second of a large square matrix product."""
    edge = MATRIX[device.type]
    a, b = (torch.randn(edge, edge, device=device, dtype=dtype) for _ in range(2))
    return 2 * edge**3 / seconds_each(lambda: a @ b, device, least)


def main(
    crop: Annotated[int, typer.Option(help="pixels a side")] = 256,
    batch: Annotated[int, typer.Option(help="pairs a step")] = 8,
    precision: Annotated[str, typer.Option(help="no, bf16, fp16; auto: what training takes")] = "auto",
    workers: Annotated[int, typer.Option(help="of the loader")] = 2,
    least: Annotated[float, typer.Option(help="seconds each figure is measured for")] = 10.0,
    compile: Annotated[bool, typer.Option("--compile", help="compile the networks")] = False,
    pictures: Annotated[int, typer.Option(help="generated pictures a side")] = 64,
) -> None:
    """Print the table."""
    keep_freed_memory()  # as training does
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if precision == "auto":
        precision = "bf16" if device.type == "cuda" or cpu_gains_by_bfloat16() else "no"
    dtype = PRECISIONS[precision]
    encoder = load_vgg(find("vgg19")).to(device, dtype)
    decoder = load_decoder(find("vgg19-decoder")).to(device).train()
    adam = torch.optim.Adam(decoder.parameters(), lr=0.0)
    encode: Callable[[Tensor], Tensor] = encoder.forward
    taps_of: Callable[[Tensor], list[Tensor]] = encoder.taps
    decode: Callable[[Tensor], Tensor] = decoder.forward
    if compile:
        encode, taps_of, decode = torch.compile(encode), torch.compile(taps_of), torch.compile(decode)

    with tempfile.TemporaryDirectory() as temporary:
        photos, paintings = (generate(Path(temporary) / side, pictures, seed) for seed, side in enumerate("ab"))
        rows: list[tuple[str, str]] = []
        for cache in (None, Path(temporary) / "cache"):
            batches = Batches(*open_sources(photos, paintings, cache, 512), Crops(crop, 512), batch=batch, seed=0)
            rate = _loader_rate(batches, workers, least)
            rows.append(
                (f"loader alone, {'cached' if cache else 'from JPEG'}, {workers} workers", f"{rate:.1f} pairs/s")
            )
        pair = batches[0]
    content, style = (to_float(pair[side], device, dtype) for side in ("content", "style"))

    def step() -> None:
        with torch.no_grad():
            wanted = [mean_std(tap) for tap in taps_of(style)]
            target = adain_target(encode(content), *wanted[-1])
        with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
            out = decode(target.to(dtype))
        taps = taps_of(out.to(dtype))
        (content_loss(taps[-1], target) + 10 * style_loss(taps, wanted)).backward()
        adam.step()
        adam.zero_grad(set_to_none=True)

    # Of plain sums: on a CPU in float32 fewer are done (networks/winograd.py), the share may exceed 100%.
    with FlopCounterMode(display=False) as counter, patch("adain_core.networks.conv.pays", return_value=False):
        step()
    operations = counter.get_total_flops()
    seconds, peak = seconds_each(step, device, least), matrix_peak(device, dtype, least)
    rows += [
        ("step", f"{batch / seconds:.1f} pairs/s ({seconds * 1000:.0f} ms)"),
        ("operations a step, by plain sums", f"{operations / 1e9:.0f} GFLOP"),
        ("matrix peak, measured", f"{peak / 1e9:.0f} GFLOP/s"),
        ("share of the peak", f"{operations / seconds / peak:.0%}"),
    ]
    table: list[dict[str, object]] = [{"what": what, "measured": measured} for what, measured in rows]
    print_table(f"Training, {batch} pairs of {crop} px, precision {precision}{', compiled' if compile else ''}", table)


def generate(folder: Path, count: int, seed: int) -> Path:
    """JPEG files of 512 x 640 with detail at all scales."""
    folder.mkdir()
    rng = np.random.default_rng(seed)
    for i in range(count):
        picture = np.zeros((512, 640, 3))
        for cells in (4, 16, 64, 256):
            noise = Image.fromarray(rng.integers(0, 255, (cells, cells, 3), dtype=np.uint8))
            picture += np.asarray(noise.resize((640, 512), Image.Resampling.BICUBIC), float) / 4
        Image.fromarray(picture.astype(np.uint8)).save(folder / f"{i}.jpg", quality=90)
    return folder


def _loader_rate(batches: Batches, workers: int, least: float) -> float:
    """Pairs a second once the workers run."""
    loader = iter(batch_loader(batches, range(1_000_000), workers=workers, pin=False))
    for _ in range(2 * max(1, workers)):
        next(loader)
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < least:
        next(loader)
        count += batches.batch
    return count / (time.perf_counter() - start)


if __name__ == "__main__":
    typer.run(main)
