"""What command-line arguments mean that are more than a number or a name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..errors import AdaINError
from ..options import GRAIN_PRESETS, Grain, Kept, check_grain
from ..subject.words import WORDS, is_word

if TYPE_CHECKING:
    from ..video.keyframes import Timed


def parse_weighted(text: str) -> tuple[str, float]:
    """Split "STYLE:WEIGHT"; the weight is 1 when missing."""
    ref, colon, tail = text.rpartition(":")
    if colon and ref:
        try:
            return ref, float(tail)
        except ValueError:
            if not Path(text).exists() and "/" not in tail and "\\" not in tail:
                raise AdaINError(f"style {text!r}: the weight {tail!r} is not a number; write STYLE:0.5") from None
    return text, 1.0


def parse_mask(text: str) -> tuple[str | Path, list[tuple[str, float]]]:
    """Split "FILE=STYLE:WEIGHT+STYLE:WEIGHT"; of several "=" at the last one before which there is a file.

    In place of a file a word that stands for a mask, which stays text.
    """
    places = [place for place, letter in enumerate(text) if letter == "=" and text[:place] and text[place + 1 :]]
    if not places:
        raise AdaINError(f"--mask {text!r}: write FILE=STYLE, such as sky.png=starry-night or subject=scream")
    if is_word(text[: places[0]]):
        return text[: places[0]], _styles(text[places[0] + 1 :])
    place = next((place for place in reversed(places) if Path(text[:place]).is_file()), None)
    if place is None:
        raise AdaINError(f"--mask {text!r}: no mask file {text[: places[-1]]!r}; {' and '.join(WORDS)} need none")
    return Path(text[:place]), _styles(text[place + 1 :])


def _styles(refs: str) -> list[tuple[str, float]]:
    """ "STYLE:WEIGHT+STYLE:WEIGHT", or one file whose name has a plus."""
    return [parse_weighted(ref) for ref in ([refs] if Path(refs).is_file() else refs.split("+"))]


def parse_timed(text: str, option: str) -> Timed:
    """A number, or key frames "0:0,5s:1"."""
    from ..video.keyframes import KeyFrames

    if ":" in text:
        return KeyFrames.parse(text)
    try:
        return float(text)
    except ValueError:
        raise AdaINError(f"{option} {text!r}: give a number, or key frames such as 0:0,5s:1") from None


def parse_timed_weight(text: str) -> tuple[str, Timed]:
    """Split "STYLE:WEIGHT" or "STYLE@0:1,5s:0"; the weight is 1 when missing."""
    ref, at, keys = text.rpartition("@")
    if at and ref and ":" in keys and not Path(text).exists():
        return ref, parse_timed(keys, "--style")
    return parse_weighted(text)


def parse_options(texts: list[str]) -> dict[str, str]:
    """Split "NAME=VALUE" each."""
    pairs = [text.partition("=") for text in texts]
    for text, (name, equals, _) in zip(texts, pairs, strict=True):
        if not (name and equals):
            raise AdaINError(f"--codec-option {text!r}: write NAME=VALUE, such as tune=grain")
    return {name: value for name, _, value in pairs}


def parse_tile(text: str) -> int | Literal["auto"] | None:
    """ "auto", "none" or pixels."""
    if text == "auto":
        return "auto"
    if text == "none":
        return None
    if not text.isdigit() or int(text) < 1:
        raise AdaINError(f"--tile {text!r}: give pixels (such as 1024), auto or none")
    return int(text)


def parse_grain(text: str) -> Grain:
    """A word of `GRAIN_PRESETS`, or a number."""
    if text in GRAIN_PRESETS:
        return GRAIN_PRESETS[text]
    try:
        return check_grain(float(text))
    except (ValueError, AdaINError):
        raise AdaINError(f"--grain {text!r}: give {', '.join(GRAIN_PRESETS)}, or a number from 0 to 1") from None


def parse_kept(strip: bool, keep_gps: bool) -> Kept:
    """`--strip` and `--keep-gps`."""
    if strip and keep_gps:
        raise AdaINError("--strip leaves out what --keep-gps keeps: give one of them")
    return "none" if strip else "all" if keep_gps else "no-gps"


def parse_format(text: str | None) -> str | None:
    """ "png" to ".png"."""
    from ..pictures.formats import WRITTEN

    if text is None:
        return None
    suffix = "." + text.lower().lstrip(".")
    if suffix not in WRITTEN:
        raise AdaINError(f"--format {text!r}: give one of {', '.join(s.lstrip('.') for s in WRITTEN)}")
    return suffix
