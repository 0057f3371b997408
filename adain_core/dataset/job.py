"""What a job is: its options, and the folder it belongs to."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import AdaINError
from ..options import COLOR_MODES, STYLE_SIZE, ColorMode, Kept, check_alpha, check_kept
from ..system.atomic_files import write_atomically
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
        check_kept(self.metadata)
        low, high = (check_alpha(value) for value in self.alpha)
        if low > high or not math.isfinite(high):
            raise AdaINError(f"alpha runs from {low} to {high}: give the smaller number first, such as 0.5:1")
        if self.color is not None and self.color not in COLOR_MODES:
            raise AdaINError(f"color is {self.color!r}: give one of {', '.join(COLOR_MODES)}")
        if self.store and self.store not in STORES:
            raise AdaINError(f"results cannot be stored as {self.store!r}: give one of {', '.join(STORES)}")


@dataclass(frozen=True)
class JobFolder:
    """The folder of a job: results, the manifest, and beside them what the job needs to go on.

    Attributes:
        root: the output folder.
    """

    root: Path

    @property
    def manifest(self) -> Path:
        """One JSON line a result."""
        return self.root / "manifest.jsonl"

    @property
    def own(self) -> Path:
        """What is not for users."""
        return self.root / ".adain"

    @property
    def identity(self) -> Path:
        """What the job is: another one is refused."""
        return self.own / "job.json"

    @property
    def styles(self) -> Path:
        """Statistics of the styles, a library of :mod:`adain_core.styles.builtin`."""
        return self.own / "styles.safetensors"

    @property
    def bad_styles(self) -> Path:
        """Style pictures that cannot be used, and why."""
        return self.own / "bad_styles.json"

    @property
    def temporary(self) -> Path:
        """Results being written; on the same disk, so that renaming them is all or nothing."""
        return self.own / "tmp"

    @property
    def rows(self) -> Path:
        """Manifest lines of shards, each written before its shard."""
        return self.own / "rows"


def fingerprint(names: Iterable[str]) -> str:
    """16 hex digits for a list of names."""
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()[:16]


def claim(folder: JobFolder, identity: dict[str, Any]) -> bool:
    """Make the folder this job's, or find that it is already.

    Args:
        folder: the folder; made if it is not there.
        identity: what makes it this job and no other; JSON values.

    Returns:
        Whether the job had begun before.

    Raises:
        AdaINError: it holds another job, or files that are no job's.
    """
    wanted = json.loads(json.dumps({"format": FORMAT, **identity}))
    if folder.identity.is_file():
        try:
            found = json.loads(folder.identity.read_text(encoding="utf-8"))
        except ValueError as e:
            raise AdaINError(f"{folder.identity} is damaged ({e}): use another output folder") from e
        changed = [
            f"{key} was {found.get(key)!r} and is {wanted.get(key)!r}"
            for key in {**wanted, **found}
            if found.get(key) != wanted.get(key)
        ]
        if changed:
            raise AdaINError(
                f"{folder.root} holds another job ({'; '.join(changed)}): repeat that job's call to go on with it, or "
                "give another output folder"
            )
        return True
    folder.root.mkdir(parents=True, exist_ok=True)
    if folder.manifest.exists():
        raise AdaINError(f"{folder.manifest} is of a job that this command did not start: give another output folder")
    held = [path.name for path in folder.root.iterdir() if path != folder.own]
    if held:
        raise AdaINError(f"{folder.root} is not empty ({held[0]}, {len(held)} in all): give a new or an empty folder")
    folder.own.mkdir(exist_ok=True)
    write_atomically(folder.identity, (json.dumps(wanted, indent=1) + "\n").encode())
    return False


def check_apart(out: Path, content: str, styles: str | None) -> None:
    """Refuse an output folder within an input: results would be taken for pictures to stylize.

    Args:
        out: the output folder.
        content: where the pictures are.
        styles: where the styles are; None for built-in ones, which are in no folder.

    Raises:
        AdaINError: it is one, or in one.
    """
    inside = out.resolve()
    for what, ref in (("pictures", content), ("styles", styles)):
        if ref is None:
            continue
        folder = Path(ref)
        if folder.is_dir() and (inside == folder.resolve() or folder.resolve() in inside.parents):
            raise AdaINError(
                f"the output folder {out} lies in the folder of {what} {ref}, where results would be taken for input: "
                "give a folder outside of it"
            )


def describe(
    options: JobOptions, source: Source, keys: list[str], styles: list[str], model: dict[str, str]
) -> dict[str, Any]:
    """The identity of a job: options, and fingerprints of what it works on."""
    return {
        **asdict(options),
        "pictures": f"{len(keys)} of kind {source.kind} ({fingerprint(keys)})",
        "styles": f"{len(styles)} ({fingerprint(styles)})",
        **model,
        "version": __version__,  # another one may round differently
    }
