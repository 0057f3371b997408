"""Many pictures in one go: which files, where each result goes, and going on past a bad one."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import AdaINError, ImageError
from ..pictures.formats import FORMATS, SUFFIXES

STANDARD_STREAM = "-"


@dataclass(frozen=True)
class Job:
    """One picture to stylize: where from ("-" is standard input) and where to ("-" is standard output)."""

    source: str
    output: str


@dataclass(frozen=True)
class Outcome:
    """What became of a job."""

    source: str
    output: str
    seconds: float
    error: str = ""

    def as_dict(self) -> dict[str, str | float]:
        """For `--json`: without the error if there was none."""
        row = asdict(self)
        return row if self.error else {k: v for k, v in row.items() if k != "error"}


def plan(contents: Iterable[str], output: str | None, style_name: str, suffix: str | None = None) -> list[Job]:
    """Decide what is written where.

    Args:
        contents: picture files, folders (searched with their subfolders, but not in the output folder) or "-".
        output: a file for one picture, a folder for several (the tree of a content folder is kept in it), "-", or
            None: beside nothing, into the current folder, named after picture and style.
        style_name: for names of results when no output is given.
        suffix: format of the results, such as ".png"; each content's own when missing.

    Raises:
        AdaINError: no picture at all, one file for many pictures, or two pictures with one result.
    """
    results = Path(output) if output is not None and Path(output).is_dir() else None
    found = [pair for content in contents for pair in _pictures(content, results)]
    if not found:
        raise AdaINError("no picture to stylize: give picture files or folders that hold some")
    many = len(found) > 1 or any(Path(content).is_dir() for content in contents)
    named = [
        (source, inside.with_suffix(suffix or (inside.suffix if inside.suffix.lower() in FORMATS else ".png")))
        for source, inside in found
    ]
    return place(named, output, style_name, many, "pictures")


def place(
    found: Sequence[tuple[str, Path]],
    output: str | None,
    style_name: str,
    many: bool,
    noun: str,
) -> list[Job]:
    """Where each result goes.

    Args:
        found: what is to be worked on, each with its result's path below the output folder.
        output: as for :func:`plan`.
        style_name: likewise.
        many: whether the output is a folder, even if it does not exist.
        noun: what they are, in the plural.

    Raises:
        AdaINError: one file for many, or two with one result.
    """
    if output == STANDARD_STREAM and many:
        raise AdaINError(f"{len(found)} {noun} do not go to standard output: give a folder, such as -o out/")
    folder = (
        output is not None and output != STANDARD_STREAM and (output.endswith(("/", "\\")) or Path(output).is_dir())
    )
    if many and output is not None and not folder:
        if Path(output).suffix or Path(output).is_file():
            raise AdaINError(f"{len(found)} {noun} do not go into one file {output!r}: give a folder, such as -o out/")
        folder = True
    jobs = []
    for source, inside in found:
        if output is None:
            target = (
                STANDARD_STREAM
                if source == STANDARD_STREAM
                else str(Path(f"{inside.stem}_{style_name}{inside.suffix}"))
            )
        elif folder:
            target = str(Path(output) / inside)
        else:
            target = output
        jobs.append(Job(source, target))
    seen: dict[str, str] = {}
    for job in jobs:
        if job.output != STANDARD_STREAM and seen.setdefault(job.output, job.source) != job.source:
            raise AdaINError(
                f"{seen[job.output]} and {job.source} would both become {job.output}: rename one or stylize them apart"
            )
    return jobs


def run(
    jobs: Iterable[Job],
    work: Callable[[Job], None],
    *,
    force: bool = False,
    resume: bool = False,
    leaving: str = "--skip-existing",
) -> Iterator[Outcome]:
    """Do one job after the other; a job that fails is reported and the rest goes on.

    Args:
        jobs: what to do.
        work: does one, writing its output whole or not at all.
        force: replace results that exist.
        resume: leave results that exist as they are, without an error.
        leaving: the flag that does.
    """
    for job in jobs:
        start = time.perf_counter()
        error = ""
        target = Path(job.output)
        if job.output != STANDARD_STREAM and target.exists() and not force:
            if resume:
                continue
            error = f"{job.output} exists: add --force to replace it or {leaving} to leave it"
        else:
            try:
                if job.output != STANDARD_STREAM:
                    target.parent.mkdir(parents=True, exist_ok=True)
                work(job)
            except (AdaINError, OSError) as e:
                error = str(e) or type(e).__name__
            except (MemoryError, RuntimeError) as e:
                error = out_of_memory(e)
        yield Outcome(job.source, job.output, round(time.perf_counter() - start, 3), error)


def out_of_memory(error: Exception) -> str:
    """What to say of an error that means that memory is used up, which is also given back; others are raised."""
    import torch

    from ..system.memory import is_out_of_memory

    if not is_out_of_memory(error):
        raise error
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    return f"not enough memory ({' '.join(str(error).split())[:80]}): leave --tile at auto, or give a smaller --size"


def read_source(source: str) -> str | bytes:
    """A job's source for `open_picture`: the path, or the bytes of standard input for "-"."""
    if source != STANDARD_STREAM:
        return source
    data = sys.stdin.buffer.read()
    if not data:
        raise ImageError("standard input is empty: pipe a picture into it")
    return data


def _pictures(content: str, results: Path | None) -> Iterator[tuple[str, Path]]:
    """The pictures a command-line argument means, each with its path below the output folder.

    Earlier results, in a folder within that of the content, are not among them.
    """
    path = Path(content)
    apart = results.resolve() if results is not None and path.resolve() in results.resolve().parents else None
    if content == STANDARD_STREAM:
        yield content, Path("stdin.png")
    elif path.is_dir():
        for file in sorted(path.rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            earlier = apart is not None and apart in file.resolve().parents
            if file.suffix.lower() in SUFFIXES and file.is_file() and not hidden and not earlier:
                yield str(file), file.relative_to(path)
    else:
        yield content, Path(path.name)
