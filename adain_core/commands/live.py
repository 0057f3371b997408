"""`adain live`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import AdaINError
from ..options import Options, VideoOptions
from ..system.stopping import exit_code
from .options import Device, DType, Force, Precision
from .outcomes import check_free, failures, usage_errors

if TYPE_CHECKING:
    import numpy as np

    from ..live import LivePainter
    from ..live.window import Key


def live(
    source: Annotated[str, typer.Argument(metavar="CAMERA|VIDEO", help="Number of a camera, or a video file.")] = "0",
    style: Annotated[
        list[str] | None,
        typer.Option("--style", "-s", help="Built-in name, picture or style file; repeat for some to choose from."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write a video instead of opening a window.")
    ] = None,
    window: Annotated[bool, typer.Option("--window", help="A window as well as --output.")] = False,
    alpha: Annotated[float, typer.Option(min=0, help="Strength: 0 is the content, 1 the style.")] = Options.alpha,
    size: Annotated[int, typer.Option(min=32, help="Shorter side of the frames at most, in pixels.")] = 480,
    steady: Annotated[
        float, typer.Option(min=0, help="Seconds over which statistics are averaged.")
    ] = VideoOptions.steady,
    mirror: Annotated[bool, typer.Option("--mirror/--no-mirror", help="A camera as a mirror.")] = True,
    seconds: Annotated[float | None, typer.Option(min=0, help="Stop after so many seconds.")] = None,
    model: Annotated[str, typer.Option(help="lite (fast), vgg19, a decoder file, a folder, or a Hub id.")] = "lite",
    device: Device = "auto",
    dtype: Precision = DType.auto,
    force: Force = False,
) -> None:
    """Paint a camera or a video while you watch. Arrows: style and strength; S keeps a picture; Q ends.

    \b
    adain live --style starry-night --style scream
    adain live clip.mp4 --style starry-night -o out.mp4
    """
    with usage_errors():
        from ..live import Camera, Film, LivePainter, Recorder, Window, newest
        from ..model import AdaIN
        from ..styles.builtin import builtin_styles

        if output is not None:
            check_free(output, force)
        loaded = AdaIN.from_pretrained(model, device=device, dtype=dtype.value)
        shown = window or output is None
        painter = LivePainter(loaded, style or list(builtin_styles()), alpha, steady)
        _ = painter.style  # a wrong name is told before a camera is turned on
        if source.isdecimal():
            frames = newest(Camera(int(source), size, mirror).frames())
        else:
            paced = Film(source, size, pace=shown).frames()
            frames = newest(paced) if shown else paced
        screen = Window("AdaIN") if shown else None
        recorder = Recorder(output) if output is not None else None
    started = time.monotonic()
    with failures():
        count = code = 0
        try:
            for count, (pixels, at) in enumerate(frames, 1):
                painted = painter(pixels, at)
                if recorder is not None:
                    recorder.write(painted, at)
                if screen is not None:
                    rate = count / (time.monotonic() - started)
                    caption = f"{painter.style.name}, strength {painter.alpha:.1f}, {rate:.0f} frames a second"
                    if not all([_press(key, painter, painted) for key in screen.show(painted, caption)]):
                        break
                if seconds is not None and at >= seconds:
                    break
        except KeyboardInterrupt as stop:  # a way to end it like any other
            code = exit_code(stop)
        finally:
            if recorder is not None:
                recorder.close()
            if screen is not None:
                screen.close()
        if not count:
            raise AdaINError(f"{source} gave no frame: check the camera or the file")
    took = time.monotonic() - started
    typer.echo(f"{count} frames in {took:.1f} s, {count / took:.1f} a second")
    if code not in (0, exit_code(KeyboardInterrupt())):  # whoever sent another signal looks at the code
        raise typer.Exit(code)


def _press(key: Key, painter: LivePainter, painted: np.ndarray) -> bool:
    """Do what a key stands for; whether to go on after."""
    if key == "keep":
        from ..pictures.writing import save_picture

        path = Path(f"live-{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() // 10**6 % 1000:03}.png")
        save_picture(path, painted)
        typer.echo(path)
    elif key in ("next", "previous"):
        painter.turn(1 if key == "next" else -1)
    elif key in ("stronger", "weaker"):
        painter.strengthen(1 if key == "stronger" else -1)
    return key != "quit"
