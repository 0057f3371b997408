"""What built-in styles are called where one is chosen: by painter and title, sorted, and by their names of before."""

from __future__ import annotations

from collections.abc import Mapping

from ...adain_core.pictures.sheet import plain_letters
from ...adain_core.styles.builtin import builtin_styles, find_builtin
from ...adain_core.styles.style import Style

KNOWN_AS = {
    "El Greco": "El Greco",
    "Leonardo da Vinci": "Leonardo",
    "Limbourg brothers": "Limbourg brothers",
    "Pieter Bruegel the Elder": "Bruegel",
    "Vincent van Gogh": "Van Gogh",
    "Yoshida Hiroshi": "Yoshida",
}
"""Painters who are known by something else than the last word of their name."""


def painter(style: Style) -> str:
    """By what name the painter of a built-in style is known; "" of another style."""
    artist = style.info.get("artist", "")
    return KNOWN_AS.get(artist) or artist.rpartition(" ")[2]


def label(style: Style) -> str:
    """What a style is called: "Munch: The Scream", or its name where no painter is known."""
    return f"{painter(style)}: {style.info['title']}" if painter(style) else style.name


def caption(style: Style) -> str:
    """All that is known of it: "The Scream, Edvard Munch, 1893"."""
    known = [style.info.get(key, "") for key in ("title", "artist", "year")]
    return ", ".join(text for text in known if text) or style.name


def by_label(encoder: str = "") -> Mapping[str, Style]:
    """The built-in styles by what they are called, in alphabetical order.

    Args:
        encoder: as for :func:`~adain_core.styles.builtin.builtin_styles`.

    Raises:
        WeightsError: the file is missing.
        StyleError: the file is damaged.
    """
    styles = {label(style): style for style in builtin_styles(encoder).values()}
    return {text: styles[text] for text in sorted(styles, key=lambda text: plain_letters(text).casefold())}


def find_style(called: str) -> Style:
    """The built-in style that is called so, or of that name.

    Raises:
        StyleError: no such style; those that are meant, perhaps, are named.
        WeightsError: the file is missing.
    """
    return by_label().get(called) or find_builtin(called)


def matching(words: str, encoder: str = "") -> list[Style]:
    """Styles in whose painter, title, year or name one of some words is found; all where there are none.

    Args:
        words: with commas between.
        encoder: as for :func:`by_label`.
    """
    wanted = [plain_letters(word).casefold().strip() for word in words.split(",") if word.strip()]

    def found(style: Style) -> bool:
        text = plain_letters(f"{caption(style)} {style.name} {style.name.replace('-', ' ')}").casefold()
        return any(word in text for word in wanted)

    return [style for style in by_label(encoder).values() if not wanted or found(style)]
