"""What the page says, in each of its languages: ``assets/words/`` has a file for each, with the same keys.

Labels are chosen in the browser (`gr.I18n`), the same in the page's own controls (`say` in ``js/page.js``); what is
answered to a visitor is in the language his browser asks for first. Both fall back to English.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.context import LocalContext
from gradio.i18n import I18nData

if TYPE_CHECKING:
    from .limits import Limits

LANGUAGES = ("en", "zh", "ja", "de", "fr", "es")
FOLDER = Path(__file__).parent / "assets" / "words"
PREFIX = "adain."
"""How keys begin in the browser, where Gradio has words of its own."""


@functools.cache
def words(language: str) -> dict[str, str]:
    """All that is said in a language, by key. ``{name}`` stands for what is filled in."""
    found: dict[str, str] = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return found


def label(key: str) -> Any:
    """What a control says; the browser chooses the language. Not all of Gradio's types tell that they take it."""
    return I18nData(PREFIX + key)


def say(key: str, **values: Any) -> str:
    """What is answered to a visitor, in his language.

    Args:
        key: of the text.
        **values: what is filled in.
    """
    return filled(words(language())[key], values)


def language() -> str:
    """The language of whoever asks now; English outside of a request, and for languages that the page has not."""
    headers = getattr(LocalContext.request.get(None), "headers", None)
    wanted = str((headers or {}).get("accept-language", "")).strip().lower()
    first = re.split(r"[-,;]", wanted)[0]
    return first if first in LANGUAGES else LANGUAGES[0]


def translations(limits: Limits, **numbers: str) -> gr.I18n:
    """All labels in all languages, with this server's limits.

    Args:
        limits: what is refused.
        **numbers: more that is said in them.
    """
    values = {
        "side": f"{limits.side}", "megapixels": f"{limits.result_pixels / 1e6:.0f}", "most": f"{limits.styles}",
        "clip_seconds": f"{limits.video_seconds:.0f}", "clip_frames": f"{limits.video_frames}",
        "megabytes": f"{limits.upload_bytes / 2**20:.0f}", **numbers,
    }  # fmt: skip
    return gr.I18n(**{
        each: {PREFIX + key: filled(text, values) for key, text in words(each).items()} for each in LANGUAGES
    })  # fmt: skip


def filled(text: str, values: dict[str, Any]) -> str:
    """A text with what is known filled in; the rest stays for later."""
    return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], found[0])), text)
