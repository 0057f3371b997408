"""Batches of crops for training: which picture, which crop, is a pure function of the seed and the sample's number.

So a stopped run goes on exactly where it was, and two processes see what one of twice the batch would have seen.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset
from torchvision.transforms import v2
from tqdm import tqdm

from adain_core.errors import AdaINError
from adain_core.system.disk import amount, free_space
from training.drawings import draw
from training.grain import with_grain
from training.pictures import PictureFile, TrainingError, find_pictures

CONTENT, STYLE, CROPS, FLAT = 1, 2, 3, 4  # separate streams of random numbers

WORDS = {
    "photos": {"content", "contents", "photo", "photos", "photographs", "coco"},
    "paintings": {"style", "styles", "painting", "paintings", "art", "artworks", "wikiart"},
}


class Folder:
    """Pictures read and decoded from their files, each time anew."""

    def __init__(self, files: Sequence[PictureFile]) -> None:
        self.files = files

    def __len__(self) -> int:
        return len(self.files)

    def name(self, index: int) -> str:
        """What to call a picture in messages and lists."""
        return self.files[index].name

    def identity(self) -> str:
        """Which pictures these are and in which order; a folder that is moved as a whole keeps it.

        Raises:
            OSError: a file is gone.
        """
        facts = [(f.name, _size(f), f.path.stat().st_mtime_ns) for f in self.files]
        return sha256(json.dumps(facts).encode()).hexdigest()

    def pixels(self, index: int) -> np.ndarray:
        """(H, W, 3) uint8 of one picture.

        Raises:
            ImageError, OSError: it cannot be read.
        """
        return _as_uint8(self.files[index].open().pixels)


class Cache:
    """Pictures decoded once, shrunk to a shorter side, and kept as raw bytes in one file that is mapped into memory.

    Bad files are left out when the cache is built and listed in its index.
    """

    def __init__(self, index: Path) -> None:
        text = index.read_text(encoding="utf-8")
        self._identity = sha256(f"{index.name}\n{text}".encode()).hexdigest()
        entry = json.loads(text)
        self.names: list[str] = entry["names"]
        self.bad: list[str] = entry["bad"]
        self._sizes: list[tuple[int, int]] = [(h, w) for h, w in entry["sizes"]]
        self._starts = np.cumsum([0, *(h * w * 3 for h, w in self._sizes)])
        self._path = index.with_suffix(".pixels")
        self._map: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.names)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_map": None}  # a map does not travel to another process: each opens its own

    def name(self, index: int) -> str:
        """What to call a picture in messages and lists."""
        return self.names[index]

    def identity(self) -> str:
        """Which pictures these are and in which order: the index's name tells the files, its text what was decoded."""
        return self._identity

    def pixels(self, index: int) -> np.ndarray:
        """(H, W, 3) uint8 of one picture, a view of the file."""
        if self._map is None:
            self._map = np.memmap(self._path, np.uint8, "r")
        (h, w), start = self._sizes[index], self._starts[index]
        return self._map[start : start + h * w * 3].reshape(h, w, 3)

    @staticmethod
    def of(files: Sequence[PictureFile], folder: Path, resize: int, role: str) -> Cache:
        """The cache of these files in `folder`, built now if it is not there.

        Args:
            files: the pictures; another list, or other file sizes, make another cache.
            folder: where caches lie; needs about 1.5 x resize^2 x 3 bytes a picture.
            resize: shorter side in pixels; smaller pictures stay as they are.
            role: what they are for, named in messages.

        Raises:
            TrainingError: no picture can be read, or the disk is full.
        """
        facts = [(f.name, _size(f)) for f in files]
        key = sha256(json.dumps([resize, facts]).encode()).hexdigest()[:12]
        index = folder / f"{role}-{resize}-{key}.json"
        if not index.is_file():  # written last: a cache that was being built when the power went has no index
            folder.mkdir(parents=True, exist_ok=True)
            partial = folder / f".{index.stem}-{os.getpid()}"
            try:
                with partial.open("wb") as out:
                    entry = _write_pixels(out, files, resize, role)
                partial.replace(index.with_suffix(".pixels"))
                partial.write_text(json.dumps(entry), encoding="utf-8")
                partial.replace(index)
            except OSError as e:
                free = amount(free_space(folder))
                raise TrainingError(f"cannot write the cache in {str(folder)!r} ({e}); {free} are free") from e
            finally:
                partial.unlink(missing_ok=True)
        cache = Cache(index)
        if not len(cache):
            raise TrainingError(f"{role}: none of {len(files)} pictures can be read; the first: {cache.bad[0]}")
        return cache


Source = Folder | Cache


def _size(file: PictureFile) -> int:
    return file.size if file.size >= 0 else file.path.stat().st_size


def _write_pixels(out: Any, files: Sequence[PictureFile], resize: int, role: str) -> dict[str, Any]:
    names, sizes, bad = [], [], []

    def shrunk(file: PictureFile) -> np.ndarray | str:
        try:
            picture = file.open()
        except (AdaINError, OSError) as e:
            return f"{file.name}: {e}"
        if min(picture.height, picture.width) > resize:
            picture = picture.resized(resize)
        return np.ascontiguousarray(_as_uint8(picture.pixels))

    with ThreadPoolExecutor() as pool:  # Pillow decodes outside Python's lock
        for file, result in tqdm(
            zip(files, windowed(pool, shrunk, files), strict=True), f"cache {role}", total=len(files)
        ):
            if isinstance(result, str):
                bad.append(result)
                continue
            out.write(result.data)
            names.append(file.name)
            sizes.append(result.shape[:2])
    return {"names": names, "sizes": sizes, "bad": bad}


def windowed(pool: ThreadPoolExecutor, function: Any, items: Sequence[Any], ahead: int = 64) -> Iterator[Any]:
    """``pool.map`` that works only some items ahead: decoded pictures must not pile up in memory."""
    waiting = []
    for item in items:
        waiting.append(pool.submit(function, item))
        if len(waiting) >= ahead:
            yield waiting.pop(0).result()
    yield from (future.result() for future in waiting)


def _as_uint8(pixels: np.ndarray) -> np.ndarray:
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.uint16:
        return (pixels >> 8).astype(np.uint8)
    return np.clip(pixels * 255.0 + 0.5, 0, 255).astype(np.uint8)


# What goes into a batch ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Crops:
    """How pictures become crops.

    Attributes:
        size: pixels a side of a crop.
        resize: shorter side of a picture before it is cropped; aspect kept. Smaller pictures are enlarged only as
            far as the crop needs: more would add no detail.
        jitter: the scale varies by up to this share either way.
        flip: mirror half of the crops.
    """

    size: int = 256
    resize: int = 512
    jitter: float = 0.0
    flip: bool = True

    def random(self, pixels: np.ndarray, rng: np.random.Generator) -> Tensor:
        """A random crop of (H, W, 3) uint8 pixels: (3, size, size) uint8."""
        shorter = min(pixels.shape[:2])
        scale = min(1.0, self.resize / shorter) * (1.0 + self.jitter * rng.uniform(-1.0, 1.0))
        side = min(shorter, round(self.size / scale))
        top, left = (int(rng.integers(0, length - side + 1)) for length in pixels.shape[:2])
        crop = self._cut(pixels, top, left, side)
        return crop.flip(2) if self.flip and rng.random() < 0.5 else crop

    def centre(self, pixels: np.ndarray) -> Tensor:
        """The middle of the picture, for validation: (3, size, size) uint8."""
        shorter = min(pixels.shape[:2])
        side = min(shorter, round(self.size / min(1.0, self.resize / shorter)))
        return self._cut(pixels, (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2, side)

    def _cut(self, pixels: np.ndarray, top: int, left: int, side: int) -> Tensor:
        window = np.ascontiguousarray(pixels[top : top + side, left : left + side])
        crop = torch.from_numpy(window.copy() if not window.flags.writeable else window).permute(2, 0, 1)
        return crop if side == self.size else v2.functional.resize(crop, [self.size, self.size], antialias=True)


class Batches(Dataset[dict[str, Any]]):
    """Batch number k of this process: content and style crops, paired at random, as uint8.

    Every picture comes once an epoch, in an order that the seed decides; sides are shuffled independently.

    Args:
        content: photos.
        style: paintings.
        crops: how to cut.
        batch: pairs a batch and process.
        seed: of order and crops.
        process: number of this process.
        processes: how many there are.
        content_only: numbers of the photos to use; all when missing.
        style_only: numbers of the paintings to use; all when missing.
        own: share of the pairs whose style is the photo itself: there the decoder must give the photo back.
        style_crops: give crops of paintings; else only their numbers.
        style_size: pixels a side of the paintings' crops; as large as the photos' when 0.
        views: so many crops of a picture are ever used, the same in every run; 0 = new ones each time.
        drawn: share of the photos in whose place flat pictures are drawn.
        grain: share of the photos with grain where they are flat; those that are to be given back have none.
    """

    def __init__(
        self,
        content: Source,
        style: Source,
        crops: Crops,
        *,
        batch: int,
        seed: int,
        process: int = 0,
        processes: int = 1,
        content_only: Sequence[int] | None = None,
        style_only: Sequence[int] | None = None,
        own: float = 0.0,
        style_crops: bool = True,
        style_size: int = 0,
        views: int = 0,
        drawn: float = 0.0,
        grain: float = 0.0,
    ) -> None:
        self.sides = {CONTENT: content, STYLE: style}
        self.chosen = {
            CONTENT: np.asarray(range(len(content)) if content_only is None else content_only),
            STYLE: np.asarray(range(len(style)) if style_only is None else style_only),
        }
        self.crops, self.batch, self.seed = crops, batch, seed
        self.process, self.processes = process, processes
        self.own, self.style_crops, self.views = own, style_crops, views
        self.drawn, self.grain = drawn, grain
        self.cut = {CONTENT: crops, STYLE: dataclasses.replace(crops, size=style_size or crops.size)}
        self._orders: dict[tuple[int, int], np.ndarray] = {}

    def __getitem__(self, k: int) -> dict[str, Any]:
        """Batch k.

        Returns:
            ``content`` (B, 3, size, size) uint8, ``style`` likewise or (B,) numbers of paintings, ``own`` (B,) bool,
            true where the photo is its own style, ``content_view`` and ``style_view`` (B,), which number each crop
            (-1: a new one), and ``bad``, names of files that were passed over.
        """
        first = (k * self.processes + self.process) * self.batch
        numbers = range(first, first + self.batch)
        bad: list[str] = []
        own = [math.floor((n + 1) * self.own) > math.floor(n * self.own) for n in numbers]  # evenly spread
        photos = [self._photo(n, returns, bad) for n, returns in zip(numbers, own, strict=True)]
        content, content_view = zip(*photos, strict=True)
        if self.style_crops:
            styles, style_view = zip(*[self._sample(STYLE, n, bad) for n in numbers], strict=True)
        else:
            styles, style_view = zip(*[(torch.tensor(self._index(STYLE, n)), -1) for n in numbers], strict=True)
        return {
            "content": torch.stack(content), "content_view": torch.tensor(content_view),
            "style": torch.stack(styles), "style_view": torch.tensor(style_view),
            "own": torch.tensor(own), "bad": bad,
        }  # fmt: skip

    def _photo(self, n: int, own: bool, bad: list[str]) -> tuple[Tensor, int]:
        """Photo number n or what is drawn in its place, and the number of its view."""
        rng = np.random.default_rng([self.seed, CONTENT, FLAT, n])
        if rng.random() < self.drawn:
            crop, view = torch.from_numpy(draw(rng, self.crops.size)).permute(2, 0, 1), -1
        else:
            crop, view = self._sample(CONTENT, n, bad)
        return (with_grain(crop, rng), -1) if rng.random() < self.grain and not own else (crop, view)

    def _index(self, side: int, n: int) -> int:
        chosen = self.chosen[side]
        return int(chosen[self._order(side, n // len(chosen))[n % len(chosen)]])

    def _sample(self, side: int, n: int, bad: list[str]) -> tuple[Tensor, int]:
        """Crop number n and the number of its view."""
        source, count = self.sides[side], len(self.chosen[side])
        rng = np.random.default_rng([self.seed, side, CROPS, n])
        for tries in range(min(count, 100)):  # the next one stands in for a bad one
            index, view = self._index(side, n + tries), -1
            if self.views:
                view = index * self.views + (n + tries) // count % self.views
                rng = np.random.default_rng([side, CROPS, view])
            try:
                return self.cut[side].random(source.pixels(index), rng), view
            except (AdaINError, OSError) as e:
                bad.append(f"{source.name(index)}: {e}")
        raise TrainingError(f"{len(bad)} pictures in a row cannot be read, the last: {bad[-1]}")

    def _order(self, side: int, epoch: int) -> np.ndarray:
        key = (side, epoch)
        if key not in self._orders:
            for old in [k for k in self._orders if k[0] == side and k[1] < epoch - 1]:
                del self._orders[old]
            self._orders[key] = np.random.default_rng([self.seed, side, epoch]).permutation(len(self.chosen[side]))
        return self._orders[key]


def to_float(crops: Tensor, device: torch.device, dtype: torch.dtype) -> Tensor:
    """(B, 3, H, W) uint8 to [0, 1] on the device, channels_last."""
    x = crops.to(device, non_blocking=True).to(dtype).div_(255)
    return x.contiguous(memory_format=torch.channels_last)


# Sources and held-out pictures ---------------------------------------------------------------------------------


def open_sources(content: Path, style: Path, cache: Path | None, resize: int) -> tuple[Source, Source]:
    """Photos and paintings, by their folders.

    Raises:
        TrainingError: missing, empty, the same, or by their names swapped.
    """
    refuse_mixed_up(content, style)
    files = [find_pictures(content, "photos"), find_pictures(style, "paintings")]
    if cache is None:
        return Folder(files[0]), Folder(files[1])
    return Cache.of(files[0], cache, resize, "photos"), Cache.of(files[1], cache, resize, "paintings")


def refuse_mixed_up(content: Path, style: Path) -> None:
    """Refuse folders that are one inside the other, or whose names say that they are swapped."""
    a, b = content.resolve(), style.resolve()
    if a == b or a in b.parents or b in a.parents:
        raise TrainingError(
            f"photos {str(content)!r} and paintings {str(style)!r} overlap: give two separate folders, photos first"
        )
    if _says(a, "paintings") and _says(b, "photos"):
        raise TrainingError(
            f"photos {str(content)!r} and paintings {str(style)!r} look swapped: give the photos first, or rename them"
        )


def _says(path: Path, role: str) -> bool:
    words = path.stem.lower().replace("-", "_").split("_")
    return bool(WORDS[role] & set(words))


def hold_out(source: Source, count: int, listed: Sequence[str] | None = None) -> tuple[list[int], list[int]]:
    """Split a source into pictures to train on and pictures to judge by, always the same ones.

    Args:
        source: the pictures.
        count: how many to hold out; at most a tenth of them all.
        listed: names of those to hold out instead.

    Returns:
        numbers to train on, numbers held out (none from a source below ten pictures).

    Raises:
        TrainingError: a listed name that is not there.
    """
    numbers = list(range(len(source)))
    if listed is not None:
        by_name = {source.name(i): i for i in numbers}
        missing = [name for name in listed if name not in by_name]
        if missing:
            raise TrainingError(f"held-out picture {missing[0]!r} is not in the source ({len(missing)} missing)")
        held = [by_name[name] for name in listed]
    else:
        count = min(count, len(source) // 10)
        held = [int(i) for i in np.random.default_rng(0).permutation(len(source))[:count]]
    kept = set(held)
    return [i for i in numbers if i not in kept], held


def read_holdout(path: Path) -> dict[str, list[str]]:
    """Names of held-out pictures, ``{"content": [...], "style": [...]}``, as a run's holdout.json has them.

    Raises:
        TrainingError: no such file, or not of that form.
    """
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
        return {side: [str(name) for name in names[side]] for side in ("content", "style")}
    except (OSError, ValueError, KeyError, TypeError) as e:
        form = '{"content": [names], "style": [names]}'
        raise TrainingError(f"{path} is no list of held-out pictures ({e!r}): give a JSON file {form}") from e


def grid(rows: Sequence[Sequence[Tensor]]) -> Image.Image:
    """Pictures (3, H, W) in [0, 1], all of one size, in rows."""
    lines = [torch.cat([cell.float().clamp(0, 1).cpu() for cell in row], 2) for row in rows]
    pixels = (torch.cat(lines, 1) * 255).round().to(torch.uint8)  # (3, rows H, columns W)
    return Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy())
