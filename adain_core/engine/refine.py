"""Refinement: what goes into the decoder is changed until what comes out shows the AdaIN target better.

A decoder is one guess for all pictures: its picture, encoded again, is some way from the target that it was given. For
one picture a few steps down the gradient of that distance, taken in feature space, go most of the way: the decoder
still paints every pixel, so there is none of the noise that optimising pixels leaves. Each step is local, as the
networks are, so that a picture in tiles comes out as the whole one. :mod:`.texture` and :mod:`.keep` add the layers
before relu4_1.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from ..networks.architectures import Network
from .layers import layers_of
from .networks import Networks

Pull = Callable[[int, Sequence[Tensor]], Mapping[int, Tensor]]
"""From the number of a step and the features of relu1_1, relu2_1, relu3_1, relu4_1 in it to gradients there, by the
number of the layer: 0 to 3."""

Watch = Callable[[int, Tensor], object]
"""Called with the number of a step and the picture that it begins from, (B, 3, 8h, 8w): for a look at it."""

STEP = 0.04
"""Largest change of a feature in one step, as a share of the target's mean std.

With 0.04, 0.06 and 0.08 the distance to the target fell from 0.486 to 0.415, 0.419 and 0.430 in one step, to 0.372,
0.373 and 0.379 in two (three pairs at 384x384, the decoder before).
"""

SOFTNESS = 16.0
"""Gradient, in multiples of the target's mean std, at which a feature moves half of that. Encoder after decoder
multiplies distances about so much; halving or doubling it changed the result by less than 1%."""


def reach(networks: Networks, steps: int) -> int:
    """Cells around a window that refining it depends on: through both networks and back, once a step."""
    return 2 * steps * networks.halo


def refine(
    networks: Networks,
    target: Tensor,
    spread: Tensor,
    steps: int,
    tick: Callable[[], object] = lambda: None,
    pulls: Sequence[Pull] = (),
    watch: Watch | None = None,
) -> Tensor:
    """Features from which the decoder paints a picture that is closer to the target.

    With t the target and E, D the networks, the gradient g of |E(D(u)) - t|^2 / 2 is followed from u = t on:
    ``u -= STEP * spread * g / (|g| + SOFTNESS * spread)``. Bounded in every feature, since gradients have heavy tails;
    smooth, and without any number that is taken over the whole picture, so that tiles do not show.

    Args:
        networks: VGG-19 to relu4_1, and its mirror.
        target: (B, 512, h, w) AdaIN target (arXiv 1703.06868, eq. 8).
        spread: (B,) mean over the channels of the target's std over the whole picture: the unit of a step.
        steps: how many.
        tick: called after each step; raise from it to cancel.
        pulls: what is added to the gradient in some layers, see :mod:`.texture` and :mod:`.keep`.
        watch: shown what is painted before each step.

    Returns:
        (B, 512, h, w) in the target's dtype.
    """
    if not steps:
        return target
    with torch.inference_mode(False), torch.enable_grad():  # also where the caller has forbidden both, as ComfyUI does
        encoder, decoder = _differentiable(networks.encoder), _differentiable(networks.decoder)
        wanted = target.clone().to(torch.promote_types(target.dtype, torch.float32))
        unit = spread.clone().to(wanted).view(-1, 1, 1, 1)  # (B, 1, 1, 1)
        u = wanted
        for step in range(steps):
            u = u.detach().requires_grad_()
            painted = decoder(u.to(target.dtype))
            if watch is not None:
                watch(step, painted.detach())
            taps = layers_of(encoder)(painted) if pulls else [encoder(painted)]
            seen = [tap.detach() for tap in taps]
            gradients = {len(taps) - 1: seen[-1].to(wanted) - wanted}  # of |E(D(u)) - t|^2 / 2
            for pull in pulls:
                for layer, more in pull(step, seen).items():
                    gradients[layer] = gradients[layer] + more if layer in gradients else more
            pulled = [taps[layer] for layer in gradients]
            (g,) = torch.autograd.grad(
                pulled, u, [x.to(tap) for x, tap in zip(gradients.values(), pulled, strict=True)]
            )
            u = torch.addcdiv(u.detach(), g * unit, g.abs() + SOFTNESS * unit, value=-STEP)
            tick()
    return u.to(target.dtype)


def _differentiable(network: Network) -> Network:
    """The network, or a copy of one that was loaded in inference mode: its weights may not take part in a gradient."""
    inference = any(weight.is_inference() for weight in network.parameters())
    return copy.deepcopy(network) if inference else network
