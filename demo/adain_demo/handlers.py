"""What happens when a control is used: values of the page in, values of the page out."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from adain_core.errors import AdaINError

from .address import Address
from .catalogue import catalogue
from .controls import Controls, OwnStyles, chosen
from .history import History, Result
from .request import Request, Service
from .results import data_url, download_file, full_file, shown_file
from .waiting import NobodyWaitsError, dismiss
from .words import say

BRUSH_SIDE = 640
"""Pixels: longer side of the photo under the brush."""

PAINT = "paint"
"""The event that paints in full size."""
SLOW = 1.0
"""Seconds of painting after which another wish ends it; before, it may be the answer to that very wish."""


@contextmanager
def messages() -> Iterator[None]:
    """What was wrong with the request is shown on the page, in one line."""
    try:
        yield
    except AdaINError as e:
        raise gr.Error(str(e), title=say("not-possible"), print_exception=False) from e
    except MemoryError as e:
        raise gr.Error(say("no-memory"), print_exception=False) from e


def titles(picked: Sequence[dict[str, Any]], own: OwnStyles) -> list[str]:
    """What the chosen styles are called."""
    known = {row["key"]: row["title"] for row in catalogue()}
    return [own[p["key"]]["title"] if p["key"] in own else known.get(p["key"], p["key"]) for p in picked]


class Handlers:
    """The functions behind the page's events.

    Args:
        service: fulfils requests.
        folder: where Gradio keeps files of this app.
        start: the controls as the page opens.
    """

    def __init__(self, service: Service, folder: str, start: Controls) -> None:
        self.service, self.folder = service, folder
        self.address = Address(service.limits, start)

    def paint(self, history: History, form: str, *values: Any) -> tuple[Any, ...]:
        """Paint what the controls ask for, in full size: what the page shows of it, as :meth:`shown`.

        It ends without an error whatever is asked for: after one, Gradio forgets what was asked for meanwhile.
        """
        controls = Controls(*values)
        unchanged: tuple[Any, ...] = (gr.skip(), gr.skip(), gr.skip(), history, gr.skip(), gr.skip())
        try:
            request = self.request(controls)
            if self._told_at_upload(request.photo):
                return unchanged
            if hint := self.hint(request):
                if request.photo is None:  # it was taken away: its picture goes, too
                    return None, hint, download(None), *unchanged[3:]
                return gr.skip(), hint, *unchanged[2:]
            current = history.current
            if current is None or request != current.request:
                history = history.added(self._painted(request, controls))
            elif not current.there():
                history = history.replaced(self._painted(request, controls))
            return self.shown(history, form)
        except NobodyWaitsError:  # stopped, or something else is wanted by now
            return unchanged
        except (AdaINError, MemoryError) as e:
            gr.Warning(say("no-memory") if isinstance(e, MemoryError) else str(e), title=say("not-possible"))
            return unchanged

    def request(self, controls: Controls) -> Request:
        """What the controls ask for; refinement, where it is switched off as the model cannot, is none."""
        request = controls.request()
        if request.refine and not self.service.engine.refines(request.model):
            return replace(request, refine=0)
        return request

    @staticmethod
    def places(mix: str) -> Any:
        """What the places of the chosen styles are called."""
        return gr.HTML(places=["inside", "outside"] if mix == "area" else [])

    def able(self, model: str, refine: float) -> tuple[Any, Any, Any]:
        """Whether refinement does anything, and what it brings and keeps."""
        can = self.service.engine.refines(model or None)
        steps = can and refine > 0
        return gr.Slider(interactive=can), gr.Slider(interactive=steps), gr.Slider(interactive=steps)

    @staticmethod
    def hurry(visitor: gr.Request) -> None:
        """Something else is wanted: what is painted no longer has to be."""
        dismiss(visitor.session_hash, PAINT, after=SLOW)

    @staticmethod
    def stop(visitor: gr.Request) -> None:
        """Nothing is wanted any more."""
        dismiss(visitor.session_hash, PAINT)

    def shown(self, history: History, form: str) -> tuple[Any, ...]:
        """The current result: both pictures, facts, download, history, what is shown of it, and the address."""
        result = history.current
        if result is None:
            return gr.skip(), gr.skip(), gr.skip(), history, gr.skip(), gr.skip()
        return (
            (result.before, result.after), result.facts, download(self._file(result, form)), history,
            gr.HTML(value=strip(history)), gr.HTML(value={"query": self.address.query(result.controls)}),
        )  # fmt: skip

    def undo(self, history: History, form: str) -> tuple[Any, ...]:
        """The result before, with the controls as they were: those of :meth:`restored`."""
        return self.restored(history.back(), form)

    def revisit(self, history: History, form: str, wanted: Any) -> tuple[Any, ...]:
        """A result of the history, by the number that the page asks for."""
        return self.restored(history.showing((wanted or {}).get("wanted", -1)), form)

    def restored(self, history: History, form: str) -> tuple[Any, ...]:
        """The current result of a history: its controls, whether it has to be painted again, then :meth:`shown`."""
        result = history.current
        if result is None:
            return (*[gr.skip()] * len(Controls._fields), gr.skip(), *self.shown(history, form))
        if result.there():
            return *updates(result.controls), gr.skip(), *self.shown(history, form)
        unchanged = gr.skip(), gr.skip(), gr.skip(), history, gr.HTML(value=strip(history)), gr.skip()
        return *updates(result.controls), time.monotonic(), *unchanged

    @staticmethod
    def photo_of(history: History, photo: str | None) -> Any:
        """The photo of the current result, if the page shows another."""
        return (
            gr.skip()
            if history.current is None or history.current.controls.photo == photo
            else history.current.controls.photo
        )

    def opened(self, query: Any) -> tuple[Any, ...]:
        """The controls of an address, and that they are to be painted."""
        return *updates(self.address.controls(str(query))), time.monotonic()

    def deliver(self, history: History, form: str) -> Any:
        """The download in another form."""
        with messages():
            return download(self._file(history.current, form) if history.current else None)

    @staticmethod
    def hint(request: Request) -> str:
        """What is missing, or nothing."""
        if request.photo is None:
            return say("choose-photo")
        if not request.styles:
            return say("choose-style")
        if request.mix == "paint" and not any(request.painted):
            return say("paint-first")
        return ""

    def preview(self, history: History, *values: Any) -> tuple[Any, Any]:
        """A small picture while a control is moved; what is wrong is told once it is let go."""
        try:
            request = self.request(Controls(*values))
            # A preview that waited behind the full picture of the same request would replace it by a small one.
            if self.hint(request) or (history.current and request == history.current.request):
                return gr.skip(), gr.skip()
            painted = self.service.fulfil(request, preview=True)
            before = shown_file(self.service.photo(request, preview=True).to_pil(), "photo", self.folder)
            after = shown_file(painted.image, "preview", self.folder)
        except (AdaINError, MemoryError):
            return gr.skip(), gr.skip()
        return (before, after), say("preview")

    def accept(self, photo: str | None) -> str | None:
        """A new photo: kept if it can be read, else taken away with a message."""
        if photo is None:
            return None
        try:
            self.service.photos.look(photo)
        except AdaINError as e:
            gr.Warning(str(e), title=say("not-possible"))
            return None
        return photo

    def follow(self, picker: Any, own: OwnStyles) -> tuple[Any, Any, Any]:
        """What shows the chosen styles: the corners, the brush, and whether the stroke size matters."""
        with messages():
            picked = chosen(picker)
        names = titles(picked, own)
        stroke = gr.Slider(interactive=any(row["key"] in own for row in picked))
        layers = [{"key": row["key"], "name": name} for row, name in zip(picked, names, strict=True)]
        return gr.HTML(corners=names), gr.HTML(layers=layers), stroke

    def around(self, photo: str | None) -> tuple[Any, Any]:
        """What else shows a new photo: the brush, and the styles' tiles. Nothing for one that cannot be read."""
        empty = gr.HTML(photo="", value={"masks": {}})
        if photo is None:
            return empty, gr.skip()
        try:
            picture = self.service.photos.look(photo)
        except AdaINError:
            return empty, gr.skip()
        image = picture.to_pil().convert("RGB")
        image.thumbnail((BRUSH_SIDE, BRUSH_SIDE))
        return gr.HTML(photo=data_url(image)), gr.HTML(photo=photo)

    def _told_at_upload(self, photo: str | None) -> bool:
        """Whether a photo cannot be read, which :meth:`accept` tells of; that it was deleted, nobody did yet."""
        try:
            if photo is not None and Path(photo).exists():
                self.service.photos.look(photo)
        except AdaINError:
            return True
        return False

    def _painted(self, request: Request, controls: Controls) -> Result:
        start = time.perf_counter()
        painted = self.service.fulfil(request)
        if painted.note:
            gr.Warning(painted.note)
        name = "adain-" + "+".join(ref if isinstance(ref, str) else "own" for ref, _ in request.styles)[:80]
        before = shown_file(self.service.photo(request).to_pil(), "photo", self.folder)
        after = shown_file(painted.image, name, self.folder)
        full = full_file(painted.image, name, self.folder)
        title = " + ".join(titles(chosen(controls.picker), controls.own))
        seconds = time.perf_counter() - start
        facts = say(
            "facts", title=title, width=painted.image.width, height=painted.image.height, seconds=f"{seconds:.1f}"
        )
        return Result(request, controls, before, after, full, name, title, facts)

    def _file(self, result: Result, form: str) -> str | None:
        if result.full is None:
            return None

        def photo() -> Any:
            return self.service.photo(result.request).to_pil()

        return download_file(result.full, form, photo, result.name, self.folder)


def updates(controls: Controls) -> tuple[Any, ...]:
    """Controls as they are to be shown; a session's own styles stay.

    So does the photo: that it has changed starts a painting, which on the page may come before the other controls have
    their values (:meth:`Handlers.photo_of`).
    """
    values = controls._asdict()
    for name in ("picker", "corner", "painted"):
        values[name] = gr.HTML(value=values[name])
    return tuple({**values, "own": gr.skip(), "photo": gr.skip()}.values())


def strip(history: History) -> dict[str, Any]:
    """A history as the page shows it."""
    rows = [{"number": number, "file": result.after, "title": result.title} for number, result in history.results]
    return {"rows": rows, "at": history.at}


def download(file: str | None) -> Any:
    """The button of a file: what one wants next, once it is there."""
    return gr.DownloadButton(value=file, interactive=file is not None)


def named(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A method under a name of its own, as Gradio wants it."""

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        return function(*args)

    call.__name__ = name
    return call
