"""One request in plain values, and how it becomes a call of the library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from adain_core.errors import AdaINError, StyleError
from adain_core.options import GRAIN_PRESETS, STYLE_COLORS, STYLE_SIZE, Options

from .areas import AREAS, area_mask, painted_mask
from .corners import corner_weights
from .engine import Engine, Painted
from .limits import Limits
from .photos import Photos
from .progress import Bar, Watched
from .waiting import Waiting
from .words import say

if TYPE_CHECKING:
    from torch import Tensor

    from adain_core import Picture
    from adain_core.request import StyleArgument

COLORS = (STYLE_COLORS, "cholesky", "eigen", "monge-kantorovich", "luminance", "luminance-matched")
"""Whose colours: "style" for its own, or the library's modes."""

LATE = 1.0
"""Seconds after which the page tells how far a picture is."""

PREVIEW_SIDE = 256
"""Shorter side of the preview while a control is moved."""


def parse_styles(text: str) -> list[tuple[str, float]]:
    """ "starry-night", or several with weights: "starry-night:0.3, scream:0.7".

    Raises:
        StyleError: a weight that is no number.
    """
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, weight = part.partition(":")
        try:
            found.append((name.strip(), float(weight) if weight else 1.0))
        except ValueError:
            raise StyleError(f"The weight of style {name!r} is {weight!r}: write {name}:0.5.") from None
    return found


@dataclass(frozen=True)
class Own:
    """A user's own style picture: the path of the uploaded file."""

    path: str


@dataclass(frozen=True)
class Request:
    """What a user asks for. Numbers are as a client sent them until :meth:`Service.checked` has seen them.

    Attributes:
        photo: path of the uploaded file.
        styles: names of built-in styles or own pictures, each with a weight.
        strength: 0 (photo) to 1 (style) and above.
        color: one of `COLORS`.
        mix: "blend", "corners", "area" or "paint".
        corner: x and y of the point between the corners.
        area: one of `AREAS`.
        painted: a painted mask a style, as PNG data URLs; "" where nothing was painted.
        mask: where the first style goes, instead of an area: (h, w) in [0, 1].
        soft_edge: softness of the masks' edges, in pixels of the result.
        size: shorter side of the result in pixels; None keeps the photo's.
        stroke: shorter side own style pictures are reduced to: the scale of their strokes.
        refine: steps of refinement.
        texture: how much these steps also bring the styles' finest strokes; without steps it does nothing.
        keep: how much they also keep the photo's structure; without steps it does nothing.
        grain: what flat places take before they are encoded: a key of `GRAIN_PRESETS`.
        model: name of a model.
    """

    photo: str | None
    styles: Sequence[tuple[str | Own, float]]
    strength: float = Options.alpha
    color: str = STYLE_COLORS
    mix: str = "blend"
    corner: tuple[float, float] = (0.5, 0.5)
    area: str = "left"
    painted: Sequence[str] = ()
    mask: Tensor | None = field(default=None, compare=False)
    soft_edge: float = Options.feather
    size: float | None = 512
    stroke: float = STYLE_SIZE
    refine: float = Options.refine
    texture: float = Options.texture
    keep: float = Options.keep
    grain: str = "auto"
    model: str | None = None


class Service:
    """Fulfils requests: checks them, opens what they name, and has the engine paint.

    Args:
        limits: what is refused.
        engine: paints.
    """

    def __init__(self, limits: Limits, engine: Engine) -> None:
        self.limits, self.engine, self.photos = limits, engine, Photos(limits)

    def photo(self, request: Request, preview: bool = False) -> Picture:
        """The photo in the size of the result, or of the preview."""
        return self._photo(self.checked(request), preview)[1]

    def _photo(self, request: Request, preview: bool) -> tuple[str, Picture]:
        side = min(PREVIEW_SIDE, request.size or PREVIEW_SIDE) if preview else request.size
        return self.photos.find(request.photo, side=None if side is None else int(side))

    def checked(self, request: Request) -> Request:
        """The request, its whole numbers as such, if all that it asks for may be asked for.

        Raises:
            AdaINError: what was wrong, in words for the page.
        """
        if not request.styles:
            raise StyleError(say("no-style"))
        if len(request.styles) > self.limits.styles:
            raise StyleError(say("too-many-styles", count=len(request.styles), most=self.limits.styles))
        if request.color not in COLORS:
            raise AdaINError(f"There is no colour mode {request.color!r}: take one of {', '.join(COLORS)}.")
        if request.grain not in GRAIN_PRESETS:
            raise AdaINError(f"There is no grain {request.grain!r}: take one of {', '.join(GRAIN_PRESETS)}.")
        numbers = {name: getattr(request, name) for name in self.limits.ranges}
        given = {name: self.limits.ranges[name].check(value) for name, value in numbers.items() if value is not None}
        return replace(request, **given)  # type: ignore[arg-type]

    def fulfil(self, request: Request, *, preview: bool = False) -> Painted:
        """Paint what was asked for.

        Args:
            request: what was asked for.
            preview: in a small size, for while a control is moved.

        Raises:
            AdaINError: what was wrong, in words for the page.
        """
        request, waiting = self.checked(request), Waiting()
        waiting.check()
        key, photo = self._photo(request, preview)
        feather = request.soft_edge
        if preview and request.soft_edge:
            whole = request.size or min(self.photo(request).height, self.photo(request).width)
            feather *= min(photo.height, photo.width) / whole
        style, background = self._arranged(request)
        return self.engine.paint(
            photo,
            style,
            key=key,
            model=request.model,
            alpha=float(request.strength),
            color=None if request.color == STYLE_COLORS else request.color,
            style_size=request.stroke,
            feather=feather,
            background=background,
            grain=GRAIN_PRESETS[request.grain],
            refine=0 if preview else request.refine,
            texture=0.0 if preview or not request.refine else request.texture,
            keep=0.0 if preview or not request.refine else request.keep,
            progress=waiting.check if preview else Watched(waiting, Bar(after=LATE)),
        )

    def _arranged(self, request: Request) -> tuple[StyleArgument, Any]:
        """The library's style argument, and the style of what no mask reaches."""
        from adain_core import Region

        refs = [self.style(ref, request) for ref, _ in request.styles]
        if request.mask is not None or request.mix == "area":
            if len(refs) > 2:
                raise StyleError(say("area-styles", count=len(refs)))
            if request.mask is None and request.area not in AREAS:
                raise StyleError(f"There is no area {request.area!r}: take one of {', '.join(AREAS)}.")
            mask = area_mask(request.area) if request.mask is None else request.mask
            return [Region(refs[0], mask)], refs[1] if len(refs) == 2 else None
        if request.mix == "paint":
            masks = [painted_mask(url, self.limits) for url in list(request.painted)[: len(refs)]]
            regions = [Region(ref, mask) for ref, mask in zip(refs, masks, strict=False) if mask is not None]
            if not regions:
                raise StyleError(say("paint-first"))
            return regions, None
        if request.mix == "corners":
            weights = corner_weights(*request.corner, len(refs))
        else:
            weights = [float(weight) for _, weight in request.styles]
        return list(zip(refs, weights, strict=True)), None

    def style(self, ref: str | Own, request: Request) -> Any:
        """A built-in style or an opened picture. Names are names only: never paths of this machine."""
        if isinstance(ref, Own):
            return self.photos.open_style(ref.path, int(request.stroke))
        from adain_core.styles.builtin import find_builtin

        return find_builtin(ref, self.engine.model(request.model).encoder_id)
