"""Features to pictures: chunk by chunk, tile by tile, into one IMAGE batch of the content's size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from ...adain_core.engine.paint import Painter
from ...adain_core.errors import WeightsError, counted
from ...adain_core.options import Options, check_refine
from ...adain_core.pictures.masks import Mask
from ...adain_core.tiles.grid import Grid, Window
from ...adain_core.tiles.memory import PAINTED_BYTES, REFINED_BYTES
from ...adain_core.weights.catalog import encoder_name
from .features import Features, FrameRegions, Model
from .look import Look
from .pictures import Frames, bands
from .texture import wanted


def paint(
    model: Model,
    features: Features,
    device: torch.device,
    dtype: torch.dtype,
    tile: int = 0,
    steps: int = Options.refine,
    texture: float = Options.texture,
    keep: float = Options.keep,
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
        keep: weight of the content's structure in them, see :mod:`adain_core.engine.keep`; 0 without steps.

    Returns:
        (B, H, W, C) in [0, 1]; with the content's alpha if it has one, and not yet :func:`uncovered`.

    Raises:
        WeightsError: the model has another encoder than the features.
        AdaINError: refinement with another network than the paper's, or styles without the texture asked for.
    """
    check_refine(steps, model.inverts)
    encoded = features.encoded
    if model.encoder_id != encoded.model.encoder_id:
        raise WeightsError(
            f"these features were made with {encoder_name(encoded.model.encoder_id)!r} and this model decodes those of "
            f"{encoder_name(model.encoder_id)!r}: connect the same model to Encode and Decode"
        )
    images = encoded.frames.images
    channels = 4 if images.shape[-1] == 4 else 3
    out = torch.empty((*images.shape[:3], channels), device=device, dtype=dtype)
    if channels == 4:
        out[..., 3] = images[..., 3]
    spread = features.statistics.std.mean(1) if steps else torch.zeros(len(features), device="cpu")  # (B,)
    asked = wanted(features, kept=keep > 0) if steps and (texture or keep) else None
    job = encoded.job(tile, REFINED_BYTES if steps else PAINTED_BYTES)
    networks = model.load(job.memory)
    other = networks if model is encoded.model else encoded.model.load(job.memory)

    def work(chunk: slice, windows: Iterator[Window]) -> None:
        grid, look = job.grid, Look(encoded.frames.part(chunk))

        def watch(window: Window, step: int, pixels: Tensor) -> None:
            look.put(*grid.visible(window)[::2], pixels)
            job.show(step / (steps + 1), look.picture, f"refining, step {step + 1} of {steps}")

        content = encoded.features(other, chunk, grid, exact=steps > 0)
        pulls = {} if asked is None else asked.pulls(content, chunk, texture, keep)
        painter = Painter(
            networks, content,
            [step.of(chunk, grid) for step in features.steps], grid,
            refine=steps, spread=spread[chunk], tick=model.host.check_interrupt,
            watch=watch, **pulls,
        )  # fmt: skip
        painter.prepare()
        for window in windows:
            y0, y1, x0, x1 = grid.visible(window)
            painted = painter.paint(window)
            out[chunk, y0:y1, x0:x1, :3] = painted.movedim(1, -1).to(device, dtype)  # (B, h, w, 3)
            look.put(y0, x0, painted)
            job.show(1.0, look.picture)

    job.run(work)
    if steps:
        model.host.say(f"refined in {counted(steps, 'step')}")
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
    parts, grid = FrameRegions(cover), Grid(frames.height, frames.width, tile=1)
    cols = torch.arange(frames.width, device="cpu")
    for frame in range(len(frames)):
        one = slice(frame, frame + 1)
        source, regions = frames.part(one), parts.of(one, grid)
        for y0, y1 in bands(frames.height):
            covered = regions.cover(torch.arange(y0, y1, device="cpu"), cols)[0, :, :, None]  # (h, W, 1)
            content = source.crop(y0, y1, 0, frames.width)[0].movedim(0, -1).to(out.device)  # (h, W, 3)
            band = out[frame, y0:y1, :, :3]
            band.copy_(torch.lerp(content, band.float(), covered.to(out.device)))
    return out
