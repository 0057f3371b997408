"""The model behind the page: loaded in the background, one picture at a time, what was encoded is kept."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakValueDictionary

from adain_core.errors import WeightsError
from adain_core.subject.words import is_word
from adain_core.system.allocator import return_freed_memory
from adain_core.weights.catalog import known_weights

from .gpu import on_gpu, zero_gpu
from .limits import Limits
from .turns import Turns

if TYPE_CHECKING:
    from PIL import Image

    from adain_core import Picture
    from adain_core.request import StyleArgument

    from .remembering import Contents, RememberingAdaIN


TIDY = 10.0
"""Seconds between two times that freed memory goes back: large photos leave gaps in the heap that nothing else fits in.
What is given back has to be fetched again, which for small pictures is a part of their time."""


def model_names() -> list[str]:
    """The models there are to choose from, the default first."""
    names = [row.name.removesuffix("-decoder") for row in known_weights().values() if row.kind == "decoder"]
    return sorted(names, key=lambda name: name != "vgg19")


@dataclass(frozen=True)
class Painted:
    """A result and how long it took.

    Attributes:
        image: of the content's size.
        seconds: from the opened photo to the picture.
        note: what is worth knowing of it, in one line; empty if nothing is.
    """

    image: Image.Image
    seconds: float
    note: str = ""


_engines: WeakValueDictionary[int, Engine] = WeakValueDictionary()


class Engine:
    """Loads models when first needed and paints with them, one request at a time.

    On ZeroGPU this process has no GPU: its models are on the CPU, and a copy of it, which has one, loads its own.

    Args:
        limits: of memory.
        device: "auto", "cpu", "cuda" ...
        dtype: "auto", "float32", "float16" or "bfloat16".

    Attributes:
        turns: who has the processor.
    """

    def __init__(self, limits: Limits, device: str = "auto", dtype: str = "auto") -> None:
        self._limits, self._device, self._dtype = limits, device, dtype
        self._models: dict[str, RememberingAdaIN] = {}
        self._loading, self.turns = threading.Lock(), Turns()
        self._tidied = time.monotonic()
        _engines[id(self)] = self
        if zero_gpu():
            self._device = "cpu"
            os.register_at_fork(after_in_child=lambda: self._begin_anew(device))

    def __reduce__(self) -> tuple[Any, ...]:
        """In a copy of this process an engine is found where it stood."""
        return _engine, (id(self),)

    def _begin_anew(self, device: str) -> None:
        """In a copy of the process: nothing is loaded, and no thread is left that could give back a lock."""
        self._models, self._device, self._loading = {}, device, threading.Lock()
        self.__dict__.pop("contents", None)

    def model(self, name: str | None = None) -> RememberingAdaIN:
        """A model by name (the default when missing), loaded on first use.

        Raises:
            WeightsError: no such model, or its files are missing.
        """
        name = name or model_names()[0]
        if name not in model_names():  # the library would also take a path, or download from the Hub
            raise WeightsError(f"There is no model {name!r}: take one of {', '.join(model_names())}.")
        with self._loading:
            if name not in self._models:
                from .remembering import RememberingAdaIN

                loaded = RememberingAdaIN.from_pretrained(name, device=self._device, dtype=self._dtype)
                assert isinstance(loaded, RememberingAdaIN)
                self._models[name] = loaded
            return self._models[name]

    def refines(self, name: str | None = None) -> bool:
        """Whether a model can refine what it has painted."""
        return bool(self.model(name).networks.decoder.inverts)

    @cached_property
    def contents(self) -> Contents:
        """The photos that were painted last, encoded."""
        from .remembering import Contents

        return Contents(self._limits.cache_bytes, self._limits.keep_seconds)

    def paint(
        self, photo: Picture, style: StyleArgument, *, key: str, model: str | None = None, **options: Any
    ) -> Painted:
        """:meth:`AdaIN.stylize` of a photo; the picture is the library's.

        Args:
            photo: the content, in the size of the result.
            style: as for the library.
            key: what tells this photo in this size from all others: what was encoded is kept by it.
            model: name of a model.
            **options: as for the library.
        """
        self.model(model)
        with self.turns.first():
            start = time.perf_counter()
            image, note = _stylize(self, model, key, photo, style, options)
            seconds = time.perf_counter() - start
            if time.monotonic() - self._tidied > TIDY:
                return_freed_memory()
                self._tidied = time.monotonic()
            return Painted(image, seconds, note)


def _engine(number: int) -> Engine:
    return _engines[number]


@on_gpu(seconds=30)
def _stylize(
    engine: Engine, model: str | None, key: str, photo: Picture, style: StyleArgument, options: dict[str, Any]
) -> tuple[Image.Image, str]:
    name = model or model_names()[0]
    network, contents = engine.model(name), engine.contents
    try:
        content = contents.get(network, name, key, photo)
        image = cast("Image.Image", network.stylize(content, style, **options))
        found = isinstance(style, list) and any(is_word(getattr(region, "mask", None)) for region in style)
        return image, content.note if found else ""
    finally:
        contents.trim()
