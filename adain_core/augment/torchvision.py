""":class:`RandomStyle` as a transform of torchvision's second kind (``torchvision.transforms.v2``)."""

from __future__ import annotations

from typing import Any

import PIL.Image
import torch
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms import v2

from .random_style import RandomStyle


class StyleTransform(v2.Transform):
    """Paints the pictures of a sample, however it is nested; boxes, masks and labels pass.

    Pictures are PIL images (RGB), ``tv_tensors.Image``, ``tv_tensors.Video`` or, where there is none of these, the
    first plain tensor, as in torchvision's own transforms. Pictures that lie side by side in one sample take the same
    style, pictures of one batched tensor each their own, frames of one video the same.

    Args:
        style: draws and paints. Samples are counted: see :meth:`RandomStyle.seek`.
    """

    _transformed_types = (
        PIL.Image.Image,
        tv_tensors.Image,
        tv_tensors.Video,
        lambda value: isinstance(value, Tensor) and not isinstance(value, tv_tensors.TVTensor),
    )

    def __init__(self, style: RandomStyle) -> None:
        super().__init__()
        self.style = style

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        """The numbers of the samples in one call."""
        return {"numbers": self.style.draws.take(max(map(_count, flat_inputs), default=0))}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        """Paint one picture, a batch, or frames."""
        if isinstance(inpt, PIL.Image.Image):
            pixels = v2.functional.pil_to_tensor(inpt)
            return v2.functional.to_pil_image(self.style(pixels, params["numbers"][:1]))
        pixels = inpt.as_subclass(Tensor)
        count = _count(inpt)
        flat = pixels.reshape(-1, *pixels.shape[-3:]) if pixels.ndim > 4 else pixels
        each = (len(flat) if flat.ndim == 4 else 1) // max(count, 1)  # more than one where they are frames
        numbers = torch.tensor(params["numbers"][:count], device="cpu").repeat_interleave(each)
        return tv_tensors.wrap(self.style(flat, numbers).reshape(pixels.shape), like=inpt)


def _count(inpt: Any) -> int:
    """How many samples an input holds: all that is before channels, rows and columns, and before a video's frames."""
    if isinstance(inpt, PIL.Image.Image):
        return 1
    return int(torch.Size(inpt.shape[: -4 if isinstance(inpt, tv_tensors.Video) else -3]).numel())
