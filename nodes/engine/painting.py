"""Features to pictures: chunk by chunk, tile by tile, into one IMAGE batch of the content's size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from ...adain_core.engine.refine import BYTES_PER_PIXEL as REFINE_BYTES
from ...adain_core.engine.refine import check_refine, reach, refine
from ...adain_core.engine.texture import cut_out, layers_of
from ...adain_core.errors import WeightsError
from ...adain_core.pictures.masks import Mask
from ...adain_core.tiles.grid import BYTES_PER_PIXEL, STRIDE, Window
from .features import Features, Model
from .pictures import Frames, pick
from .texture import wanted

BAND = 256
"""Rows of a picture changed at a time outside of the networks."""


def paint(
    model: Model,
    features: Features,
    device: torch.device,
    dtype: torch.dtype,
    tile: int = 0,
    steps: int = 0,
    texture: float = 0.0,
) -> Tensor:
    """Decode every frame.

    Args:
        model: whose decoder paints; of the encoder that made the features.
        features: what to decode.
        device: where the pictures go.
        dtype: of the pictures.
        tile: edge of a tile in pixels, 0 to choose.
        steps: of refinement, see :mod:`adain_core.engine.refine`.
        texture: weight of the styles' texture in these steps, see :mod:`adain_core.engine.texture`; 0 without steps.

    Returns:
        (B, H, W, C) in [0, 1]; with the content's alpha if it has one, and not yet :func:`uncovered`.

    Raises:
        WeightsError: the model has another encoder than the features.
        AdaINError: refinement with another network than the paper's, or styles without the texture asked for.
    """
    encoded = features.encoded
    if model.encoder_id != encoded.model.encoder_id:
        raise WeightsError(
            f"these features were made with encoder {encoded.model.encoder_id} and this model decodes those of "
            f"{model.encoder_id}: connect the same model to Encode and Decode"
        )
    images = encoded.frames.images
    channels = 4 if images.shape[-1] == 4 else 3
    out = torch.empty((*images.shape[:3], channels), device=device, dtype=dtype)
    if channels == 4:
        out[..., 3] = images[..., 3]
    spread = features.statistics.std.mean(1) if steps else torch.zeros(len(features))  # (B,)
    asked = wanted(features) if steps and texture else None
    together = 1 if asked is not None and asked.by_frame else None
    job = encoded.job(tile, together, REFINE_BYTES if steps else BYTES_PER_PIXEL)
    networks = model.load(job.memory)
    other = networks if model is encoded.model else encoded.model.load(job.memory)
    check_refine(steps, networks.decoder)
    encoder, decoder = networks.encoder, networks.decoder

    def work(chunk: slice, windows: Iterator[Window]) -> None:
        grid = job.grid
        pulling = None if asked is None else asked.pull(chunk, texture, grid, networks.device)

        def refined(window: Window, count: int) -> Tensor:
            f = features.read(other, chunk, window, grid).to(networks.device, networks.dtype)
            pull = None if pulling is None else pulling.at(window)
            return refine(encoder, decoder, f, spread[chunk], count, model.host.check_interrupt, pull)

        def painted(window: Window, count: int) -> tuple[Window, list[Tensor]]:
            grown = window.grown(encoder.halo + decoder.halo + reach(encoder, decoder, count), grid)
            taps = layers_of(encoder)(decoder(refined(grown, count)))
            model.host.check_interrupt()
            return window, cut_out(window, taps, grown)

        if pulling is not None and len(grid) > 1:
            for count in range(steps):
                pulling.measure(painted(window, count) for window in grid)
        for window in windows:
            grown = window.grown(decoder.halo + reach(encoder, decoder, steps), grid)
            y = window.of(decoder(refined(grown, steps)), grown, STRIDE)
            y0, y1, x0, x1 = grid.visible(window)
            pixels = y[:, :, : y1 - y0, : x1 - x0].float().clamp(0, 1).movedim(1, -1)  # (B, h, w, 3)
            out[chunk, y0:y1, x0:x1, :3] = pixels.to(device, dtype)

    job.run(work)
    return out


def uncovered(out: Tensor, frames: Frames, cover: Sequence[list[Mask]] | None) -> Tensor:
    """Put the content's own pixels back where no mask reaches, softly where masks are soft. Changes and returns `out`.

    Args:
        out: (B, H, W, C) decoded pictures.
        frames: the content.
        cover: one list of masks a region; None: everything is covered.
    """
    if cover is None:
        return out
    cols = torch.arange(frames.width)
    for frame in range(len(frames)):
        source = frames.part(slice(frame, frame + 1))
        for y0 in range(0, frames.height, BAND):
            y1 = min(y0 + BAND, frames.height)
            rows = torch.arange(y0, y1)
            covered = torch.stack([pick(masks, frame).pixels(rows, cols) for masks in cover]).sum(0).clamp(0, 1)
            content = source.crop(y0, y1, 0, frames.width)[0].movedim(0, -1).to(out.device)  # (h, W, 3)
            band = out[frame, y0:y1, :, :3]
            band.copy_(torch.lerp(content, band.float(), covered[:, :, None].to(out.device)))
    return out
