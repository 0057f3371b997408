"""ComfyUI nodes for AdaIN. `extension.py` is what ComfyUI asks for; `engine/` does the work and needs no ComfyUI."""
