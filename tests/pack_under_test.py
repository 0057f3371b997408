"""The pack loaded as ComfyUI loads it (a folder, by path), and an engine host that stands for ComfyUI's."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

ROOT = Path(__file__).parents[1]
PACK = "adain_pack"

IDS = [
    "AdaINLoadModel", "AdaINLoadStyle", "AdaINEncode", "AdaINMixStyles", "AdaINBlend", "AdaINMaskedTransfer",
    "AdaINDecode", "AdaINColorPreserve", "AdaINStylize", "AdaINSaveStyle", "AdaINSubjectMask", "AdaINOptions",
    "AdaINExamplePhoto", "AdaINExampleClip", "AdaINStylizeVideo", "AdaINStyleSheet", "AdaINStyleByNumber",
]  # fmt: skip
"""Node ids are for ever: workflows of users name them."""


def load_pack() -> ModuleType:
    """The checkout as a package of its own, as ComfyUI makes it from custom_nodes/<folder>."""
    if PACK not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            PACK, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
        )
        assert spec is not None and spec.loader is not None
        sys.modules[PACK] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[PACK])
    return sys.modules[PACK]


def part(name: str) -> ModuleType:
    """A module of the pack, such as `nodes.engine.features`."""
    load_pack()
    return importlib.import_module(f"{PACK}.{name}")


def of_pack(style: Any) -> Any:
    """The same style as the pack's own class."""
    texture = None if style.texture is None else of_pack(style.texture)
    return part("adain_core.styles.style").Style(style.mean, style.std, style.encoder, style.name, texture=texture)


class RecordingHost:
    """A machine with so much memory, that can be interrupted, and that runs out of memory where a test says."""

    def __init__(self, free: int = 8 << 30) -> None:
        self.free, self.released = free, 0
        self.shown: list[float] = []
        self.pictures: list[torch.Tensor] = []
        self.texts: list[str] = []
        self.interrupt_after: int | None = None
        self.checks = 0

    def free_memory(self, device: torch.device) -> int:
        return self.free

    def out_of_memory(self, error: Exception) -> bool:
        return isinstance(error, MemoryError)

    def release_memory(self) -> None:
        self.released += 1

    def check_interrupt(self) -> None:
        self.checks += 1
        if self.interrupt_after is not None and self.checks > self.interrupt_after:
            raise KeyboardInterrupt

    def say(self, text: str) -> None:
        self.texts.append(text)

    def progress(self) -> Callable[..., None]:
        def show(done: float, picture: torch.Tensor | None = None, text: str = "") -> None:
            self.shown.append(done)
            self.pictures += [] if picture is None else [picture.clone()]
            self.texts += [text] if text else []

        return show


class PlainModel:
    """An engine model without memory management: the bundled networks on the CPU in float32."""

    def __init__(self, networks: Any, encoder_id: str) -> None:
        self.networks, self.encoder_id = networks, encoder_id
        self.inverts = networks.decoder.inverts
        self.host = RecordingHost()
        self.device, self.dtype = torch.device("cpu"), torch.float32
        self.loads: list[int] = []

    def load(self, memory: int) -> object:
        self.loads.append(memory)
        return self.networks
