"""Flat pictures, drawn on the spot: drawings, gradients, text, screenshots and thin lines beside the photos.

Photos have texture nearly everywhere. A network that has seen nothing else paints halos around the edges of a drawing
and meshes into its flat parts.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

FINE = 3
"""Drawn so many times as large and shrunk: edges as soft as a renderer's."""

COMPRESSED = 0.5
"""Share that has gone through JPEG, as most drawings on the web have."""

LETTERS = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,;:!?"


def draw(rng: np.random.Generator, side: int) -> np.ndarray:
    """A picture of one of the kinds.

    Args:
        rng: decides all; the same on every machine but for the shapes of Pillow's letters.
        side: in pixels.

    Returns:
        (side, side, 3) uint8.
    """
    kind = KINDS[int(rng.integers(len(KINDS)))]
    picture = kind(rng, FINE * side).resize((side, side), Image.Resampling.BOX)
    if rng.random() < COMPRESSED:
        written = io.BytesIO()
        picture.save(written, "JPEG", quality=int(rng.integers(60, 96)))
        picture = Image.open(written)
    return np.array(picture.convert("RGB"))


def _colour(rng: np.random.Generator) -> tuple[int, ...]:
    """Any colour, or a pale or a dark one, as paper and outlines are."""
    lowest, highest = ((0, 256), (215, 256), (0, 50))[int(rng.choice(3, p=(0.6, 0.25, 0.15)))]
    return tuple(int(v) for v in rng.integers(lowest, highest, 3))


def _slope(rng: np.random.Generator, side: int) -> Image.Image:
    """From one colour to another across the picture."""
    y, x = np.mgrid[0:side, 0:side] / side
    turn = rng.uniform(0, 2 * np.pi)
    along = 0.5 + (x - 0.5) * np.cos(turn) + (y - 0.5) * np.sin(turn)  # (side, side)
    first, last = np.array(_colour(rng)), np.array(_colour(rng))
    return Image.fromarray((first + (last - first) * along[..., None].clip(0, 1)).astype(np.uint8))


def _ground(rng: np.random.Generator, side: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = _slope(rng, side) if rng.random() < 0.25 else Image.new("RGB", (side, side), _colour(rng))
    return picture, ImageDraw.Draw(picture)


def _points(rng: np.random.Generator, side: int, count: int) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in rng.uniform(-0.1 * side, 1.1 * side, (count, 2))]


def _shapes(rng: np.random.Generator, side: int) -> Image.Image:
    """Areas of one colour, half of them with an outline."""
    picture, pen = _ground(rng, side)
    outline = _colour(rng) if rng.random() < 0.5 else None
    width = int(rng.integers(1, 4)) * FINE
    for _ in range(int(rng.integers(2, 9))):
        (x, y), *corners = _points(rng, side, int(rng.integers(4, 8)))
        r = side * rng.uniform(0.05, 0.35)
        which = rng.integers(4)
        if which == 0:
            pen.ellipse((x - r, y - r, x + r, y + r), fill=_colour(rng), outline=outline, width=width)
        elif which == 1:
            pen.rounded_rectangle((x - r, y - r / 2, x + r, y + r / 2), r / 4, _colour(rng), outline, width)
        elif which == 2:
            pen.polygon(corners, fill=_colour(rng), outline=outline, width=width)
        else:
            pen.line(corners, fill=_colour(rng), width=int(r / 4) + 1, joint="curve")
    return picture


def _text(rng: np.random.Generator, side: int) -> Image.Image:
    """Lines of letters on paper."""
    picture, pen = _ground(rng, side)
    _write(rng, pen, (0, 0, side, side))
    return picture


def _write(rng: np.random.Generator, pen: ImageDraw.ImageDraw, box: tuple[float, float, float, float]) -> None:
    size = int(rng.integers(9, 30)) * FINE
    font, colour = ImageFont.load_default(size), _colour(rng)
    for y in np.arange(box[1] + size / 2, box[3] - size, size * rng.uniform(1.2, 1.8)):
        words = ("".join(rng.choice(list(LETTERS), int(rng.integers(1, 9)))) for _ in range(40))
        line, end = "", int(2 * (box[2] - box[0]) / size * rng.uniform(0.3, 1.0))
        for word in words:
            if len(line) + len(word) >= end:
                break
            line += f" {word}"
        pen.text((box[0] + size / 2, float(y)), line, fill=colour, font=font)


def _window(rng: np.random.Generator, side: int) -> Image.Image:
    """Bars, panels, buttons and words, as on a screen."""
    picture, pen = _ground(rng, side)
    bar, edge = side * rng.uniform(0.05, 0.15), side * rng.uniform(0.2, 0.4)
    pen.rectangle((0, 0, side, bar), fill=_colour(rng))
    pen.rectangle((0, bar, edge, side), fill=_colour(rng))
    _write(rng, pen, (0, bar, edge, side * rng.uniform(0.4, 1.0)))
    step = side * rng.uniform(0.1, 0.25)
    for y in np.arange(bar + step / 4, side, step):
        box = (edge * 1.1, float(y), edge * 1.1 + side * rng.uniform(0.1, 0.6), float(y + step * 0.7))
        if rng.random() < 0.6:
            pen.rounded_rectangle(box, step * rng.uniform(0, 0.3), fill=_colour(rng))
        else:
            _write(rng, pen, box)
    return picture


def _lines(rng: np.random.Generator, side: int) -> Image.Image:
    """Thin lines and circles, as in a drawing by pen."""
    picture, pen = _ground(rng, side)
    colour = _colour(rng)
    for _ in range(int(rng.integers(4, 16))):
        width = int(rng.integers(1, 4)) * FINE
        if rng.random() < 0.3:
            (x, y), r = _points(rng, side, 1)[0], side * rng.uniform(0.05, 0.4)
            pen.ellipse((x - r, y - r, x + r, y + r), outline=colour, width=width)
        else:
            pen.line(_points(rng, side, int(rng.integers(2, 5))), fill=colour, width=width, joint="curve")
        if rng.random() < 0.2:
            colour = _colour(rng)
    return picture


KINDS: tuple[Callable[[np.random.Generator, int], Image.Image], ...] = (_shapes, _slope, _text, _window, _lines)
