"""What a job is: its options, and what makes it this job and no other."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from .. import __version__
from ..errors import AdaINError
from ..options import (
    COLOR_MODES,
    STYLE_SIZE,
    ColorMode,
    Grain,
    Kept,
    Options,
    check_alpha,
    check_grain,
    check_kept,
)  # fmt: skip
from .sources.samples import Source

FORMAT = "adain-dataset-1"

STORES = ("files", "tar", "parquet")
"""What results can be stored in."""


@dataclass(frozen=True)
class JobOptions:
    """What is done to every picture.

    Attributes:
        seed: of the draws.
        per_picture: results a picture, each in another style.
        alpha: strength, drawn evenly from this range; (a, a) for the same everywhere.
        color: as for :meth:`AdaIN.stylize`; histogram modes recolour the result.
        size: shorter side pictures are resized to; None keeps their size.
        crop: cut the middle square out, after resizing.
        style_size: shorter side style pictures are reduced to.
        grain: what flat places take, as for :meth:`AdaIN.stylize`.
        store: "files", "tar" or "parquet"; the input's own when empty (Parquet for Hugging Face datasets).
        suffix: format of the results, such as ".jpg"; each picture's own when missing.
        quality: of JPEG and WebP.
        metadata: what of a picture's EXIF, XMP and resolution goes into its results, as for :func:`save_picture`.
        shard_size: pictures a shard, where the input has no shards to follow.
        batch: pictures at once through the network, if of equal size.
        model: as for :meth:`AdaIN.from_pretrained`.
        dtype: compute format; "auto" is resolved when the job starts and kept when it goes on.
    """

    seed: int = 0
    per_picture: int = 1
    alpha: tuple[float, float] = (1.0, 1.0)
    color: ColorMode | None = None
    size: int | None = None
    crop: bool = False
    style_size: int = STYLE_SIZE
    grain: Grain = Options.grain
    store: str = ""
    suffix: str | None = None
    quality: int = 95
    metadata: Kept = "no-gps"
    shard_size: int = 1000
    batch: int = 16
    model: str = "vgg19"
    dtype: str = "auto"

    def check(self) -> None:
        """Refuse what makes no sense.

        Raises:
            AdaINError: naming the option and its value.
        """

        for name in ("per_picture", "style_size", "quality", "shard_size", "batch"):
            if getattr(self, name) < 1:
                raise AdaINError(f"{name} is {getattr(self, name)}: give 1 or more")
        if self.size is not None and self.size < 1:
            raise AdaINError(f"size is {self.size}: give the shorter side in pixels")
        if self.quality > 100:
            raise AdaINError(f"quality is {self.quality}: give 1 to 100")
        check_grain(self.grain)
        check_kept(self.metadata)
        low, high = (check_alpha(value) for value in self.alpha)
        if low > high or not math.isfinite(high):
            raise AdaINError(f"alpha runs from {low} to {high}: give the smaller number first, such as 0.5:1")
        if self.color is not None and self.color not in COLOR_MODES:
            raise AdaINError(f"color is {self.color!r}: give one of {', '.join(COLOR_MODES)}")
        if self.store and self.store not in STORES:
            raise AdaINError(f"results cannot be stored as {self.store!r}: give one of {', '.join(STORES)}")


def fingerprint(names: Iterable[str]) -> str:
    """16 hex digits for a list of names."""
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()[:16]


def describe(
    options: JobOptions, source: Source, store: str, styles: list[str], model: dict[str, str]
) -> dict[str, Any]:
    """The identity of a job but for its pictures: options, and fingerprints of what it works on.

    Args:
        options: of the job.
        source: of its pictures.
        store: what results are stored in.
        styles: names of all.
        model: encoder and decoder.
    """
    columns = source.columns() if store not in ("files", source.kind) else []
    return {
        **asdict(options),
        "kind": source.kind,
        "columns": f"{len(columns)} ({fingerprint(columns)})" if columns else "",
        "styles": f"{len(styles)} ({fingerprint(styles)})",
        **model,
        "version": __version__,  # another one may round differently
    }
