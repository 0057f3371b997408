"""Many pictures in one go: which files, where each result goes, and going on past a bad one."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import AdaINError, AdaINWarning, ImageError
from ..pictures.finding import partition_files
from ..pictures.formats import WRITTEN, left_out
from ..system.disk import told
from ..system.file_names import Taken, fitting

STANDARD_STREAM = "-"


@dataclass(frozen=True)
class Job:
    """One picture to stylize.

    Attributes:
        source: where from; "-" is standard input.
        output: where to; "-" is standard output.
        refused: why it cannot be done, if that is known before.
    """

    source: str
    output: str
    refused: str = ""


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
        AdaINError: no picture at all, or one file for many pictures. Of pictures with one result the first gets it, the
            others are refused, each with the reason.
    """
    results = Path(output) if output is not None and Path(output).is_dir() else None
    found = [pair for content in contents for pair in _pictures(content, results)]
    if not found:
        raise AdaINError("no picture to stylize: give picture files or folders that hold some")
    many = len(found) > 1 or any(Path(content).is_dir() for content in contents)
    named = [
        (source, inside.with_suffix(suffix or (inside.suffix if inside.suffix.lower() in WRITTEN else ".png")))
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
    jobs, taken = [], Taken()
    for source, inside in dict(found).items():  # what was named twice is painted once
        ending = inside.suffix
        if output is None:
            target = STANDARD_STREAM if source == STANDARD_STREAM else fitting(f"{inside.stem}_{style_name}", ending)
        elif folder:
            target = str(Path(output) / inside.with_name(fitting(inside.stem, ending)))
        else:
            target = output
        other = taken.take(target, source) if target != STANDARD_STREAM else None
        refused = f"{source} would become {target}, as {other} does: rename one or stylize them apart" if other else ""
        jobs.append(Job(source, target, refused))
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
        force: replace results that exist; the source itself is never replaced.
        resume: leave results that exist as they are, without an error.
        leaving: the flag that does.
    """
    for job in jobs:
        start = time.perf_counter()
        error = ""
        target = Path(job.output)
        try:
            if job.refused:
                error = job.refused
            elif _is_source(job):
                error = f"{job.output} is the source: write the result to another file"
            elif job.output != STANDARD_STREAM and target.exists() and not force:
                if resume:
                    continue
                error = f"{job.output} exists: add --force to replace it or {leaving} to leave it"
            else:
                if job.output != STANDARD_STREAM:
                    target.parent.mkdir(parents=True, exist_ok=True)
                work(job)
        except OSError as e:
            error = told(e)
        except AdaINError as e:
            error = str(e) or type(e).__name__
        except (MemoryError, RuntimeError) as e:
            error = out_of_memory(e)
        yield Outcome(job.source, job.output, round(time.perf_counter() - start, 3), error)


def _is_source(job: Job) -> bool:
    """Whether the result would replace what it is made from, by whatever names both go."""
    source, target = Path(job.source), Path(job.output)
    named = STANDARD_STREAM not in (job.source, job.output)
    return named and source.exists() and target.exists() and target.samefile(source)


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
    apart = results if results is not None and path.is_dir() and not results.samefile(path) else None
    if content == STANDARD_STREAM:
        yield content, Path("stdin.png")
    elif path.is_dir():
        found, others = partition_files(path, leave_out=apart)
        if others:
            warnings.warn(left_out(content, others), AdaINWarning, stacklevel=2)
        for name in found:
            yield str(path / name), Path(name)
    else:
        yield content, Path(path.name)
