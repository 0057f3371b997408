"""`adain dataset`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import AdaINError
from ..options import Options
from .flags import read_flags, takes
from .options import Device, DType, KeepGps, ModelName, Precision, Strip
from .outcomes import FAILED, fail, stopped, usage_errors
from .parsing import parse_format, parse_kept
from .progress import Lines

SHOWN = 20
"""Failures listed one by one; the manifest has all."""


@takes(
    Options,
    {"size": ["color"], "to": ["style_size", "grain"]},
    only=["color", "style_size", "grain"],
    color={"help": "Whose colours; the content's are matched after painting."},
)
def dataset(
    places: Annotated[
        list[str],
        typer.Argument(
            metavar="CONTENT STYLES OUT_DIR",
            help="CONTENT: a folder of pictures, tar shards or Parquet files, or hf:user/name:split. "
            "STYLES: the same, or 'builtin', or a file of styles. OUT_DIR: new, empty, or the same job's.",
        ),
    ],
    seed: Annotated[int, typer.Option(help="Of the draws of styles and strengths.")] = 0,
    per_picture: Annotated[
        int, typer.Option("--per-picture", "-k", min=1, help="Results a picture, each in another style.")
    ] = 1,
    alpha: Annotated[str, typer.Option(metavar="A|LOW:HIGH", help="Strength, or a range to draw it from.")] = "1",
    size: Annotated[int | None, typer.Option(min=1, help="Resize pictures to this shorter side, in pixels.")] = None,
    crop: Annotated[bool, typer.Option("--crop", help="Cut out the middle square, after resizing.")] = False,
    to: Annotated[
        str, typer.Option(help="Store results as files, tar or parquet. Default: as the input is; parquet for hf.")
    ] = "",
    suffix: Annotated[
        str | None, typer.Option("--format", help="png, jpg, webp, tif. Default: each picture's own.")
    ] = None,
    quality: Annotated[int, typer.Option(min=1, max=100, help="Of JPEG and WebP.")] = 95,
    strip: Strip = False,
    keep_gps: KeepGps = False,
    shard_size: Annotated[int, typer.Option(min=1, help="Pictures a shard, where the input has no shards.")] = 1000,
    column: Annotated[str | None, typer.Option(help="Column of the pictures, in tables.")] = None,
    style_column: Annotated[str | None, typer.Option(help="The same for STYLES.")] = None,
    extend: Annotated[
        bool, typer.Option("--extend", help="Paint pictures, too, that came since the job in OUT_DIR began.")
    ] = False,
    copy_others: Annotated[
        bool, typer.Option("--copy-others", help="Copy the folder's other files along: boxes, captions, lists.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=0, help="Processes (with --ray: actors). Default: one a CPU core, three a GPU.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, help="Pictures of equal size at once through the network.")] = 16,
    ray: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Run on a Ray cluster: its address, auto, or local.")
    ] = None,
    device: Device = "auto",
    dtype: Precision = DType.auto,
    model: ModelName = "vgg19",
    verify: Annotated[
        bool, typer.Option("--verify", help="Only check the results in OUT_DIR against the manifest.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="What became of it as one JSON line on stdout.")] = False,
    **flags: Any,
) -> None:
    """Paint a whole dataset, each picture in styles drawn for it. The same call goes on after a stop.

    \b
    adain dataset photos/ paintings/ out/ --size 256 --crop --alpha 0.5:1
    adain dataset train-shards/ paintings/ out/ -k 3 --seed 7
    adain dataset hf:user/name:train builtin out/ --ray auto
    adain dataset out/ --verify
    """
    if verify:
        return check(places[-1], as_json)
    with usage_errors():
        if len(places) != 3:
            raise AdaINError(f"{len(places)} arguments: give CONTENT STYLES OUT_DIR (or OUT_DIR --verify)")
        low, high = parse_range(alpha)
        ending = parse_format(suffix)
        from ..dataset import JobOptions, StoppedError, stylize_dataset
        from ..dataset.state import JobFolder

        options = JobOptions(
            seed=seed, per_picture=per_picture, alpha=(low, high), size=size, crop=crop, store=to,
            suffix=ending, quality=quality, metadata=parse_kept(strip, keep_gps), shard_size=shard_size, batch=batch,
            model=model, dtype=dtype.value, **read_flags(Options, flags),
        )  # fmt: skip
        with count_bar("what is done is kept; the same call goes on") as advance:
            try:
                content, styles, out = places
                report = stylize_dataset(
                    content, styles, out, options, workers=workers, device=device, ray=ray, column=column,
                    style_column=style_column, extend=extend, copy_others=copy_others, advance=advance,
                )  # fmt: skip
            except StoppedError as e:
                fail(e, FAILED)
    said = {
        "results": report.results, "made": report.made, "failed": len(report.failed),
        "bad_styles": len(report.bad_styles), "copied": report.copied, "seconds": round(report.seconds, 3),
    }  # fmt: skip
    listed = JobFolder(Path(out)).manifest
    if as_json:
        print(json.dumps(said))
    else:
        typer.echo(
            f"{report.results - len(report.failed)} of {report.results} results in {out} ({report.made} made now)"
        )
    said_of = [
        row["error"] if row["source"] in row["error"] else f"{row['source']}: {row['error']}" for row in report.failed
    ]
    tell(said_of, f"results failed; see {listed}")
    tell(
        [f"{name}: {error}" for name, error in report.bad_styles.items()],
        "styles could not be used, others stand in",
    )
    tell([f"{name}: {error}" for name, error in report.not_copied.items()], "files could not be copied")
    if report.failed or report.not_copied:  # not for a bad style: all that was asked for is there
        raise typer.Exit(FAILED)


def check(out: str, as_json: bool) -> None:
    """`--verify`."""
    from ..dataset import verify

    with usage_errors(), count_bar("nothing was changed") as advance:
        wrong = verify(out, advance)
    if as_json:
        print(json.dumps({"wrong": wrong}))
    tell(wrong, "results are missing or not as the manifest says")
    if wrong:
        raise typer.Exit(FAILED)
    if not as_json:
        typer.echo(f"{out}: every result is as the manifest says")


def tell(lines: list[str], what: str) -> None:
    """Failures on stderr, the first of them one by one."""
    if not lines:
        return
    typer.echo(f"adain: {len(lines)} {what}:", err=True)
    for line in lines[:SHOWN]:
        typer.echo(f"  {' '.join(line.split())}", err=True)
    if len(lines) > SHOWN:
        typer.echo(f"  ... and {len(lines) - SHOWN} more", err=True)


def parse_range(text: str) -> tuple[float, float]:
    """ "0.5:1" or "0.8"."""
    low, colon, high = text.partition(":")
    try:
        return float(low), float(high if colon else low)
    except ValueError:
        raise AdaINError(f"--alpha {text!r}: give a number, or a range such as 0.5:1") from None


@contextmanager
def count_bar(when_stopped: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr once the work has taken a second; takes results done and results in all.

    Args:
        when_stopped: what to say when it is stopped.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    start, task, lines = time.monotonic(), bar.add_task("results"), Lines("results")

    def show(done: int, total: int) -> None:
        lines(done, total)
        if not bar.live.is_started and time.monotonic() - start > 1:
            bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield show
    except KeyboardInterrupt as stop:
        stopped(stop, when_stopped)
    finally:
        if bar.live.is_started:
            bar.stop()
