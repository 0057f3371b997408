"""In a real ComfyUI: the example workflows give the library's pictures, caching, memory, stopping, and bad input.

Runs when COMFYUI_PATH names a checkout of ComfyUI (COMFYUI_PYTHON: an interpreter with its requirements).
"""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from comfy_graphs import GRAPHS
from comfy_server import FOLDER, ROOT, ComfyServer, Refused, Workflow, to_api
from PIL import Image
from reference import statistics
from torch import Tensor

from adain_core import AdaIN, Region, Style, builtin_styles
from adain_core.color.matching import keep_color
from adain_core.styles.temporal import smooth
from adain_core.weights.catalog import find
from adain_core.weights.metadata import read_metadata
from adain_core.weights.network_files import save_decoder

if "COMFYUI_PATH" not in os.environ:
    pytest.skip("COMFYUI_PATH is not set: the nodes were NOT tried in a real ComfyUI", allow_module_level=True)

EXAMPLES = sorted((ROOT / "example_workflows").glob("*.json"))
NODES = {
    "AdaINLoadModel", "AdaINLoadStyle", "AdaINEncode", "AdaINMixStyles", "AdaINBlend", "AdaINMaskedTransfer",
    "AdaINDecode", "AdaINColorPreserve", "AdaINStylize", "AdaINSaveStyle", "AdaINSubjectMask", "AdaINOptions",
    "AdaINExamplePhoto", "AdaINExampleClip", "AdaINStylizeVideo",
    "AdaINStyleSheet", "AdaINStyleByNumber",
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyServer]:
    """One server for all tests of this file but the last."""
    started = ComfyServer(tmp_path_factory.mktemp("comfy"))
    yield started
    started.close()


@pytest.fixture(scope="module")
def info(server: ComfyServer) -> dict:
    return server.get("/object_info")


@pytest.fixture(scope="module")
def example(astronaut: Tensor) -> Tensor:
    """What LoadImage reads from example.png."""
    return astronaut


def workflow(name: str) -> Workflow:
    """A small graph, computed in float32 so that it can be compared."""
    return in_float32(GRAPHS[name]())


def in_float32(api: Workflow) -> Workflow:
    """With every model in full precision, also where a node would take the bundled one by itself."""
    for node in api.values():
        if node["class_type"] == "AdaINLoadModel":
            node["inputs"]["precision"] = "float32"
    for name in of_kind(api, "AdaINStylize"):
        api["model"] = {
            "class_type": "AdaINLoadModel",
            "inputs": {"model": "vgg19", "precision": "float32", "hub_id": ""},
        }
        api[name]["inputs"].setdefault("model", ["model", 0])
    return api


def of_kind(api: Workflow, kind: str) -> list[str]:
    return sorted((n for n, node in api.items() if node["class_type"] == kind), key=lambda n: (len(n), n))


def saved(run: object, api: Workflow) -> list[np.ndarray]:
    """All pictures that SaveImage nodes wrote, in order."""
    files = [file for node in of_kind(api, "SaveImage") for file in run.files(node)]
    return [np.asarray(Image.open(file)).astype(int) for file in files]


def as_saved(x: Tensor) -> list[np.ndarray]:
    """Pictures (B, 3, H, W) as SaveImage rounds them."""
    return list((x.movedim(1, -1) * 255).clamp(0, 255).byte().numpy().astype(int))


def styles(*names: str) -> list[Style]:
    return [builtin_styles()[name] for name in names]


def pan(model: AdaIN, photo: Tensor) -> Tensor:
    """Four frames, their statistics smoothed over time."""
    frames = torch.cat([photo[:, :, 64:320, 64 + 8 * i : 320 + 8 * i] for i in range(4)])
    [style] = styles("composition-viii")
    f = model.encode(frames)
    content = smooth(statistics(f), 4.0)
    scale = style.std / content.std
    return model.decode((f - content.mean[:, :, None, None]) * scale[:, :, None, None] + style.mean[:, None, None])


def by_masks(model: AdaIN, photo: Tensor) -> Tensor:
    top = torch.zeros(64, 64)
    top[:32] = 1
    above, below = styles("starry-night", "sunflowers")
    regions = [Region(above, top), Region(below, 1 - top)]
    return torch.cat([model.stylize(photo, regions, feather=feather) for feather in (0.0, 60.0)])


EXPECTED = {
    "one_style": lambda m, x: m.stylize(x, *styles("starry-night"), alpha=0.9),
    "two_styles_mixed": lambda m, x: m.stylize(x, Style.mix(styles("starry-night", "composition-viii"))),
    "luminance_colors": lambda m, x: keep_color(m.stylize(x, *styles("scream")), x),
    "two_styles_by_masks": by_masks,
    "batch_of_frames": pan,
    "save_a_style": lambda m, x: m.stylize(x, Style.mix(styles("kiss", "sunflowers"), [3, 1]), alpha=0.8),
}


def photo(name: str) -> Tensor:
    """What AdaIN Example Photo gives: (1, 3, H, W)."""
    pixels = np.asarray(Image.open(ROOT / "examples" / f"{name}.jpg").convert("RGB")).copy()
    return torch.from_numpy(pixels).movedim(-1, 0)[None] / 255


def apart(*regions: tuple[str, str]) -> list[Region]:
    return [Region(*styles(name), word) for name, word in regions]


SHIPPED: dict[str, Callable[[AdaIN], list[Tensor]] | None] = {
    "01": lambda m: [m.stylize(photo("chelsea"), photo("painting"))],
    "02": lambda m: [m.stylize(photo("astronaut"), "composition-viii")],
    "03": lambda m: [m.stylize(photo("coffee"), Style.mix(styles("starry-night", "composition-viii")))],
    "04": lambda m: [
        m.stylize(photo("astronaut"), apart(("scream", "subject"), ("irises", "background")), feather=4.0)
    ],
    "05": lambda m: [m.stylize(photo("astronaut"), apart(("scream", "subject")))],
    "06": lambda m: [m.stylize(photo("coffee"), "starry-night", color=color) for color in (None, "luminance")],
    "07": None,  # a film: test_films.py
    "08": None,  # a sheet
    "09": lambda m: [m.stylize(photo("astronaut"), photo("painting"))],
    "10": lambda m: [m.stylize(photo("chelsea"), "starry-night", alpha=0.9)],
}
"""By the number of an example workflow, what it saves."""


def test_all_nodes_are_there(server: ComfyServer, info: dict) -> None:
    """All of them, from this pack, each input and output explained; the folders are known."""
    ours = {name: node for name, node in info.items() if node["python_module"].endswith("adain-style-transfer")}
    assert set(ours) == NODES
    for node in ours.values():
        assert node["category"] == "AdaIN" and node["description"]
        assert all(node["output_tooltips"] or [])
    assert {"adain", "adain_styles"} <= set(server.get("/models"))
    assert "Traceback" not in server.output()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_template_runs_as_it_is_shipped(server: ComfyServer, info: dict, model: AdaIN, path: Path) -> None:
    """On a fresh ComfyUI; what it saves is the library's own picture to one step of 8 bits."""
    api = in_float32(to_api(json.loads(path.read_text(encoding="utf-8")), info))
    assert "LoadImage" not in {node["class_type"] for node in api.values()}, "nothing of the user's is needed"
    run = server.run(api)
    assert (run.status, run.error) == ("success", "")
    expected = SHIPPED[path.name[:2]]
    if expected is not None:
        found = saved(run, api)
        wanted = [picture for tensor in expected(model) for picture in as_saved(tensor)]
        assert len(found) == len(wanted)
        for a, b in zip(found, wanted, strict=True):
            assert np.abs(a - b).max() <= 1


def test_templates_are_of_nodes_that_last(info: dict) -> None:
    """None of them is deprecated; each says which pack it is of, and in which version."""
    for path in EXAMPLES:
        graph = json.loads(path.read_text(encoding="utf-8"))
        for node in graph["nodes"]:
            if node["type"] == "MarkdownNote":
                continue
            assert not info[node["type"]].get("deprecated"), node["type"]
            assert node["properties"]["cnr_id"] == (FOLDER if node["type"].startswith("AdaIN") else "comfy-core")
            assert node["properties"]["ver"]


@pytest.mark.parametrize("name", list(EXPECTED))
def test_small_graphs(server: ComfyServer, model: AdaIN, example: Tensor, name: str) -> None:
    """What they save is the library's own picture to one step of 8 bits."""
    api = workflow(name)
    run = server.run(api)
    assert (run.status, run.error) == ("success", "")
    found, expected = saved(run, api), as_saved(EXPECTED[name](model, example))
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        assert np.abs(a - b).max() <= 1


def test_refinement_texture_and_keep(server: ComfyServer, model: AdaIN, example: Tensor) -> None:
    """Gradients where ComfyUI runs nodes in inference mode: the library's picture but for rounding, on average.

    Gradients enlarge rounding: it is measured by what refinement, texture and keep change.
    """
    api = workflow("one_style")
    [decode] = of_kind(api, "AdaINDecode")
    [plain] = saved(server.run(api), api)
    api[decode]["inputs"]["refine"] = 1
    run = server.run(api)
    assert (run.status, run.error) == ("success", "")
    [found] = saved(run, api)
    [wanted] = as_saved(model.stylize(example, *styles("starry-night"), alpha=0.9, refine=1))
    assert np.abs(found - wanted).mean() < np.abs(found - plain).mean() / 10
    api[decode]["inputs"]["texture"] = 1.0
    run = server.run(api)
    assert (run.status, run.error) == ("success", "")
    [textured] = saved(run, api)
    [wanted] = as_saved(model.stylize(example, *styles("starry-night"), alpha=0.9, refine=1, texture=1.0))
    assert np.abs(textured - wanted).mean() < np.abs(textured - found).mean() / 2
    api[decode]["inputs"]["keep"] = 3.0
    run = server.run(api)
    assert (run.status, run.error) == ("success", "")
    [kept] = saved(run, api)
    options = {"refine": 1, "texture": 1.0, "keep": 3.0}
    [wanted] = as_saved(model.stylize(example, *styles("starry-night"), alpha=0.9, **options))
    assert np.abs(kept - wanted).mean() < np.abs(kept - textured).mean() / 2


def test_what_a_person_would_give_is_enough(server: ComfyServer) -> None:
    """A prompt without what is seldom needed; with links called as they were before; and styles of one picture."""
    name = {"style_name": "kiss", "strength": 1.0}
    api: Workflow = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}},
        "2": {"class_type": "ImageScale", "inputs": {
            "image": ["1", 0], "upscale_method": "area", "width": 64, "height": 64, "crop": "disabled"}},
        "3": {"class_type": "AdaINStylize", "inputs": {"image": ["2", 0], **name}},
        "4": {"class_type": "SaveImage", "inputs": {"images": ["3", 0], "filename_prefix": "plain"}},
        "5": {"class_type": "AdaINLoadStyle", "inputs": {"style": "scream"}},
        "6": {"class_type": "AdaINMixStyles", "inputs": {
            "count": "2", "count.style_1": ["5", 0], "count.weight_1": 1.0, "count.style_2": ["5", 0],
            "count.weight_2": 2.0}},
        "7": {"class_type": "AdaINSaveStyle", "inputs": {"style": ["6", 0], "name": "twice"}},
        "8": {"class_type": "AdaINStylize", "inputs": {"image": ["2", 0], "style": ["7", 0], **name}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "older"}},
        "10": {"class_type": "RepeatImageBatch", "inputs": {"image": ["2", 0], "amount": 3}},
        "11": {"class_type": "AdaINStylize", "inputs": {"image": ["2", 0], "style_image": ["10", 0], **name}},
        "12": {"class_type": "SaveImage", "inputs": {"images": ["11", 0], "filename_prefix": "three"}},
    }  # fmt: skip
    run = server.run(api)
    assert (run.status, run.error) == ("success", "")
    assert [len(run.files(node)) for node in ("4", "9", "12")] == [1, 1, 3]
    assert "twice.safetensors" in run.outputs["7"]["text"][0]


def test_the_example_photo_is_the_picture_of_its_file(server: ComfyServer, example: Tensor) -> None:
    """Where the input folder is empty, too; the node shows it."""
    api: Workflow = {
        "1": {"class_type": "AdaINExamplePhoto", "inputs": {"photo": "astronaut"}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "example"}},
    }
    run = server.run(api)
    assert run.error == "" and len(run.files("1")) == 1
    [found], [wanted] = saved(run, api), as_saved(example)
    assert np.abs(found - wanted).max() <= 1


def test_styles_are_listed_by_painter_and_found_by_their_names_of_before(server: ComfyServer, info: dict) -> None:
    """Both are the same style; the node shows what it paints; a name that is neither is refused with a hint."""
    [kind, said] = info["AdaINLoadStyle"]["input"]["required"]["style"]
    offered = said["options"] if kind == "COMBO" else kind
    listed = [text for text in offered if not text.endswith(".safetensors")]
    assert set(said["older_names"]) == set(builtin_styles()) and sorted(said["older_names"].values()) == sorted(listed)
    assert listed.index("Munch: The Scream") < listed.index("Van Gogh: The Starry Night") and len(listed) == 117
    api: Workflow = {
        "1": {"class_type": "AdaINLoadStyle", "inputs": {"style": "Munch: The Scream"}},
        "2": {"class_type": "AdaINLoadStyle", "inputs": {"style": "scream"}},
        "3": {"class_type": "AdaINSaveStyle", "inputs": {"style": ["1", 0], "name": "one scream"}},
        "4": {"class_type": "AdaINSaveStyle", "inputs": {"style": ["2", 0], "name": "one scream", "overwrite": False}},
    }
    run = server.run(api)
    assert run.error == "" and len(run.files("1")) == len(run.files("2")) == 1
    api["2"]["inputs"]["style"] = "screem"
    with pytest.raises(Refused, match="did you mean scream"):
        server.queue({node: api[node] for node in ("2", "4")})


def test_a_photo_in_some_styles_as_one_picture(server: ComfyServer) -> None:
    api: Workflow = {
        "1": {"class_type": "AdaINExamplePhoto", "inputs": {"photo": "coffee"}},
        "2": {"class_type": "AdaINStyleSheet", "inputs": {"image": ["1", 0], "only": "hokusai", "columns": 3}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "sheet"}},
    }
    run = server.run(api)
    assert run.error == ""
    [sheet] = saved(run, api)
    cells = [sheet[8:200, x : x + 288] for x in (8, 304, 600)]
    assert sheet.shape == (244, 896, 3)
    assert min(np.abs(a - b).mean() for a in cells for b in cells if a is not b) > 10
    assert (sheet[202:236, 304:592] < 128).any(), "names are written below"


def test_nothing_is_asked_of_the_network(tmp_path: Path) -> None:
    """Files that are missing, or pointers of Git LFS: the pack loads, says which, and makes no request for them."""
    server = ComfyServer(tmp_path, pack=damaged_pack(tmp_path / "pack"))
    try:
        info = server.get("/object_info")
        assert set(info) >= NODES
        offered = json.dumps(info["AdaINStylize"]["input"]["required"]["style_name"])
        assert "(the built-in styles are missing)" in offered
        assert "Git LFS pointer" in server.output()
        api = {
            "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 0}},
            "2": {"class_type": "AdaINStylize", "inputs": {
                "image": ["1", 0], "style_image": ["1", 0], "style_name": "(the built-in styles are missing)",
                "strength": 1.0}},
            "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "x"}},
        }  # fmt: skip
        run = server.run(api)
        assert "'vgg19-decoder' are not bundled" in run.error and "huggingface" not in server.output()
        assert run.messages["execution_error"]["exception_type"] == "WeightsError"
    finally:
        server.close()


def damaged_pack(folder: Path) -> Path:
    """The pack without its decoder, and with a pointer for the built-in styles."""
    folder.mkdir()
    for path in ROOT.iterdir():
        if path.name != "weights" and not path.name.startswith("."):
            (folder / path.name).symlink_to(path)
    shutil.copytree(ROOT / "adain_core", folder / "adain_core_copy", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "adain_core").unlink()
    (folder / "adain_core_copy").rename(folder / "adain_core")
    shutil.copytree(ROOT / "weights", folder / "weights")
    (folder / "weights" / "vgg19-decoder.safetensors").unlink()
    (folder / "weights" / "styles.safetensors").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    )
    return folder


def test_caching(server: ComfyServer) -> None:
    """The same again runs nothing; another strength runs Blend, Decode and what follows, and no encoder."""
    api = workflow("one_style")
    server.run(api)
    assert server.run(api).cached == set(api)
    changed = copy.deepcopy(api)
    changed[of_kind(api, "AdaINBlend")[0]]["inputs"]["strength"] = 0.35
    rerun = set(api) - server.run(changed).cached
    assert {api[n]["class_type"] for n in rerun} == {"AdaINBlend", "AdaINDecode", "SaveImage"}


def test_wrong_links_are_refused(server: ComfyServer) -> None:
    """A picture is no style."""
    api = workflow("one_style")
    api[of_kind(api, "AdaINBlend")[0]]["inputs"]["style"] = [of_kind(api, "LoadImage")[0], 0]
    with pytest.raises(Refused, match="return_type_mismatch"):
        server.queue(api)


def test_values_out_of_range_are_refused(server: ComfyServer) -> None:
    api = workflow("one_style")
    api[of_kind(api, "AdaINBlend")[0]]["inputs"]["strength"] = 2.5
    with pytest.raises(Refused, match="value_bigger_than_max"):
        server.queue(api)


def test_hundred_frames(server: ComfyServer, model: AdaIN, example: Tensor) -> None:
    """In chunks; the last frame is as good as the first."""
    api = workflow("one_style")
    [encode], [save] = of_kind(api, "AdaINEncode"), of_kind(api, "SaveImage")
    [load], [decode] = of_kind(api, "LoadImage"), of_kind(api, "AdaINDecode")
    crop = {"image": [load, 0], "width": 96, "height": 96, "x": 190, "y": 40}
    api["crop"] = {"class_type": "ImageCrop", "inputs": crop}
    api["many"] = {"class_type": "RepeatImageBatch", "inputs": {"image": ["crop", 0], "amount": 100}}
    last = {"image": [decode, 0], "batch_index": 99, "length": 1}
    api["last"] = {"class_type": "ImageFromBatch", "inputs": last}
    api[encode]["inputs"]["image"] = ["many", 0]
    api[save]["inputs"]["images"] = ["last", 0]
    run = server.run(api)
    assert run.error == ""
    [file] = run.files(save)
    [expected] = as_saved(model.stylize(example[:, :, 40:136, 190:286], *styles("starry-night"), alpha=0.9))
    assert np.abs(np.asarray(Image.open(file)).astype(int) - expected).max() <= 1


def huge(api: Workflow) -> Workflow:
    """The workflow on a picture of 4096 x 4096, as fast as the machine can."""
    api[of_kind(api, "AdaINLoadModel")[0]]["inputs"]["precision"] = "auto"
    [encode], [load] = of_kind(api, "AdaINEncode"), of_kind(api, "LoadImage")
    scale = {"image": [load, 0], "upscale_method": "bilinear", "width": 4096, "height": 4096, "crop": "disabled"}
    api["huge"] = {"class_type": "ImageScale", "inputs": scale}
    api[encode]["inputs"]["image"] = ["huge", 0]
    return api


def test_interrupt(server: ComfyServer) -> None:
    """Stops before the picture is painted, says so, and the next prompt runs."""
    api = huge(workflow("one_style"))
    prompt = server.queue(api)
    while not running(server, prompt):
        time.sleep(0.1)
    time.sleep(3)  # into the encoder
    while running(server, prompt):  # one that comes before the first node is forgotten
        server.post("/interrupt", {})
        time.sleep(0.5)
    run = server.wait(prompt)
    [decode] = of_kind(api, "AdaINDecode")
    assert decode not in run.messages["execution_interrupted"]["executed"]
    assert server.run(workflow("one_style")).error == ""


def running(server: ComfyServer, prompt: str) -> bool:
    """Whether a prompt is being worked on."""
    return any(item[1] == prompt for item in server.get("/queue")["queue_running"])


def test_a_picture_of_4096_x_4096(server: ComfyServer) -> None:
    """In tiles; the size is kept and no tile stands out from its neighbours."""
    api = huge(workflow("one_style"))
    run = server.run(api)
    assert run.error == ""
    [picture] = saved(run, api)
    assert picture.shape == (4096, 4096, 3)
    steps = np.abs(np.diff(picture[:, ::16].astype(np.int16), axis=0)).mean((1, 2))  # (4095,) between rows
    borders = steps[1023::1024]
    assert borders.max() <= np.percentile(steps, 99.5)


BAD = {
    "an empty mask": r"mask_1 is empty \(64x64, highest value 0\)",
    "weights of zero": r"style weights \[0.0, 0.0\] sum to 0",
    "more styles than frames": "2 styles for 3 frames: give one style",
    "another encoder": r"was made with '0123456789abcdef' and the features with 'vgg19'",
    "a name that is a path": r"name is '../../evil'",
    "a damaged model": r"broken.safetensors is no readable safetensors file",
    "a model of another architecture": r"other.safetensors is no decoder file: its metadata has no format",
    "a decoder without its encoder": r"lost.safetensors needs encoder 0123456789abcdef",
    "frames and masks of two counts": r"mask_1 has 2 frames and the image 3",
}


@pytest.mark.parametrize("case", list(BAD))
def test_bad_input(server: ComfyServer, case: str) -> None:
    """One sentence with the value and what to do; the server goes on, and nothing is left in models/."""
    models = server.base / "models"
    prepare_files(models)
    before = sorted(p for p in models.rglob("*") if p.is_file())
    run = server.run(bad_workflow(case))
    assert run.status == "error"
    message = run.error
    print(message)
    assert re.search(BAD[case], message), message
    assert "\n" not in message and len(message) < 500
    assert sorted(p for p in models.rglob("*") if p.is_file()) == before
    assert server.run(workflow("one_style")).status == "success"


def prepare_files(models: Path) -> None:
    """Files that users might have there."""
    good = find("vgg19-decoder")
    folder = models / "adain"
    if not (folder / "broken.safetensors").exists():
        from safetensors.torch import load_file, save_file

        (folder / "broken.safetensors").write_bytes(good.read_bytes()[:5000])
        save_file({"weight": torch.zeros(3)}, folder / "other.safetensors")
        save_decoder(
            load_file(good),
            folder / "lost.safetensors",
            encoder="0123456789abcdef",
            licence="x",
            origin="x",
            recipe="x",
        )
        shutil.copy(good, folder / "trained.safetensors")
        [style] = styles("kiss")
        Style(style.mean, style.std, "0123456789abcdef", "alien").save(models / "adain_styles" / "alien.safetensors")


def bad_workflow(case: str) -> Workflow:
    api = workflow("one_style")
    [load], [blend] = of_kind(api, "LoadImage"), of_kind(api, "AdaINBlend")
    [encode] = of_kind(api, "AdaINEncode")
    small = {"image": [load, 0], "width": 64, "height": 64, "x": 0, "y": 0}
    api["crop"] = {"class_type": "ImageCrop", "inputs": small}
    api["three"] = {"class_type": "RepeatImageBatch", "inputs": {"image": ["crop", 0], "amount": 3}}
    api["two"] = {"class_type": "RepeatImageBatch", "inputs": {"image": ["crop", 0], "amount": 2}}
    if case in ("an empty mask", "frames and masks of two counts"):
        api = workflow("two_styles_by_masks") | {k: api[k] for k in ("crop", "three", "two")}
        [encode], [load] = of_kind({k: v for k, v in api.items() if k.isdigit()}, "AdaINEncode"), ["x"]
        api["crop"]["inputs"]["image"] = [of_kind({k: v for k, v in api.items() if k.isdigit()}, "LoadImage")[0], 0]
        mask = {"value": 0.0, "width": 64, "height": 64}
        api["mask"] = {"class_type": "SolidMask", "inputs": mask}
        api["masks"] = {"class_type": "ImageToMask", "inputs": {"image": ["two", 0], "channel": "red"}}
        if case != "an empty mask":
            api[encode]["inputs"]["image"] = ["three", 0]
        for node in of_kind({k: v for k, v in api.items() if k.isdigit()}, "AdaINMaskedTransfer"):
            api[node]["inputs"]["mask_1"] = ["mask" if case == "an empty mask" else "masks", 0]
    elif case == "weights of zero":
        api = workflow("two_styles_mixed")
        [mix] = of_kind(api, "AdaINMixStyles")
        api[mix]["inputs"].update({"count.weight_1": 0.0, "count.weight_2": 0.0})
    elif case == "more styles than frames":
        api["styles"] = copy.deepcopy(api[encode])
        api["styles"]["inputs"]["image"] = ["two", 0]
        api[encode]["inputs"]["image"] = ["three", 0]
        api[blend]["inputs"]["style"] = ["styles", 1]
    elif case == "another encoder":
        api[of_kind({k: v for k, v in api.items() if k.isdigit()}, "AdaINLoadStyle")[0]]["inputs"]["style"] = (
            "alien.safetensors"
        )
    elif case == "a name that is a path":
        api = workflow("save_a_style")
        api[of_kind(api, "AdaINSaveStyle")[0]]["inputs"]["name"] = "../../evil"
    else:
        file = {"a damaged model": "broken", "a model of another architecture": "other"}.get(case, "lost")
        api[of_kind({k: v for k, v in api.items() if k.isdigit()}, "AdaINLoadModel")[0]]["inputs"]["model"] = (
            f"{file}.safetensors"
        )
    return api


def test_a_trained_decoder_in_models_adain(server: ComfyServer, model: AdaIN, example: Tensor) -> None:
    """It is in the list, by its own file name, and works with the bundled encoder it was trained with."""
    prepare_files(server.base / "models")
    assert read_metadata(server.base / "models" / "adain" / "trained.safetensors")["encoder"] == model.encoder_id
    listed = server.get("/object_info/AdaINLoadModel")["AdaINLoadModel"]["input"]["required"]["model"]
    assert "trained.safetensors" in json.dumps(listed)
    api = workflow("one_style")
    api[of_kind(api, "AdaINLoadModel")[0]]["inputs"]["model"] = "trained.safetensors"
    run = server.run(api)
    assert run.error == ""
    [expected] = as_saved(model.stylize(example, *styles("starry-night"), alpha=0.9))
    assert np.abs(saved(run, api)[0] - expected).max() <= 1


def test_a_saved_style_can_be_loaded(server: ComfyServer) -> None:
    """Save, refresh, load: the same picture. Another style of that name does not replace it unasked."""
    api = workflow("save_a_style")
    first = saved(server.run(api), api)
    listed = server.get("/object_info/AdaINLoadStyle")["AdaINLoadStyle"]["input"]["required"]["style"]
    assert "kiss-of-sunflowers.safetensors" in json.dumps(listed)
    loaded = workflow("one_style")
    loaded[of_kind(loaded, "AdaINLoadStyle")[0]]["inputs"]["style"] = "kiss-of-sunflowers.safetensors"
    loaded[of_kind(loaded, "AdaINBlend")[0]]["inputs"]["strength"] = 0.8
    assert np.abs(saved(server.run(loaded), loaded)[0] - first[0]).max() <= 1
    api[of_kind(api, "AdaINMixStyles")[0]]["inputs"]["count.weight_1"] = 1.0
    assert "exists and holds another style: choose another name" in server.run(api).error


def test_half_precision_intermediates_and_extra_model_paths(tmp_path: Path, model: AdaIN, example: Tensor) -> None:
    """With --fp16-intermediates the picture is that of the photo in half precision, to two steps of 8 bits.

    Folders of two places are one list.
    """
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(find("vgg19-decoder"), elsewhere / "from_elsewhere.safetensors")
    (elsewhere / "readme.txt").write_text("not a model")
    config = tmp_path / "extra.yaml"
    config.write_text(f"mine:\n    adain: {elsewhere}\n")
    server = ComfyServer(
        tmp_path / "base", "--fp16-intermediates", "--cache-none", "--extra-model-paths-config", str(config)
    )
    try:
        shutil.copy(find("vgg19-decoder"), server.base / "models" / "adain" / "at_home.safetensors")
        assert sorted(server.get("/models/adain")) == ["at_home.safetensors", "from_elsewhere.safetensors"]
        api = workflow("one_style")
        run = server.run(api)
        assert run.error == ""
        [picture] = saved(run, api)
        [wanted] = as_saved(model.stylize(example.half().float(), *styles("starry-night"), alpha=0.9))
        assert np.abs(picture - wanted).max() <= 2
    finally:
        server.close()
