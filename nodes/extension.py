"""What ComfyUI asks for: the list of nodes."""

from __future__ import annotations

from comfy_api.latest import ComfyExtension, io

from ..adain_core.weights.catalog import bundled_only
from .blend import AdaINBlend
from .color_preserve import AdaINColorPreserve
from .decode import AdaINDecode
from .encode import AdaINEncode
from .example_clip import AdaINExampleClip
from .example_photo import AdaINExamplePhoto
from .folders import register_folders
from .host import errors_by_their_names
from .load_model import AdaINLoadModel
from .load_style import AdaINLoadStyle
from .masked_transfer import AdaINMaskedTransfer
from .mix_styles import AdaINMixStyles
from .options import AdaINOptions
from .save_style import AdaINSaveStyle
from .style_by_number import AdaINStyleByNumber
from .style_sheet import AdaINStyleSheet
from .stylize import AdaINStylize
from .stylize_video import AdaINStylizeVideo
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
    AdaINOptions,
    AdaINExamplePhoto,
    AdaINExampleClip,
    AdaINStylizeVideo,
    AdaINStyleSheet,
    AdaINStyleByNumber,
]


class AdaINExtension(ComfyExtension):
    """The pack."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """All nodes."""
        return NODES


async def comfy_entrypoint() -> AdaINExtension:
    """Called once, when ComfyUI loads the pack."""
    register_folders()
    bundled_only()
    errors_by_their_names()
    return AdaINExtension()
