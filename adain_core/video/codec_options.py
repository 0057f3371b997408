"""What an encoder's options may be, by what the installed FFmpeg says of it."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

from .pyav import av
from .reading import VideoError

WORST = {"libx264": 51, "libx264rgb": 51, "libx265": 51}
"""Ends of the scale of `crf` that FFmpeg leaves open: x264 takes a higher number for this one without a word."""


def check_options(encoder: str, options: Mapping[str, str]) -> None:
    """Refuse numbers out of their range and words that are no choice.

    Names that the encoder does not know are told by :func:`complaint`, once it has been opened.

    Raises:
        VideoError: names the option, its value and what the encoder takes.
    """
    known = _known(encoder)
    for name, value in options.items():
        option = known.get(name)
        if option is None:
            continue
        if option.choices and value in {choice.name for choice in option.choices}:
            continue
        number = _number(value)
        if number is None or not option.min < option.max:
            continue
        highest = min(option.max, WORST.get(encoder, option.max)) if name == "crf" else option.max
        if not option.min <= number <= highest:
            end = f"to {highest:g}" if highest < 2**31 - 1 else "or more"
            raise VideoError(f"{name} is {value}, but {encoder} takes {option.min:g} {end}")


def complaint(encoder: str, left: Mapping[str, str], said: Sequence[str]) -> str | None:
    """Why an encoder that was opened is not what was asked for; None if it is.

    Args:
        encoder: FFmpeg's name.
        left: the options that it did not take.
        said: what it said meanwhile, see :func:`overheard`.
    """
    if left:
        name = next(iter(left))
        near = get_close_matches(name, _known(encoder), 3)
        return f"no option {name!r}" + (f"; near ones are {', '.join(near)}" if near else "")
    # Words about an option mean that it was passed over: those within x264-params and the like.
    return next((line for line in said if re.search(r"\boption\b", line)), None)


@contextmanager
def overheard() -> Iterator[list[str]]:
    """What FFmpeg's log and encoders by themselves would write to stderr: warnings and errors, complete at the end.

    Nothing of it is seen. For a moment only: what other threads write to stderr meanwhile is not seen either.
    """
    said: list[str] = []
    level = av.logging.get_level()
    av.logging.set_level(av.logging.WARNING)
    try:
        with _stderr_to(said), av.logging.Capture() as log:
            try:
                yield said
            finally:
                said += [" ".join(message.split()) for _, _, message in log]
    finally:
        av.logging.set_level(level)


@contextmanager
def _stderr_to(lines: list[str]) -> Iterator[None]:
    """What libraries write to the process's stderr, without their names before it."""
    try:
        ours = os.dup(2)
    except OSError:  # a process without a stderr
        yield
        return
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(ours, 2)
            os.close(ours)
            file.seek(0)
            written = file.read().decode(errors="replace").splitlines()
            lines += [line.partition("]: ")[2].strip() for line in written if "[error]: " in line]


def _known(encoder: str) -> dict[str, Any]:
    """FFmpeg's descriptions of the options, by name; empty where PyAV is too old to hand them on (before 18)."""
    found = getattr(av.CodecContext.create(encoder, "w"), "supported_options", None)
    return {} if found is None else {option.name: option for option in (*found.generic, *found.private)}


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
