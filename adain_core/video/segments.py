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
        job: everything the result depends on, as JSON.

    Raises:
        VideoError: see :meth:`open`.
    """

    def __init__(self, output: Path, job: dict[str, object]) -> None:
        self.folder = folder_of(output)
        self._job = job

    def open(self, *, resume: bool, force: bool) -> None:
        """Take up an earlier job's segments, or begin anew.

        Raises:
            VideoError: there are segments, and neither `resume` nor `force`; or those of another job.
        """
        file = self.folder / "job.json"
        if file.exists() and resume:
            before = json.loads(file.read_text())
            differing = sorted(key for key in {*before, *self._job} if before.get(key) != self._job.get(key))
            if differing:
                raise VideoError(
                    f"the segments in {self.folder} are of another job ({', '.join(differing)} differ): repeat its "
                    "options to go on, or use force to begin anew"
                )
            return
        if file.exists() and not force:
            done = sum(len(segment.pts) for segment in self.all())
            raise VideoError(
                f"{self.folder} holds {done} finished frames of a stopped run: add --resume to go on with it, or "
                "--force to begin anew"
            )
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        write_atomically(file, json.dumps(self._job, indent=1).encode())

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
