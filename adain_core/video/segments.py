"""The finished segments of a video that is still being made: what a stopped job goes on from.

A folder beside the result holds pieces of some frames each: a video file, the times of its frames, and what the
stylizer remembers after it. A segment counts once its list of times is there, and that is written last.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
from torch import Tensor

from ..errors import counted
from ..system.atomic_files import write_atomically
from ..system.file_names import fitting
from .reading import VideoError


@dataclass(frozen=True)
class Segment:
    """Some frames in a row, encoded.

    Attributes:
        path: Matroska file without sound, beginning with a key frame.
        pts: when each frame is shown, in units of the video's time base, ascending.
        durations: how long each is shown, in the same units; 0 where not known.
    """

    path: Path
    pts: list[int]
    durations: list[int]


class Segments:
    """The folder of segments of one result.

    Args:
        output: the result's path.
        job: everything the result depends on, by the names that are used in errors, as JSON; values that are too long
            to tell are :func:`known` by a name.

    Raises:
        VideoError: see :meth:`open`.
    """

    def __init__(self, output: Path, job: dict[str, object]) -> None:
        self.folder = folder_of(output)
        self._job = json.loads(json.dumps(job))  # tuples become lists, as they will be when read again

    def open(self, *, resume: bool, force: bool) -> None:
        """Take up an earlier job's segments, or begin anew.

        Raises:
            VideoError: there are segments, and neither `resume` nor `force`; or those of another job.
        """
        done = sum(len(segment.pts) for segment in self.all())
        if done and resume:
            differing = _differences(job_in(self.folder), self._job)
            if differing:
                raise VideoError(
                    f"the segments in {self.folder} are of another job ({'; '.join(differing)}): repeat its options to "
                    "go on, or add --force instead of --resume to begin anew"
                )
            return
        if done and not force:
            raise VideoError(
                f"{self.folder} holds {counted(done, 'finished frame')} of a stopped run: add --resume to go on with "
                "it, or --force to begin anew"
            )
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        write_atomically(self.folder / "job.json", json.dumps(self._job, indent=1).encode())

    def all(self) -> Iterator[Segment]:
        """The finished segments in order."""
        for number in range(10**6):
            file = self.folder / f"{number:06d}.json"
            if not file.exists():
                return
            times = json.loads(file.read_text())
            yield Segment(self.folder / f"{number:06d}.mkv", times["pts"], times["durations"])

    def writing(self, number: int) -> Path:
        """Where the video file of a segment is written."""
        return self.folder / f"{number:06d}.mkv"

    def commit(self, number: int, pts: list[int], durations: list[int], state: dict[str, Tensor]) -> None:
        """Make a segment count, whose video file is written."""
        data = safetensors.torch.save({k: v.contiguous() for k, v in state.items()})
        write_atomically(self.folder / f"{number:06d}.state", data)
        times = json.dumps({"pts": pts, "durations": durations})
        write_atomically(self.folder / f"{number:06d}.json", times.encode())

    def state(self, number: int) -> dict[str, Tensor]:
        """What the stylizer remembered after a segment."""
        return safetensors.torch.load((self.folder / f"{number:06d}.state").read_bytes())

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def folder_of(output: Path) -> Path:
    """Where the segments of a result are kept."""
    return output.with_name(fitting(f".{output.name}", ".parts"))


def job_in(folder: Path) -> dict[str, object]:
    """What a folder of segments was begun with; nothing where there is none."""
    try:
        return dict(json.loads((folder / "job.json").read_text()))
    except FileNotFoundError:
        return {}


def known(name: str, *things: object) -> dict[str, str]:
    """A value of a job that is told by a name, and compared by what it is."""
    return {"name": name, "digest": digest(*things)}


def _differences(before: dict[str, object], now: dict[str, object]) -> list[str]:
    """What two jobs differ in, each with both values."""
    told, untold = [], []
    for key in dict.fromkeys((*before, *now)):
        (old, was), (new, becomes) = (_identity(job.get(key)) for job in (before, now))
        if old == new:
            continue
        if was != becomes:
            told.append(f"{key} was {was}, now {becomes}")
        else:  # follows from another option, or a file of this name was changed
            untold.append(f"{key} {was} was another")
    return told or untold


def _identity(value: object) -> tuple[object, str]:
    """What a value of a job is compared by, and what it is called."""
    if isinstance(value, dict) and value.keys() == {"name", "digest"}:
        return value["digest"], str(value["name"])
    return value, "none" if value is None else str(value)


def digest(*things: object) -> str:
    """A short name for tensors and texts."""
    sha = hashlib.sha256()
    for thing in things:
        if isinstance(thing, Tensor):
            sha.update(thing.detach().cpu().contiguous().numpy().tobytes())
        else:
            sha.update(repr(thing).encode())
        sha.update(b"\0")
    return sha.hexdigest()[:16]
