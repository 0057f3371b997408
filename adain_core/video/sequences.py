"""Pictures with numbers in their names, or of a folder, as frames."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..errors import ImageError, counted
from ..pictures.formats import SUFFIXES
from ..pictures.picture import Picture
from ..pictures.reading import open_picture
from .pixels import FULL, Colors
from .reading import CONVERTERS, Frame, VideoError, VideoInfo
from .stills import Stills

RATE = Fraction(25)
"""Frames a second when nothing else is said."""

_NUMBER = re.compile(r"%(0\d+)?d")


def is_sequence(path: Path) -> bool:
    """Whether a path means many pictures: a folder, or a name with a number such as %04d."""
    return path.is_dir() or is_pattern(path)


def is_pattern(path: Path) -> bool:
    """Whether a file's name stands for many, such as frame_%04d.png."""
    return _NUMBER.search(path.name) is not None and not path.exists()


def plain_name(path: Path) -> str:
    """What a video of these pictures may be called: frame_%04d.png is "frame"."""
    return path.resolve().name if path.is_dir() else _NUMBER.sub("", path.stem).strip("_-. ") or "frames"


def numbered(pattern: Path, number: int) -> Path:
    """One of the files that a name such as frame_%04d.png stands for."""
    return pattern.with_name(_NUMBER.sub(lambda found: found[0] % number, pattern.name))


def files_of(path: Path) -> dict[int, Path]:
    """The pictures that a folder or a name means that are there, by their number.

    Those of a folder are counted from 0 in the order of their names, in which 10 comes after 9.
    """
    if path.is_dir():
        inside = [f for f in path.iterdir() if f.suffix.lower() in SUFFIXES and not f.name.startswith(".")]
        order = sorted(inside, key=lambda f: [int(p) if p.isdecimal() else p for p in re.split(r"(\d+)", f.name)])
        return dict(enumerate(order))
    before, _, after = _NUMBER.sub("\0", path.name, count=1).partition("\0")
    name = re.compile(re.escape(before) + r"(\d+)" + re.escape(after))
    there = path.parent.iterdir() if path.parent.is_dir() else ()
    numbers = {int(found[1]): file for file in there if (found := name.fullmatch(file.name))}
    return {number: numbers[number] for number in sorted(numbers) if numbered(path, number) == numbers[number]}


class SequenceReader:
    """Reads numbered pictures. Where one is missing or cannot be read, the one before is shown on.

    Args:
        path: a folder, or a name with a number such as frame_%04d.png.
        rate: frames a second.
        size: shorter side to resize frames to, in pixels; None keeps the size.
        cuts: whether to look for scene cuts.

    Attributes:
        info: what it is like.
        notes: none.
        problems: what could not be read, complete after the last frame.

    Raises:
        AdaINError: no picture, or none that can be read.
    """

    def __init__(self, path: str | Path, *, rate: Fraction = RATE, size: int | None = None, cuts: bool = True) -> None:
        self._path = str(path)
        self.notes: list[str] = []
        self.problems: list[str] = []
        self._files = files_of(Path(path))
        if not self._files:
            what = "a folder is taken as the frames of one video" if Path(path).is_dir() else "check the name"
            raise VideoError(f"no pictures in {path}: {what}")
        first = next((picture for file in self._files.values() if (picture := _read(file)) is not None), None)
        if first is None:
            raise VideoError(f"{counted(len(self._files), 'picture')} of {path}, but none can be read: check the files")
        self._shape = first.pixels.shape
        self._stills = Stills(first.width, first.height, size, cuts)
        numbers = list(self._files)
        count = numbers[-1] - numbers[0] + 1
        self.info = VideoInfo(
            self._path, self._stills.width, self._stills.height, rate, len(numbers), float(count / rate), 1 / rate,
            first.format.lower(), "rgb24" if first.pixels.dtype == np.uint8 else "rgb48le", Colors(0, FULL),
            Fraction(1), streams=False, alpha=first.alpha is not None,
        )  # fmt: skip

    def frames(self, skip: int = 0) -> Generator[Frame, None, None]:
        """As for :class:`Source`."""
        start, number = next(iter(self._files)), 0
        bad: list[Path] = []
        waiting: deque[tuple[int, Path, Future[Picture | None]]] = deque()
        files = iter(self._files.items())
        with ThreadPoolExecutor(CONVERTERS) as pool:
            while True:
                for pts, file in files:
                    waiting.append((pts - start, file, pool.submit(_read, file)))
                    if len(waiting) > CONVERTERS:
                        break
                if not waiting:
                    break
                pts, file, future = waiting.popleft()
                picture = future.result()
                if picture is None or picture.pixels.shape != self._shape:
                    bad.append(file)
                    continue
                alpha = picture.alpha
                if alpha is None and self.info.alpha:
                    alpha = np.full(self._shape[:2], picture.levels, picture.pixels.dtype)
                frame = self._stills.frame(
                    picture.pixels, alpha if self.info.alpha else None, number, pts, float(pts / self.info.rate), 1
                )
                if number >= skip:
                    yield frame
                number += 1
        self._note(bad)

    def close(self) -> None:
        """Nothing is open between pictures."""

    def _note(self, bad: list[Path]) -> None:
        height, width = self._shape[:2]
        if bad:
            self.problems.append(
                f"{counted(len(bad), 'picture')} of {self._path} cannot be read or not {width}x{height} "
                f"(first {bad[0].name}): the one before is shown instead"
            )
        numbers = list(self._files)
        missing = sorted(set(range(numbers[0], numbers[-1])) - set(numbers))
        if missing:
            self.problems.append(
                f"{counted(len(missing), 'number')} of {self._path} missing (first {missing[0]}): the picture before "
                "is shown instead"
            )


def _read(file: Path) -> Picture | None:
    try:
        return open_picture(file)
    except ImageError:
        return None
