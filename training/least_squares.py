"""A decoder that works before any gradient step: each layer fitted by least squares to the encoder layer it mirrors."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from adain_core.networks.vgg import VGGEncoder
from adain_core.networks.vgg_decoder import Decoder

RIDGE = 1e-4  # of the mean diagonal of the normal equations: keeps unused directions from growing
POSITIONS = 4096  # of each crop that count at most: the large maps have far more than their few weights need

MIRRORS = (  # decoder convolution, and what its output should be: an activation, perhaps pooled, or the picture
    ("conv4_1", "conv3_4", True),
    ("conv3_4", "conv3_3", False),
    ("conv3_3", "conv3_2", False),
    ("conv3_2", "conv3_1", False),
    ("conv3_1", "conv2_2", True),
    ("conv2_2", "conv2_1", False),
    ("conv2_1", "conv1_2", True),
    ("conv1_2", "conv1_1", False),
    ("conv1_1", "picture", False),
)


@torch.no_grad()
def fit_decoder(encoder: VGGEncoder, crops: Callable[[], Iterator[Tensor]]) -> Decoder:
    """Fit a decoder layer by layer, deepest first, each from the output of those before it.

    Args:
        encoder: float32.
        crops: gives the same batches (B, 3, H, W) in [0, 1] each time it is called; about 400 crops are enough.

    Returns:
        A decoder on the encoder's device that turns a photo's features back into a soft photo.
    """
    device = next(encoder.parameters()).device
    decoder = Decoder().to(device)
    for done, (name, mirrored, pooled) in enumerate(tqdm(MIRRORS, "least squares", unit="layer")):
        products: Tensor | float = 0.0  # (n, n) patches times patches
        answers: Tensor | float = 0.0  # (n, Cout) patches times wanted output
        for x in crops():
            found = {**encoder.activations(x), "picture": x}
            wanted = F.max_pool2d(found[mirrored], 2) if pooled else found[mirrored]  # (B, Cout, H, W)
            a = _patches(_before(decoder, done, found["conv4_1"]))  # (B, 9 Cin + 1, H W)
            b = wanted.flatten(2)  # (B, Cout, H W)
            step = a.shape[2] // POSITIONS | 1  # odd, so that every phase of an upsampled map is seen
            a, b = a[..., ::step], b[..., ::step]
            # Products of a batch in float32, their sum over batches in float64.
            products = products + torch.einsum("bip,bjp->ij", a, a).double()
            answers = answers + torch.einsum("bip,bop->io", a, b).double()
        assert isinstance(products, Tensor) and isinstance(answers, Tensor)
        products.diagonal().add_(RIDGE * float(products.diagonal().mean()))
        solved = torch.cholesky_solve(answers, torch.linalg.cholesky(products)).float()  # (9 Cin + 1, Cout)
        conv = decoder.get_submodule(f"block{name[4]}.{name}")
        assert isinstance(conv, nn.Conv2d) and conv.bias is not None
        conv.weight.copy_(solved[:-1].T.reshape(conv.weight.shape))
        conv.bias.copy_(solved[-1])
    return decoder


def _before(decoder: Decoder, done: int, f: Tensor) -> Tensor:
    """The input of convolution number `done`, upsampled where its block does."""
    number = 0
    for block in (decoder.block4, decoder.block3, decoder.block2, decoder.block1):
        for i, name in enumerate(block.names):
            if block.upsample and i == 0:
                f = F.interpolate(f, scale_factor=2, mode="nearest")
            if number == done:
                return f
            conv = block.get_submodule(name)
            f = F.relu(conv(F.pad(f, (1, 1, 1, 1), mode="reflect")))
            number += 1
    raise IndexError(done)


def _patches(x: Tensor) -> Tensor:
    """Every 3x3 patch and a 1 for the bias: (B, C, H, W) to (B, 9 C + 1, H W)."""
    patches = F.unfold(F.pad(x, (1, 1, 1, 1), mode="reflect"), 3)
    return torch.cat([patches, patches.new_ones(patches.shape[0], 1, patches.shape[2])], 1)
