"""ComfyUI loads this folder as a pack of nodes. Everyone else imports `adain_core`, and nothing happens here."""

from importlib.util import find_spec

if __package__ and find_spec("comfy_api") is not None:
    from .nodes.extension import comfy_entrypoint

    WEB_DIRECTORY = "./web"

    __all__ = ["WEB_DIRECTORY", "comfy_entrypoint"]
