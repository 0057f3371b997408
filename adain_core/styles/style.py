"""A style is a pair of vectors: mean and standard deviation of each channel of relu4_1.

Everything AdaIN does at run time is arithmetic on such pairs: strength mixes the content's own pair with the
style's, blending mixes many styles, a style file holds one pair in 4 KB. A style may carry the pairs of the layers
before, its texture, which go through the same arithmetic.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ..errors import StyleError, one_line
from ..networks.vgg import CHANNELS, LAYERS
from ..options import check_alpha
from ..system.atomic_files import write_atomically
from ..system.tensor_files import tensor_bytes
from ..weights.catalog import encoder_name

FORMAT = "adain-style-1"

_STORED = (torch.float32, torch.float16, torch.bfloat16, torch.float64)
"""What a file may hold numbers in."""


UNREADABLE = (SafetensorError, KeyError, TypeError, AttributeError, OSError, json.JSONDecodeError, RecursionError)
"""What a damaged file of styles provokes while it is read: by safetensors, and where JSON holds something else."""


@dataclass(frozen=True, eq=False)
class Style:
    """Per-channel statistics of the encoder's features, biased (population) variance.

    Attributes:
        mean: (C,) for one style or (B, C) for one a picture of a batch, float32.
        std: same shape, positive.
        encoder: id of the encoder that made it (:func:`adain_core.networks.vgg.encoder_id`); another one refuses it.
        name: what to call it.
        info: title, artist, year, source, licence ... as far as known.
        texture: mean and std of relu1_1, relu2_1 and relu3_1, one after the other, (448,) or (B, 448) each, where they
            were taken: what refinement can paint by, too (:mod:`adain_core.engine.texture`). 3.5 KB.
    """

    mean: Tensor
    std: Tensor
    encoder: str = ""
    name: str = ""
    info: dict[str, str] = field(default_factory=dict)
    texture: Style | None = None

    def __repr__(self) -> str:
        return f"Style({self.name!r}, {tuple(self.mean.shape)}, encoder {encoder_name(self.encoder) or 'unknown'})"

    @staticmethod
    def batch(styles: Sequence[Style], encoder: str = "", name: str = "") -> Style:
        """Styles (C,) as one (B, C), with texture if all have one."""
        textures = [s.texture for s in styles if s.texture is not None]
        texture = Style.batch(textures) if len(textures) == len(styles) else None
        mean, std = torch.stack([s.mean for s in styles]), torch.stack([s.std for s in styles])
        return Style(mean, std, encoder, name, texture=texture)

    def unbatch(self) -> list[Style]:
        """The styles (C,) of a batch (B, C), one by one; a single one is a batch of one."""
        if self.mean.ndim == 1:
            return [self]
        textures = [None] * len(self.mean) if self.texture is None else self.texture.unbatch()
        rows = zip(self.mean, self.std, textures, strict=True)
        return [replace(self, mean=mean, std=std, texture=texture) for mean, std, texture in rows]

    @staticmethod
    def mix(styles: Sequence[Style], weights: Sequence[float] | None = None) -> Style:
        """Weighted mean of styles: equals the weighted mean of their AdaIN outputs (arXiv 1703.06868, eq. 15).

        Args:
            styles: one or more, of one encoder; pictures of any sizes made them.
            weights: non-negative numbers, one a style, normalised to sum 1; equal shares when missing.

        Raises:
            StyleError: no style, styles of different encoders, or weights that are negative, not finite, zero in
                sum or of another count.

        Examples:
            >>> from adain_core import Style, builtin_styles
            >>> styles = builtin_styles()
            >>> Style.mix([styles["scream"], styles["irises"]], [3, 1]).name
            '0.75 scream + 0.25 irises'
        """
        if not styles:
            raise StyleError("no style to mix: give at least one")
        weights = [1.0] * len(styles) if weights is None else [float(w) for w in weights]
        if len(weights) != len(styles):
            raise StyleError(f"{len(styles)} styles but {len(weights)} weights: give one weight for each style")
        total = check_weights(weights)
        encoders = sorted({s.encoder for s in styles if s.encoder})
        if len(encoders) > 1:
            names = ", ".join(map(encoder_name, encoders))
            raise StyleError(f"styles of different encoders {names}: encode them all with one model")
        if len(styles) == 1:
            return styles[0]
        name = " + ".join(f"{w / total:.2g} {s.name or 'style'}" for s, w in zip(styles, weights, strict=True))
        shares = [w / total for w in weights]
        return replace(_affine_mix(styles, shares), encoder=encoders[0] if encoders else "", name=name, info={})

    def strength(self, alpha: float | Tensor, content: Style) -> Style:
        """This style at strength alpha over a content's own statistics (arXiv 1703.06868, eq. 14).

        Args:
            alpha: 0 keeps the content's statistics, 1 takes the style's; above 1 exaggerates. For a batch (B, C) of
                styles also (B, 1): one for each, which the caller has checked.
            content: statistics of the content's features.

        Raises:
            StyleError: alpha is negative or not a finite number.
        """
        if not isinstance(alpha, Tensor):
            check_alpha(alpha)
            if alpha == 1:
                return self
        mixed = _affine_mix([content, self], [1.0 - alpha, alpha])
        # Beyond 1 the line leads past the style: a channel calmer than the content's could get a negative spread.
        texture = mixed.texture and replace(mixed.texture, std=mixed.texture.std.clamp_min(0.0))
        return replace(self, mean=mixed.mean, std=mixed.std.clamp_min(0.0), texture=texture)

    def to(self, device: torch.device | str) -> Style:
        """The same style on another device."""
        texture = self.texture and self.texture.to(device)
        return replace(self, mean=self.mean.to(device), std=self.std.to(device), texture=texture)

    def tensors(self) -> dict[str, Tensor]:
        """What a file holds of it: "mean" and "std", and where it has a texture "texture.mean" and "texture.std".

        On the CPU, float32. Raises StyleError for a batch of styles.
        """
        if self.mean.ndim != 1:
            raise StyleError(f"a batch of {self.mean.shape[0]} styles does not go into one style file: save each alone")
        parts = {"": self} if self.texture is None else {"": self, "texture.": self.texture}
        return {
            f"{prefix}{name}": values.detach().to("cpu", torch.float32, copy=True).contiguous()  # one style, two names
            for prefix, part in parts.items()
            for name, values in (("mean", part.mean), ("std", part.std))
        }

    @staticmethod
    def from_tensors(
        tensors: Mapping[str, Tensor], encoder: str, name: str, info: dict[str, str], source: str | Path
    ) -> Style:
        """The inverse of :meth:`tensors`; `source` is the file to name in an error.

        Raises:
            StyleError: shapes or types that do not fit, numbers that are not finite, a negative std.
            KeyError: a tensor is missing.
        """
        found = []
        sizes = {"": CHANNELS, "texture.": sum(LAYERS[:-1])}
        for prefix in ("", "texture.") if "texture.mean" in tensors else ("",):
            mean, std = tensors[f"{prefix}mean"], tensors[f"{prefix}std"]
            shaped = mean.shape == std.shape == (sizes[prefix],)
            if not shaped or mean.dtype not in _STORED or std.dtype not in _STORED:
                raise StyleError(
                    f"{source} holds no usable style {name!r}: {prefix}mean {tuple(mean.shape)}, std {tuple(std.shape)}"
                    f" of {mean.dtype} and {std.dtype}, not ({sizes[prefix]},) of floats; get or make it again"
                )
            mean, std = mean.float(), std.float()
            if not (mean.isfinite().all() and std.isfinite().all() and std.min() >= 0):
                raise StyleError(
                    f"{source} holds no usable style {name!r}: {prefix}mean or std is not finite, or a std negative; "
                    "get or make it again"
                )
            found.append(Style(mean, std))
        return replace(found[0], encoder=encoder, name=name, info=info, texture=found[1] if found[1:] else None)

    def save(self, path: str | Path) -> None:
        """Write a 4 KB safetensors file (8 KB with texture), whole or not at all.

        Raises:
            StyleError: this is a batch of styles; save them one by one.

        Examples:
            >>> import tempfile
            >>> from pathlib import Path
            >>> from adain_core import Style, builtin_styles
            >>> file = Path(tempfile.mkdtemp()) / "scream.safetensors"
            >>> builtin_styles()["scream"].save(file)
            >>> Style.load(file).info["artist"]
            'Edvard Munch'
        """
        write_atomically(path, self.to_bytes())

    def to_bytes(self) -> bytes:
        """The content of a style file."""
        meta = {"format": FORMAT, "encoder": self.encoder, "name": self.name, "info": json.dumps(self.info)}
        return tensor_bytes(self.tensors(), meta)

    @staticmethod
    def load(path: str | Path) -> Style:
        """Read a file written by :meth:`save`.

        Raises:
            StyleError: no such file, or not a style file.
        """
        path = Path(path)
        if not path.is_file():
            raise StyleError(f"no style file {str(path)!r}: check the path")
        try:
            with safe_open(path, "pt") as file:
                meta = file.metadata() or {}
                if meta.get("format") != FORMAT:
                    raise StyleError(f"{path} is not a style file (format {meta.get('format')!r}, not {FORMAT!r})")
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
            info = json.loads(meta.get("info", "{}"))
            if not isinstance(info, dict):
                raise StyleError(f"{path} says {str(info)[:40]!r} of its style: get or make it again")
            return Style.from_tensors(tensors, meta.get("encoder", ""), meta.get("name", ""), info, path)
        except UNREADABLE as e:
            raise StyleError(
                f"{path} cannot be read as a style ({one_line(e)}): make it again with `adain style save`"
            ) from e


def check_weights(weights: Sequence[float]) -> float:
    """Sum of the weights of a blend, if it can be one.

    Raises:
        StyleError: a weight is negative or not finite, or all are zero.
    """
    if not all(math.isfinite(w) and w >= 0 for w in weights):
        raise StyleError(f"style weights {list(weights)}: give finite numbers that are not negative")
    if sum(weights) <= 0:
        raise StyleError(f"style weights {list(weights)} sum to 0: at least one must be above 0")
    return sum(weights)


def _affine_mix(styles: Sequence[Style], shares: Sequence[float | Tensor]) -> Style:
    """Of textures, too, where all have one."""
    mean = sum((s.mean * w for s, w in zip(styles, shares, strict=True)), torch.zeros((), device="cpu"))
    std = sum((s.std * w for s, w in zip(styles, shares, strict=True)), torch.zeros((), device="cpu"))
    textures = [s.texture for s in styles if s.texture is not None]
    return Style(mean, std, texture=_affine_mix(textures, shares) if len(textures) == len(styles) else None)
