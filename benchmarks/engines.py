"""The same picture by other engines: is one faster than PyTorch as we drive it?

    python -m benchmarks.engines [--size 512] [--rounds 5] [--model vgg19] [--compile]

ONNX Runtime and OpenVINO run the file that `adain export stylize` writes (they are skipped, and say so, where they are
not installed). Every engine gets the content as numbers and the style as statistics, and gives the picture.
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from adain_core import AdaIN
from adain_core.onnx_export import export_onnx
from adain_core.system.allocator import keep_freed_memory
from benchmarks.machine import median_seconds, print_table


def onnxruntime_engine(path: Path, feeds: dict[str, np.ndarray]) -> Callable[[], np.ndarray]:
    """ONNX Runtime on the CPU, as many threads as PyTorch has."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, feeds)[0]


def openvino_engine(path: Path, feeds: dict[str, np.ndarray], precision: str) -> Callable[[], np.ndarray]:
    """OpenVINO on the CPU, computing in f32 or bf16, shapes fixed before compiling."""
    import openvino

    core = openvino.Core()
    model = core.read_model(path)
    model.reshape({name: list(x.shape) for name, x in feeds.items()})
    hints = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    compiled = core.compile_model(model, "CPU", {**hints, "INFERENCE_NUM_THREADS": torch.get_num_threads()})
    return lambda: compiled(feeds)[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--model", default="vgg19")
    parser.add_argument("--compile", action="store_true", help="also torch.compile (takes minutes to start)")
    args = parser.parse_args()
    keep_freed_memory()  # as the adain command does

    exact = AdaIN.from_pretrained(args.model, device="cpu", dtype="float32")
    rng = torch.Generator().manual_seed(0)
    x = torch.rand(1, 3, args.size, args.size, generator=rng)
    style = exact.style_of(torch.rand(1, 3, 256, 256, generator=rng))
    functions: dict[str, Callable[[], np.ndarray]] = {
        "adain_core float32": lambda: exact.stylize(x, style, tile=None).numpy()
    }
    if AdaIN.from_pretrained(args.model, device="cpu").dtype == torch.bfloat16:
        half = AdaIN.from_pretrained(args.model, device="cpu", dtype="bfloat16")
        functions["adain_core bfloat16"] = lambda: half.stylize(x, style, tile=None).numpy()
    if args.compile:
        compiled = AdaIN.from_pretrained(args.model, device="cpu", dtype="float32")
        compiled.encoder.compile()
        compiled.decoder.compile()
        functions["adain_core float32, torch.compile"] = lambda: compiled.stylize(x, style, tile=None).numpy()
    with tempfile.TemporaryDirectory() as folder:
        path = export_onnx(exact, "stylize", Path(folder) / "stylize.onnx")
        vector = torch.stack([style.mean, style.std]).reshape(2, -1).numpy()
        feeds = {"content": x.numpy(), "style": vector, "alpha": np.ones(1, np.float32)}
        engines = {
            "onnxruntime float32": ("onnxruntime", lambda: onnxruntime_engine(path, feeds)),
            "openvino float32": ("openvino", lambda: openvino_engine(path, feeds, "f32")),
            "openvino bfloat16": ("openvino", lambda: openvino_engine(path, feeds, "bf16")),
        }
        for name, (package, build) in engines.items():
            if importlib.util.find_spec(package):
                functions[name] = build()
            else:
                print(f"{name} is left out: {package} is not installed")
        with torch.inference_mode():
            wanted = functions["adain_core float32"]()
            off = {name: float(np.abs(function() - wanted).max()) for name, function in functions.items()}
            seconds = median_seconds(functions, args.rounds, settle=True)
    base = seconds["adain_core float32"]
    rows = [
        {"": name, "seconds": t, "times as fast": base / t, "largest difference": off[name]}
        for name, t in seconds.items()
    ]
    print_table(f"One {args.size}x{args.size} picture, style cached", rows)


if __name__ == "__main__":
    main()
