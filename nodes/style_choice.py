"""A choice among the built-in styles: its options, what workflows of before hold, and what it stands for."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from comfy_api.latest import io

from ..adain_core.errors import StyleError, WeightsError
from ..adain_core.styles.builtin import find_builtin
from .engine.style_names import by_label, find_style, label

DEFAULT_STYLE = "starry-night"

NO_STYLES = "(the built-in styles are missing)"
"""What a choice among them offers then."""


def builtin_choice(files: Sequence[str] = ()) -> dict[str, Any]:
    """Options and default of a choice among the built-in styles, and files after them.

    Where the file of built-in styles is missing or damaged, the choice says so, and all else works without. The names
    that workflows of before hold are told, too: web/older_workflows.js shows them as what they are called now.
    """
    try:
        styles = by_label()
    except (StyleError, WeightsError) as e:
        logging.warning("AdaIN: no built-in styles: %s", e)
        return {"options": [NO_STYLES, *files], "default": NO_STYLES}
    older = {style.name: text for text, style in styles.items()}
    return {
        "options": [*styles, *files],
        "default": label(find_builtin(DEFAULT_STYLE)),
        "extra_dict": {"older_names": older},
    }


def style_name_input() -> Any:
    """A built-in style, beside sockets for others."""
    return io.Combo.Input(
        "style_name",
        **builtin_choice(),
        tooltip="A built-in style, for when neither style_image nor style is connected.",
    )


def only_input() -> Any:
    """Words that choose some of the built-in styles."""
    return io.String.Input(
        "only",
        optional=True,
        default="",
        tooltip=(
            "Only styles of these painters or with these words in the title or the year, comma between: monet, "
            "hokusai, 1889. Empty: all."
        ),
    )


def known(called: str | None, files: Sequence[str] = ()) -> bool | str:
    """Whether a choice is one that there is, by what it is called now or was before; else what to say.

    ComfyUI leaves this to a node that names the input among what it validates.

    Args:
        called: None where another node says it.
        files: that may be chosen, too.
    """
    if called is None or called in files or called == NO_STYLES:
        return True
    try:
        find_style(called)
    except (StyleError, WeightsError) as e:
        return str(e)
    return True
