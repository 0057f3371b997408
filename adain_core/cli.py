"""The `adain` command. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn, cast

import typer

from .errors import AdaINError

if TYPE_CHECKING:
    from .color import ColorMode
    from .model import AdaIN
    from .preparation import StyleArgument
    from .transfer import Progress, StyleLike

app = typer.Typer(
    help="Paint any photo in the style of any picture (AdaIN).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
style_app = typer.Typer(help="Make style files.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(style_app, name="style")

USAGE, FAILED, INTERRUPTED = 2, 1, 130


class Color(str, Enum):
    """Colour modes of `--color`."""

    style = "style"
    cholesky = "cholesky"
    eigen = "eigen"
    monge_kantorovich = "monge-kantorovich"
    luminance = "luminance"
    luminance_matched = "luminance-matched"


class DType(str, Enum):
    """Compute formats of `--dtype`."""

    auto = "auto"
    float32 = "float32"
    float16 = "float16"
    bfloat16 = "bfloat16"


Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps ...")]
ModelName = Annotated[str, typer.Option(help="vgg19 (bundled), a decoder file, a folder, or a Hub id.")]
Force = Annotated[bool, typer.Option("--force", help="Replace files that exist.")]


@app.command()
def stylize(
    contents: Annotated[list[str], typer.Argument(metavar="CONTENT...", help="Pictures, folders, or - for stdin.")],
    style: Annotated[
        list[str] | None,
        typer.Option(
            "--style", "-s", metavar="STYLE[:WEIGHT]", help="Built-in name, picture or style file. Repeat to blend."
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", help="File, folder, or - for stdout (PNG). Default: PICTURE_STYLE here."),
    ] = None,
    alpha: Annotated[float, typer.Option(help="Strength: 0 content, 1 style, above 1 exaggerates.")] = 1.0,
    color: Annotated[
        Color, typer.Option(help="Whose colours: the style's, or the content's by one of five methods.")
    ] = Color.style,
    mask: Annotated[
        list[str] | None,
        typer.Option(
            "--mask",
            "-m",
            metavar="FILE=STYLE[+STYLE...]",
            help="A style for the white part of a mask. Repeat for more.",
        ),
    ] = None,
    background: Annotated[str | None, typer.Option(metavar="STYLE", help="Style of what no mask covers.")] = None,
    feather: Annotated[float, typer.Option(help="Softness of mask edges, in pixels.")] = 0.0,
    size: Annotated[int | None, typer.Option(min=1, help="Resize the content to this shorter side, in pixels.")] = None,
    style_size: Annotated[
        int, typer.Option(min=16, help="Shorter side of style pictures: the scale of the strokes.")
    ] = 512,
    tile: Annotated[
        str, typer.Option(help="Edge of a tile in pixels, auto, or none. The picture is the same.")
    ] = "auto",
    device: Device = "auto",
    dtype: Annotated[DType, typer.Option(help="Compute format. auto: half precision where it is faster.")] = DType.auto,
    model: ModelName = "vgg19",
    suffix: Annotated[
        str | None, typer.Option("--format", help="Format of results in a folder: png, jpg, webp, tif.")
    ] = None,
    quality: Annotated[int, typer.Option(min=1, max=100, help="Of JPEG and WebP.")] = 95,
    force: Force = False,
    skip_existing: Annotated[
        bool, typer.Option("--skip-existing", help="Leave results that exist: goes on after a stop.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line a picture on stdout.")] = False,
) -> None:
    """Paint pictures in a style.

    adain stylize photo.jpg --style starry-night -o out.png
    adain stylize photos/ -s a.jpg:0.3 -s scream:0.7 --alpha 0.8 --color luminance -o out/
    adain stylize photo.jpg --mask sky.png=starry-night --background scream -o out.png
    """
    from . import batch

    with usage_errors():
        if bool(style) == bool(mask):
            raise AdaINError("give --style STYLE for the whole picture, or --mask FILE=STYLE for parts of it")
        if background and not mask:
            raise AdaINError(f"--background {background!r} is for what no --mask covers: give a mask too")
        refs = [parse_weighted(text) for text in style or []]
        regions = [parse_mask(text) for text in mask or []]
        named = [name for name, _ in refs] + [name for _, pairs in regions for name, _ in pairs]
        ending = parse_format(suffix)
        jobs = batch.plan(contents, output, "+".join(Path(name).stem for name in named), ending)
        if as_json and any(job.output == batch.STANDARD_STREAM for job in jobs):
            raise AdaINError("--json and the picture cannot both go to stdout: write the picture to a file with -o")
        edge = parse_tile(tile)
        from .model import AdaIN
        from .preparation import StylizeOptions
        from .style import check_alpha, check_weights
        from .transfer import Region

        check_alpha(alpha)
        for pairs in [refs] if refs else [pairs for _, pairs in regions]:
            check_weights([weight for _, weight in pairs])
        loaded = AdaIN.from_pretrained(model, device=device, dtype=dtype.value)
        keep = None if color is Color.style else cast("ColorMode", color.value)
        ready = {
            name: prepare_style(loaded, name, style_size, keep is not None)
            for name in [*named, *([background] if background else [])]
        }
        if mask:
            from .masks import open_mask

            what: StyleArgument = [
                Region([(ready[n], w) for n, w in pairs], open_mask(file)) for file, pairs in regions
            ]
        else:
            what = [(ready[name], weight) for name, weight in refs]

    with progress_bar(jobs) as (advance, tiles):

        def work(job: batch.Job) -> None:
            from .image_writer import encode_picture

            source = batch.read_source(job.source)
            options = StylizeOptions(
                alpha=alpha, color=keep, style_size=style_size, tile=edge, feather=feather,
                background=ready.get(background or ""), progress=tiles,
            )  # fmt: skip
            if job.output == batch.STANDARD_STREAM:
                picture = loaded.stylize(source, what, size=size, **options)
                sys.stdout.buffer.write(encode_picture(picture, format="png"))
            else:
                loaded.stylize_to_file(source, what, job.output, size=size, quality=quality, **options)

        failed = []
        for outcome in batch.run(jobs, work, force=force, resume=skip_existing):
            advance()
            if as_json:
                print(json.dumps(outcome.as_dict()), flush=True)
            elif not outcome.error and outcome.output != batch.STANDARD_STREAM:
                typer.echo(f"{outcome.output}  ({outcome.seconds:.1f} s)", err=False)
            if outcome.error:
                failed.append(outcome)
    if failed:
        if len(jobs) > 1:
            typer.echo(f"{len(failed)} of {len(jobs)} pictures failed:", err=True)
        for outcome in failed:
            typer.echo(
                f"adain: {outcome.source}: {outcome.error}"
                if outcome.source not in outcome.error
                else f"adain: {outcome.error}",
                err=True,
            )
        raise typer.Exit(FAILED)


@app.command()
def styles(
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw every style on a picture, as one picture.")
    ] = None,
    content: Annotated[Path | None, typer.Option(help="Picture for the sheet; the example photo when missing.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The list as JSON.")] = False,
    model: ModelName = "vgg19",
    device: Device = "auto",
    force: Force = False,
) -> None:
    """List the built-in styles, or draw them (--sheet styles.png)."""
    from .library import builtin_styles

    with usage_errors():
        found = builtin_styles()
    if sheet is not None:
        with usage_errors():
            check_free(sheet, force)
            from .model import AdaIN
            from .sheet import draw_sheet

            loaded = AdaIN.from_pretrained(model, device=device)
        with failures(), progress_bar(list(found)) as (advance, _):
            draw_sheet(loaded, list(found.values()), sheet, content, done=advance)
        typer.echo(str(sheet))
        return
    if as_json:
        print(json.dumps([{"name": style.name, **style.info} for style in found.values()], indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("name", "title", "artist", "year", "licence", box=None, pad_edge=False)
    for style in found.values():
        table.add_row(style.name, *(style.info.get(key, "") for key in ("title", "artist", "year", "licence")))
    Console(width=None if sys.stdout.isatty() else 200).print(table)


@style_app.command("save")
def style_save(
    pictures: Annotated[
        list[str],
        typer.Argument(
            metavar="PICTURE[:WEIGHT]...", help="Pictures, style files or built-in names; several are blended."
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Style file; the picture's name here when missing.")
    ] = None,
    name: Annotated[str, typer.Option(help="What to call it.")] = "",
    mask: Annotated[
        Path | None, typer.Option(help="Take the style from the white part of this mask (one picture only).")
    ] = None,
    title: Annotated[str, typer.Option(help="Title of the work.")] = "",
    artist: Annotated[str, typer.Option(help="Who made it.")] = "",
    year: Annotated[str, typer.Option(help="When.")] = "",
    source: Annotated[str, typer.Option(help="Where the picture is from.")] = "",
    licence: Annotated[str, typer.Option(help="Licence of the picture.")] = "",
    style_size: Annotated[int, typer.Option(min=16, help="Shorter side pictures are reduced to.")] = 512,
    model: ModelName = "vgg19",
    device: Device = "auto",
    force: Force = False,
) -> None:
    """Encode pictures into a 4 KB style file."""
    from dataclasses import replace

    with usage_errors():
        refs = [parse_weighted(text) for text in pictures]
        if mask is not None and len(refs) != 1:
            raise AdaINError(f"--mask with {len(refs)} pictures: give one picture")
        target = output or Path("+".join(Path(ref).stem for ref, _ in refs) + ".safetensors")
        if target.suffix != ".safetensors":
            raise AdaINError(f"a style file ends in .safetensors, not {target.name!r}")
        check_free(target, force)
        from .model import AdaIN
        from .style import Style

        loaded = AdaIN.from_pretrained(model, device=device, dtype="float32")
        if mask is not None:
            found = [loaded.encode_style(refs[0][0], mask=mask, size=style_size)]
        else:
            found = [loaded.style(ref, size=style_size) for ref, _ in refs]
        mixed = Style.mix(found, [weight for _, weight in refs])
    given = {"title": title, "artist": artist, "year": year, "source": source, "licence": licence}
    info = {**mixed.info, **{key: value for key, value in given.items() if value}}
    with failures():
        replace(mixed, name=name or mixed.name, info=info).save(target)
    typer.echo(str(target))


@app.command()
def convert(
    decoder: Annotated[Path | None, typer.Argument(help="decoder.pth of another AdaIN project.")] = None,
    vgg: Annotated[
        Path | None, typer.Option(help="Its vgg_normalised.pth: the encoder the decoder was trained with.")
    ] = None,
    encoder: Annotated[
        str | None, typer.Option(help="Instead of --vgg: the converted encoder it goes with (a file or a known name).")
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the converted files.")] = Path("converted"),
    licence: Annotated[str, typer.Option(help="Licence of these weights.")] = "unknown",
    force: Force = False,
) -> None:
    """Turn other projects' AdaIN weights (.pth) into ours; then: adain stylize --model FOLDER."""
    from .convert import convert_legacy

    with usage_errors():
        if decoder is None and vgg is None:
            raise AdaINError("nothing to convert: give decoder.pth, --vgg vgg_normalised.pth, or both")
    with failures():
        for path in convert_legacy(
            vgg=vgg, decoder=decoder, encoder=encoder, folder=output, licence=licence, force=force
        ):
            typer.echo(str(path))


@app.command()
def info(
    file: Annotated[Path | None, typer.Argument(help="A style, encoder or decoder file to describe.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Tell versions, device and bundled weights, or describe one file."""
    with usage_errors():
        rows = describe_file(file) if file else describe_installation()
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    wide = max(map(len, rows))
    for key, value in rows.items():
        typer.echo(f"{key:{wide}}  {value}")


def describe_file(file: Path) -> dict[str, str]:
    """What a safetensors file of ours says about itself."""
    from .weights import read_metadata

    return {"file": str(file), "bytes": str(file.stat().st_size) if file.is_file() else "", **read_metadata(file)}


def describe_installation() -> dict[str, str]:
    """Versions, device, compute format, and the weights at hand with their licences."""
    import platform

    import torch

    from . import __version__
    from .device import free_memory, pick_device, pick_dtype
    from .weights import bundled_folder, read_metadata

    device = pick_device()
    rows = {
        "adain": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "device": str(device),
        "dtype": str(pick_dtype("auto", device)).removeprefix("torch."),
        "free memory": f"{free_memory(device) / 2**30:.1f} GiB",
        "weights": str(bundled_folder()),
    }
    for path in sorted(bundled_folder().glob("*.safetensors")):
        meta = read_metadata(path)
        rows[path.name] = (
            f"{path.stat().st_size / 1e6:.1f} MB, encoder {meta.get('encoder')}, {meta.get('licence', '')}"
        )
    return rows


def prepare_style(model: AdaIN, ref: str, size: int, recolored: bool) -> StyleLike:
    """A style of the command line, read once: encoded, or a picture where its colours depend on the content."""
    from .image import open_picture

    stored = model.stored_style(ref)
    if stored is not None:
        return stored
    return open_picture(ref) if recolored else model.encode_style(ref, size=size)


def parse_weighted(text: str) -> tuple[str, float]:
    """Split "STYLE:WEIGHT"; the weight is 1 when missing."""
    ref, colon, tail = text.rpartition(":")
    if colon and ref:
        try:
            return ref, float(tail)
        except ValueError:
            if not Path(text).exists() and "/" not in tail and "\\" not in tail:
                raise AdaINError(f"--style {text!r}: the weight {tail!r} is not a number; write STYLE:0.5") from None
    return text, 1.0


def parse_mask(text: str) -> tuple[Path, list[tuple[str, float]]]:
    """Split "FILE=STYLE:WEIGHT+STYLE:WEIGHT"."""
    file, equals, refs = text.partition("=")
    if not (equals and file and refs):
        raise AdaINError(f"--mask {text!r}: write FILE=STYLE, such as sky.png=starry-night")
    if not Path(file).is_file():
        raise AdaINError(f"--mask {text!r}: no mask file {file!r}")
    return Path(file), [parse_weighted(ref) for ref in refs.split("+")]


def parse_tile(text: str) -> int | Literal["auto"] | None:
    """ "auto", "none" or pixels."""
    if text == "auto":
        return "auto"
    if text == "none":
        return None
    if not text.isdigit() or int(text) < 1:
        raise AdaINError(f"--tile {text!r}: give pixels (such as 1024), auto or none")
    return int(text)


def parse_format(text: str | None) -> str | None:
    """ "png" to ".png"."""
    from .batch import WRITABLE

    if text is None:
        return None
    suffix = "." + text.lower().lstrip(".")
    if suffix not in WRITABLE:
        raise AdaINError(f"--format {text!r}: give one of {', '.join(s.lstrip('.') for s in WRITABLE)}")
    return suffix


def check_free(path: Path, force: bool) -> None:
    """Refuse to write over a file."""
    if path.exists() and not force:
        raise AdaINError(f"{path} exists: add --force to replace it")


def fail(error: BaseException, code: int) -> NoReturn:
    """One line on stderr, and out."""
    typer.echo(f"adain: {' '.join(str(error).split())}", err=True)
    raise typer.Exit(code) from error


@contextmanager
def usage_errors() -> Iterator[None]:
    """What is wrong with the call itself ends it with exit code 2."""
    try:
        yield
    except (AdaINError, OSError) as e:
        fail(e, USAGE)


@contextmanager
def failures() -> Iterator[None]:
    """Work that fails ends with exit code 1."""
    try:
        yield
    except (AdaINError, OSError, MemoryError) as e:
        fail(e, FAILED)


@contextmanager
def progress_bar(jobs: Sequence[object]) -> Iterator[tuple[Callable[[], None], Progress]]:
    """A bar on stderr once the work has taken a second; two callbacks: a picture is done, a tile is done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    start, done = time.monotonic(), 0
    task = bar.add_task(f"0/{len(jobs)} pictures" if len(jobs) > 1 else "stylizing", total=len(jobs))

    def show(completed: float) -> None:
        if not bar.live.is_started and time.monotonic() - start > 1:
            bar.start()
        label = f"{done}/{len(jobs)} pictures" if len(jobs) > 1 else "stylizing"
        bar.update(task, completed=completed, description=label)

    def advance() -> None:
        nonlocal done
        done += 1
        show(done)

    try:
        yield advance, lambda tiles, total: show(done + tiles / total)
    except KeyboardInterrupt:
        typer.echo("adain: stopped; finished pictures are kept, nothing is half written", err=True)
        raise typer.Exit(INTERRUPTED) from None
    finally:
        if bar.live.is_started:
            bar.stop()


def main() -> None:
    """Entry point of the `adain` command."""
    app()
