"""What ComfyUI asks for: the list of nodes."""

from __future__ import annotations

from comfy_api.latest import ComfyExtension, io

from .blend import AdaINBlend
from .color_preserve import AdaINColorPreserve
from .decode import AdaINDecode
from .encode import AdaINEncode
from .folders import register_folders
from .load_model import AdaINLoadModel
from .load_style import AdaINLoadStyle
from .masked_transfer import AdaINMaskedTransfer
from .mix_styles import AdaINMixStyles
from .save_style import AdaINSaveStyle
from .stylize import AdaINStylize
from .subject_mask import AdaINSubjectMask

NODES: list[type[io.ComfyNode]] = [
    AdaINLoadModel,
    AdaINLoadStyle,
    AdaINEncode,
    AdaINMixStyles,
    AdaINBlend,
    AdaINMaskedTransfer,
    AdaINDecode,
    AdaINColorPreserve,
    AdaINStylize,
    AdaINSaveStyle,
    AdaINSubjectMask,
]


class AdaINExtension(ComfyExtension):
    """The pack."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """All nodes."""
        return NODES


async def comfy_entrypoint() -> AdaINExtension:
    """Called once, when ComfyUI loads the pack."""
    register_folders()
    return AdaINExtension()
