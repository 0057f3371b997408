"""ONNX files of the networks: plain operators only, any height and width, checked against PyTorch."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .errors import AdaINError
from .networks.conv import ConvBlock, reflect_conv2d, subpixel_kernels
from .networks.vgg import STRIDE
from .styles.moments import EPS, share
from .styles.style import Style
from .system.atomic_files import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .model import AdaIN
    from .networks.architectures import Encoder

NetworkPart = Literal["encoder", "decoder", "stylize"]
PARTS: tuple[NetworkPart, ...] = ("encoder", "decoder", "stylize")
SMALLEST = 2 * STRIDE
"""Pixels a side that an exported network takes at least: reflection needs two cells."""

CHECKED_SIZES = ((64, 64), (16, 24), (200, 136), (128, 320), (256, 256))
"""Heights and widths that a file is compared with PyTorch at."""

TOLERANCE = 1e-3
"""Largest difference allowed, as a share of the largest value."""


class PlainBlock(nn.Module):
    """A :class:`ConvBlock` in operators that every runtime has: no bands, no writing into slices."""

    def __init__(self, block: ConvBlock) -> None:
        super().__init__()
        self.block = block
        first: nn.Conv2d = getattr(block, block.names[0])
        if block.upsample:  # output phases as channels, phases last: what DepthToSpace (CRD) wants
            kernels = subpixel_kernels(first.weight.detach().float()).unflatten(0, (4, -1))  # (4, C, Cin, 2, 2)
            self.kernels = nn.ParameterList(list(kernels.contiguous()))

    def forward(self, x: Tensor) -> Tensor:
        """As :meth:`ConvBlock.forward`."""
        block = self.block
        for i, name in enumerate(block.names):
            conv: nn.Conv2d = getattr(block, name)
            x = self._upsampled(x, conv) if block.upsample and i == 0 else reflect_conv2d(x, conv.weight, conv.bias)
            if block.last_relu or i + 1 < len(block.names):
                x = F.relu(x)
        return F.max_pool2d(x, 2) if block.pool else x

    def _upsampled(self, x: Tensor, conv: nn.Conv2d) -> Tensor:
        x = F.pad(x, (1, 1, 1, 1), mode="replicate")  # (B, Cin, h + 2, w + 2)
        phases = []
        for number, kernel in enumerate(self.kernels):
            dy, dx = divmod(number, 2)
            window = x[:, :, dy : -1 if dy == 0 else None, dx : -1 if dx == 0 else None]
            phases.append(F.conv2d(window, kernel, conv.bias))  # (B, C, h, w)
        return F.pixel_shuffle(torch.stack(phases, 2).flatten(1, 2), 2)  # (B, C, 2h, 2w)


def plain(network: nn.Module) -> nn.Module:
    """The network with every :class:`ConvBlock` in plain operators; one without any as it is."""
    blocks = list(network.children())
    if not all(isinstance(block, ConvBlock) for block in blocks):
        return network
    return nn.Sequential(*(PlainBlock(block) for block in blocks if isinstance(block, ConvBlock)))


class EncoderGraph(nn.Module):
    """``picture`` (B, 3, H, W) in [0, 1], multiples of 8, to ``features`` (B, 512, H/8, W/8)."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.network = plain(encoder)

    def forward(self, picture: Tensor) -> Tensor:
        """Features of a picture."""
        return self.network(picture)


class DecoderGraph(nn.Module):
    """``features`` (B, 512, h, w) to ``picture`` (B, 3, 8h, 8w) in [0, 1]."""

    def __init__(self, decoder: nn.Module) -> None:
        super().__init__()
        self.network = plain(decoder)

    def forward(self, features: Tensor) -> Tensor:
        """Picture of features."""
        return self.network(features).clamp(0, 1)


class StylizeGraph(nn.Module):
    """``content`` (1, 3, H, W), ``style`` (2, 512) and ``alpha`` (1,) to ``picture`` (1, 3, H, W)."""

    def __init__(self, encoder: Encoder, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder, self.phases = EncoderGraph(encoder), DecoderGraph(decoder), encoder.phases

    def forward(self, content: Tensor, style: Tensor, alpha: Tensor) -> Tensor:
        """The content in the style: arXiv 1703.06868, eq. 8 and 14, the strength as a mix of statistics."""
        height, width = content.shape[2:]
        whole = F.pad(content, (0, -width % STRIDE, 0, -height % STRIDE), mode="reflect")
        f = self.encoder(whole)
        mean = f.mean((2, 3))  # (1, 512)
        away = f - mean[:, :, None, None]
        mean, std = share(mean, (away * away).mean((2, 3)).add(EPS).sqrt(), self.phases)
        scale = (alpha * style[1] + (1 - alpha) * std) / std  # (1, 512)
        shift = alpha * style[0] + (1 - alpha) * mean - mean * scale
        picture = self.decoder(f * scale[:, :, None, None] + shift[:, :, None, None])
        return picture[:, :, :height, :width]


def export_onnx(model: AdaIN, part: NetworkPart, path: str | Path, *, opset: int = 18) -> Path:
    """Write a network as one ONNX file with dynamic height and width, in float32.

    Args:
        model: encoder and decoder, float32 on the CPU.
        part: "encoder" (picture to features), "decoder" (features to picture) or "stylize" (content, style and
            alpha to picture; the style is mean and std, (2, 512), as ``Style`` has them).
        path: the file.
        opset: version of the operators.

    Returns:
        The path.

    Raises:
        AdaINError: packages are missing, no such part, or the model is not in float32 on the CPU.
    """
    if part not in PARTS:
        raise AdaINError(f"part is {part!r}: give one of {', '.join(PARTS)}")
    if model.dtype != torch.float32 or model.device.type != "cpu":
        raise AdaINError(f"export is from float32 on the CPU, this model is {model.dtype} on {model.device}")
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as e:
        raise AdaINError(f"export needs {e.name}: pip install 'adain-style-transfer[onnx]'") from e
    graph = graph_of(model, part).eval().requires_grad_(False)
    inputs = example(part, 64, 96, model)
    height, width = torch.export.Dim("height", min=2), torch.export.Dim("width", min=2)
    cells = {2: height, 3: width}
    if part == "encoder":
        shapes: tuple[Any, ...] = ({2: STRIDE * height, 3: STRIDE * width},)
    elif part == "decoder":
        shapes = (cells,)
    else:
        sides = {i: torch.export.Dim(n, min=SMALLEST) for i, n in ((2, "height"), (3, "width"))}
        shapes = (sides, None, None)
    names = {"encoder": ["picture"], "decoder": ["features"], "stylize": ["content", "style", "alpha"]}[part]
    path = Path(path)
    with replacing(path) as temporary, _quiet():
        torch.onnx.export(
            graph, inputs, str(temporary), dynamo=True, opset_version=opset, external_data=False,
            dynamic_shapes=shapes, input_names=names, output_names=["features" if part == "encoder" else "picture"],
            verbose=False,
        )  # fmt: skip
        _describe(temporary, model, part)
    return path


def check_onnx(
    model: AdaIN, part: NetworkPart, path: str | Path, sizes: Sequence[tuple[int, int]] = CHECKED_SIZES
) -> float:
    """Run a file in onnxruntime and compare it with PyTorch at several sizes.

    Returns:
        The largest difference, as a share of the largest value.

    Raises:
        AdaINError: onnxruntime is missing, or the file differs by more than TOLERANCE.
    """
    try:
        import onnxruntime
    except ImportError as e:
        raise AdaINError("checking needs onnxruntime: pip install 'adain-style-transfer[onnx]'") from e
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for height, width in sizes:
        if part != "stylize":
            height, width = height // STRIDE * STRIDE, width // STRIDE * STRIDE
        inputs = example(part, height, width, model)
        feeds = {node.name: x.numpy() for node, x in zip(session.get_inputs(), inputs, strict=True)}
        [found] = session.run(None, feeds)
        wanted = reference(model, part, inputs).numpy()
        if found.shape != wanted.shape:
            raise AdaINError(f"{path} gives {found.shape} at {height}x{width}, PyTorch {wanted.shape}")
        worst = max(worst, float(np.abs(found - wanted).max() / np.abs(wanted).max()))
    if not worst <= TOLERANCE:
        raise AdaINError(f"{path} differs from PyTorch by {worst:.2g} of the largest value: more than {TOLERANCE}")
    return worst


def graph_of(model: AdaIN, part: NetworkPart) -> nn.Module:
    """The module that is exported."""
    if part == "encoder":
        return EncoderGraph(model.encoder)
    return DecoderGraph(model.decoder) if part == "decoder" else StylizeGraph(model.encoder, model.decoder)


def example(part: NetworkPart, height: int, width: int, model: AdaIN) -> tuple[Tensor, ...]:
    """Inputs of a part for a picture of this size: soft noise, and the statistics of other noise as the style."""
    rng = torch.Generator("cpu").manual_seed(0)
    picture = F.interpolate(
        torch.rand(1, 3, max(2, height // 8), max(2, width // 8), generator=rng, device="cpu"),
        (height, width),
        mode="bicubic",
    ).clamp(0, 1)
    if part == "encoder":
        return (picture,)
    if part == "decoder":
        return (reference(model, "encoder", (picture,)),)
    style = model.style_of(torch.rand(1, 3, 64, 64, generator=rng, device="cpu"))
    return picture, torch.stack([style.mean, style.std]), torch.tensor([0.7], device="cpu")


def reference(model: AdaIN, part: NetworkPart, inputs: tuple[Tensor, ...]) -> Tensor:
    """What the library itself gives for the same inputs."""
    if part == "encoder":
        return model.encode(inputs[0]).contiguous()
    if part == "decoder":
        return model.decode(inputs[0]).contiguous()
    content, (mean, std), alpha = inputs
    return model.stylize(content, Style(mean, std, encoder=model.encoder_id), alpha=float(alpha), tile=None)


def _describe(path: Path, model: AdaIN, part: NetworkPart) -> None:
    """Write into the file what it is and which encoder its styles must be of."""
    import onnx

    proto = onnx.load(str(path))
    facts = {**{k: model.info.get(k, "") for k in ("licence", "origin")}, "encoder": model.encoder_id, "part": part}
    onnx.helper.set_model_props(proto, facts)
    onnx.checker.check_model(proto)
    onnx.save(proto, str(path))


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's chatter; errors still come."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
