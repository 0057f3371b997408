"""What happens when a control is used: values of the page in, values of the page out."""

from __future__ import annotations

import base64
import functools
import io
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import gradio as gr

from adain_core.errors import AdaINError, StyleError

from .catalogue import catalogue
from .request import Own, Request, Service
from .results import full_file, jpeg_file, shown_file

BRUSH_SIDE, THUMB_SIDE = 640, 104
"""Pixels: longer side of the photo under the brush; side of the thumbnail of a user's own style."""

OwnStyles = dict[str, dict[str, str]]
"""A session's own style pictures by key: path, title, thumb (data URL)."""

OWN = "own "
"""How their keys begin; a number follows."""


@contextmanager
def messages() -> Iterator[None]:
    """What was wrong with the request is shown on the page, in one line."""
    try:
        yield
    except AdaINError as e:
        raise gr.Error(str(e), title="Not possible", print_exception=False) from e
    except MemoryError as e:
        raise gr.Error("There is not enough memory: choose a smaller size.", print_exception=False) from e


def titles(picked: Sequence[dict[str, Any]], own: OwnStyles) -> list[str]:
    """What the chosen styles are called."""
    known = {row["key"]: row["title"] for row in catalogue()}
    return [own[p["key"]]["title"] if p["key"] in own else known.get(p["key"], p["key"]) for p in picked]


def chosen(picker: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The picker's value as a list, whatever a client sent.

    Raises:
        AdaINError: it has another form.
    """
    try:
        rows = (picker or {}).get("picked") or []
        return [{"key": str(row["key"]), "weight": float(row.get("weight", 1.0))} for row in rows]
    except (AttributeError, KeyError, TypeError, ValueError) as e:
        raise AdaINError(f"Chosen styles are {picker!r:.60}: give picked: a list of key and weight.") from e


def reference(key: str, own: OwnStyles) -> str | Own:
    """The style that a key of the picker stands for.

    Raises:
        StyleError: an own picture that is no longer known; the page may still show it.
    """
    if key in own:
        return Own(own[key]["path"])
    if key.startswith(OWN):
        number = key.removeprefix(OWN)
        raise StyleError(f"Your picture {number} was deleted (files are kept for an hour): add it again.")
    return key


class Handlers:
    """The functions behind the page's events.

    Args:
        service: fulfils requests.
        folder: where Gradio keeps files of this app.
    """

    def __init__(self, service: Service, folder: str) -> None:
        self.service, self.folder = service, folder

    def request(
        self, photo: str | None, picker: Any, own: OwnStyles, strength: float, color: str, mix: str, corner: Any,
        area: str, painted: Any, soft_edge: float, size: float, stroke: float, refine: float, texture: float,
        grain: str, model: str,
    ) -> Request:  # fmt: skip
        """The page's controls, in the order in which the page gives them, as a request."""
        picked = chosen(picker)
        styles = tuple((reference(row["key"], own), row["weight"]) for row in picked)
        corner, layers = corner or {}, (painted or {}).get("masks") or {}
        return Request(
            photo, styles, strength, color, mix, (float(corner.get("x", 0.5)), float(corner.get("y", 0.5))),
            area, tuple(layers.get(row["key"], "") for row in picked), soft_edge=soft_edge, size=size, stroke=stroke,
            refine=refine, texture=texture, grain=grain, model=model or None,
        )  # fmt: skip

    def full(self, settled: Request | None, *controls: Any) -> tuple[Any, ...]:
        """Paint in full size: both pictures, facts, downloads, and the request that is settled now."""
        start = time.perf_counter()
        with messages():
            request = self.request(*controls)
            painted = self.service.fulfil(request)
            if painted.note:
                gr.Warning(painted.note)
            name = "adain-" + "+".join(ref if isinstance(ref, str) else "own" for ref, _ in request.styles)[:80]
            before = shown_file(self.service.photo(request).to_pil(), "photo", self.folder)
            after = shown_file(painted.image, name, self.folder)
            files = [make(painted.image, name, self.folder) for make in (full_file, jpeg_file)]
        seconds = time.perf_counter() - start
        facts = f"{painted.image.width} x {painted.image.height} pixels · {seconds:.1f} s"
        return (before, after), facts, *map(download, files), request

    def auto(self, settled: Request | None, *controls: Any) -> tuple[Any, ...]:
        """:meth:`full` after a control changed; what is not complete yet is no error."""
        with messages():
            request = self.request(*controls)
        hint = self.hint(request)
        if request.photo is None:  # it was taken away: its picture goes, too
            return None, hint, download(None), download(None), None
        return (gr.skip(), hint, gr.skip(), gr.skip(), gr.skip()) if hint else self.full(settled, *controls)

    def arrived(self, settled: Request | None, *controls: Any) -> tuple[Any, ...]:
        """:meth:`auto` for a new photo. One that cannot be read is told of by :meth:`accept`, once."""
        photo = controls[0]
        try:
            if photo is not None:
                self.service.photos.look(photo)
        except AdaINError:
            return tuple(gr.skip() for _ in range(5))
        return self.auto(settled, *controls)

    @staticmethod
    def hint(request: Request) -> str:
        """What is missing, or nothing."""
        if request.photo is None:
            return "Choose a photo."
        if not request.styles:
            return "Choose a style."
        if request.mix == "paint" and not any(request.painted):
            return "Paint on the photo where each style should go."
        return ""

    def preview(self, settled: Request | None, *controls: Any) -> tuple[Any, Any]:
        """A small picture while a control is moved."""
        with messages():
            request = self.request(*controls)
            # A preview that waited behind the full picture of the same request would replace it by a small one.
            if request == settled or self.hint(request):
                return gr.skip(), gr.skip()
            painted = self.service.fulfil(request, preview=True)
            before = shown_file(self.service.photo(request, preview=True).to_pil(), "photo", self.folder)
            after = shown_file(painted.image, "preview", self.folder)
        return (before, after), "Preview · let go for the full size"

    def accept(self, photo: str | None) -> str | None:
        """A new photo: kept if it can be read, else taken away with a message."""
        if photo is None:
            return None
        try:
            self.service.photos.look(photo)
        except AdaINError as e:
            gr.Warning(str(e), title="Not possible")
            return None
        return photo

    def add_own(self, files: list[str] | None, own: OwnStyles, picker: Any) -> tuple[Any, OwnStyles]:
        """Style pictures that were uploaded: shown in the picker, the last one chosen."""
        # Numbers of own pictures begin anew once the earlier ones were deleted: what was chosen by them is gone.
        picked = [row for row in chosen(picker) if row["key"] in own or not row["key"].startswith(OWN)]
        mixed = bool((picker or {}).get("mix"))
        own = dict(own)
        for path in files or []:
            try:
                picture = self.service.photos.open_style(path, 512)
            except AdaINError as e:
                gr.Warning(str(e), title="Not possible")
                continue
            key = f"{OWN}{len(own) + 1}"
            image = picture.to_pil().convert("RGB")
            edge = min(image.size)
            left, top = (image.width - edge) // 2, (image.height - edge) // 2
            thumb = image.crop((left, top, left + edge, top + edge)).resize((THUMB_SIDE, THUMB_SIDE))
            own[key] = {"path": path, "title": f"Your picture {len(own) + 1}", "thumb": data_url(thumb)}
            picked = [*(picked[: self.service.limits.styles - 1] if mixed else []), {"key": key, "weight": 1.0}]
        return gr.HTML(value={"picked": picked, "mix": mixed}, own=tiles(own)), own

    def follow(self, picker: Any, own: OwnStyles, mix: str) -> tuple[Any, Any, Any]:
        """What shows the chosen styles: the corners, the brush, and whether the stroke size matters."""
        with messages():
            picked = chosen(picker)
        names = titles(picked, own)
        stroke = gr.Slider(interactive=any(row["key"] in own for row in picked))
        layers = [{"key": row["key"], "name": name} for row, name in zip(picked, names, strict=True)]
        return gr.HTML(corners=names), gr.HTML(layers=layers), stroke

    def under_brush(self, photo: str | None) -> Any:
        """The photo to paint on; nothing for one that cannot be read, which :meth:`accept` tells."""
        empty = gr.HTML(photo="", value={"masks": {}})
        if photo is None:
            return empty
        try:
            picture = self.service.photos.look(photo)
        except AdaINError:
            return empty
        image = picture.to_pil().convert("RGB")
        image.thumbnail((BRUSH_SIDE, BRUSH_SIDE))
        return gr.HTML(photo=data_url(image), value={"masks": {}})


def download(file: str | None) -> Any:
    """The button of a file: what one wants next, once it is there."""
    return gr.DownloadButton(value=file, interactive=file is not None)


def tiles(own: OwnStyles) -> list[dict[str, str]]:
    """A session's own styles as the picker shows them: without paths."""
    return [{"key": key, "title": row["title"], "by": "", "thumb": row["thumb"]} for key, row in own.items()]


def data_url(image: Any) -> str:
    """A JPEG within an address."""
    content = io.BytesIO()
    image.save(content, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(content.getvalue()).decode()


def named(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A method under a name of its own, as Gradio wants it."""

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        return function(*args)

    call.__name__ = name
    return call
