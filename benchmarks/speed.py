"""How fast one picture is, against a plain eager AdaIN that encodes the style each time.

    python -m benchmarks.speed [--size 512] [--rounds 7] [--compile]

The plain side is what the popular port does: NCHW, separate padding, convolution and ReLU modules, upsampling before
the convolution, content and style encoded for every picture.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn

from adain_core import AdaIN
from adain_core.networks.conv import ConvBlock
from adain_core.system.allocator import keep_freed_memory
from benchmarks.machine import median_seconds, print_table


def padded(cin: int, cout: int) -> list[nn.Module]:
    return [nn.ReflectionPad2d(1), nn.Conv2d(cin, cout, 3), nn.ReLU()]


def plain_encoder() -> nn.Sequential:
    """The usual nn.Sequential, with a 1x1 preprocessing layer."""
    pool = nn.MaxPool2d(2, 2, ceil_mode=True)
    return nn.Sequential(
        nn.Conv2d(3, 3, 1), *padded(3, 64), *padded(64, 64), pool, *padded(64, 128), *padded(128, 128), pool,
        *padded(128, 256), *padded(256, 256), *padded(256, 256), *padded(256, 256), pool, *padded(256, 512),
    )  # fmt: skip


def plain_decoder() -> nn.Sequential:
    """The usual nn.Sequential, nearest upsampling before the convolution."""
    up = nn.Upsample(scale_factor=2, mode="nearest")
    return nn.Sequential(
        *padded(512, 256), up, *padded(256, 256), *padded(256, 256), *padded(256, 256), *padded(256, 128), up,
        *padded(128, 128), *padded(128, 64), up, *padded(64, 64), *padded(64, 3)[:2],
    )  # fmt: skip


def plain_statistics(f: Tensor) -> tuple[Tensor, Tensor]:
    flat = f.view(*f.shape[:2], -1)
    return flat.mean(2).view(*f.shape[:2], 1, 1), (flat.var(2) + 1e-5).sqrt().view(*f.shape[:2], 1, 1)


def convolutions(encoder: nn.Module, decoder: nn.Module, size: int) -> Iterator[tuple[str, nn.Conv2d, int, bool]]:
    """Every convolution of both networks for a picture of size x size.

    Yields:
        which network, the convolution, the side of its output, whether its input is enlarged 2x first.
    """
    for name, net, side in (("encoder", encoder, size), ("decoder", decoder, size // 8)):
        for block in net.children():
            assert isinstance(block, ConvBlock)
            side = side * 2 if block.upsample else side
            for i, layer in enumerate(block.names):
                yield name, getattr(block, layer), side, block.upsample and i == 0
            side = side // 2 if block.pool else side


def _both(model: AdaIN, x: Tensor, s: Tensor) -> Tensor:
    return model.stylize(x, model.style_of(s), tile=None)


def multiplications(size: int) -> dict[str, float]:
    """Multiplications of encoder and decoder for a picture of size x size, the decoder's in the sub-pixel form."""
    from adain_core.networks.vgg import VGGEncoder
    from adain_core.networks.vgg_decoder import Decoder

    counts = {"encoder": 0.0, "decoder": 0.0}
    for name, conv, side, enlarged in convolutions(VGGEncoder(), Decoder(), size):
        taps = 16 / 4 if enlarged else 9  # 4 phases of 2x2 on a quarter of the pixels
        counts[name] += side * side * conv.in_channels * conv.out_channels * taps
    return counts


def matrix_peak(dtype: torch.dtype) -> float:
    """Multiplications a second that this machine reaches: the best of a large matrix product and a convolution."""
    a, b = torch.randn(2048, 2048).to(dtype), torch.randn(2048, 2048).to(dtype)
    conv = nn.Conv2d(256, 256, 3).to(dtype).to(memory_format=torch.channels_last)
    x = torch.randn(1, 256, 130, 130).to(dtype).contiguous(memory_format=torch.channels_last)
    times = median_seconds({"product": lambda: a @ b, "convolution": lambda: conv(x)}, rounds=9)
    return max(2048**3 / times["product"], 128 * 128 * 9 * 256 * 256 / times["convolution"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--compile", action="store_true", help="also time torch.compile (takes minutes)")
    args = parser.parse_args()
    keep_freed_memory()  # as the adain command does
    x, s = torch.rand(1, 3, args.size, args.size), torch.rand(1, 3, args.size, args.size)
    encoder, decoder = plain_encoder().eval(), plain_decoder().eval()

    def plain() -> Tensor:
        with torch.no_grad():
            f, g = encoder(x), encoder(s)
            (mean, std), (style_mean, style_std) = plain_statistics(f), plain_statistics(g)
            return decoder((f - mean) / std * style_std + style_mean)

    functions: dict[str, Callable[[], object]] = {"plain eager, style encoded each time": plain}
    models = {"float32": AdaIN.from_pretrained(device="cpu", dtype="float32")}
    if AdaIN.from_pretrained(device="cpu").dtype == torch.bfloat16:
        models["bfloat16"] = AdaIN.from_pretrained(device="cpu", dtype="bfloat16")
    for name, model in models.items():
        style = model.style_of(s)
        functions[f"adain_core {name}, style cached"] = partial(model.stylize, x, style, tile=None)
        functions[f"adain_core {name}, style encoded too"] = partial(_both, model, x, s)
    if args.compile:
        compiled = AdaIN.from_pretrained(device="cpu", dtype="float32")
        compiled.encoder.compile()
        compiled.decoder.compile()
        style = compiled.style_of(s)
        functions["adain_core float32 compiled, style cached"] = lambda: compiled.stylize(x, style, tile=None)
    with torch.inference_mode():
        seconds = median_seconds(functions, args.rounds)
        peak = {name: matrix_peak(model.dtype) for name, model in models.items()}
    work = sum(multiplications(args.size).values())
    base = seconds["plain eager, style encoded each time"]
    rows = []
    for name, t in seconds.items():
        share = ""
        if "cached" in name:
            share = f"{work / t / peak['bfloat16' if 'bfloat16' in name else 'float32']:.0%}"
        rows.append({"": name, "seconds": t, "times as fast": base / t, "share of matrix peak": share})
    print_table(f"One {args.size}x{args.size} picture", rows)
    for name, rate in peak.items():
        print(f"matrix peak {name}: {rate / 1e9:.0f} G multiplications/s; plain sums need {work / 1e9:.1f} G")
    print("shares may exceed 100% in float32: adain_core/networks/winograd.py multiplies less than plain sums do")


if __name__ == "__main__":
    main()
