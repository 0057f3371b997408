"""AdaIN Stylize Video in a real ComfyUI: as `adain video` paints, whatever the VIDEO came from, in flat memory.

Runs when COMFYUI_PATH names a checkout of ComfyUI (COMFYUI_PYTHON: an interpreter with its requirements).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import psutil
import pytest
import torch
from comfy_server import ComfyServer, Run, Workflow
from torch import Tensor
from video import conftest as videos
from video.clips import MakeClip, packets, rgb, shown_at

from adain_core import AdaIN
from adain_core.video import stylize_video

if "COMFYUI_PATH" not in os.environ:
    pytest.skip("COMFYUI_PATH is not set: films were NOT tried in a real ComfyUI", allow_module_level=True)

STYLE = "scream"

make_clip, photo = videos.make_clip, videos.photo  # fixtures


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyServer]:
    started = ComfyServer(tmp_path_factory.mktemp("comfy"))
    yield started
    started.close()


def film(clip: Path, server: ComfyServer, **inputs: object) -> Workflow:
    """Load Video, ours, Save Video."""
    (server.base / "input" / clip.name).write_bytes(clip.read_bytes())
    return {
        "load": {"class_type": "LoadVideo", "inputs": {"file": clip.name}},
        "model": {"class_type": "AdaINLoadModel", "inputs": {"model": "vgg19", "precision": "float32"}},
        "film": {
            "class_type": "AdaINStylizeVideo",
            "inputs": {"video": ["load", 0], "style_name": STYLE, "strength": 1.0, "model": ["model", 0], **inputs},
        },
        "save": {
            "class_type": "SaveVideo",
            "inputs": {"video": ["film", 0], "filename_prefix": clip.stem, "format": "auto", "codec": "auto"},
        },
    }


def result(run: Run) -> Path:
    """The film that Save Video wrote."""
    assert (run.status, run.error) == ("success", "")
    [file] = run.files("save")
    return file


def differ(a: Tensor, b: Tensor) -> float:
    """Mean difference in steps of 8 bits."""
    assert a.shape == b.shape
    return float((a.float() - b.float()).abs().mean())


def test_it_is_what_the_command_paints(
    server: ComfyServer,
    make_clip: MakeClip,
    model: AdaIN,
    tmp_path: Path,
) -> None:
    """Frames, times and, bit by bit, the sound; the node shows it."""
    times = [0, 1, 2, 5, 6, 7, 9, 10, 11, 12]
    clip = make_clip(frames=10, pts=times, sound="aac", cut_at=6)
    run = server.run(film(clip, server, steady=0.4, follow=0.6, color="luminance", strength_over_time="0:0,0.4s:1"))
    found, wanted = result(run), tmp_path / "wanted.mp4"
    from adain_core.video import KeyFrames

    stylize_video(
        model, clip, wanted, STYLE, alpha=KeyFrames.parse("0:0,0.4s:1"), steady=0.4, follow=0.6, color="luminance"
    )
    assert differ(rgb(found), rgb(wanted)) < 0.5
    assert shown_at(found) == shown_at(clip) == [Fraction(t, 25) for t in times]
    assert [data for _, data in packets(found, "audio")] == [data for _, data in packets(clip, "audio")]
    [shown] = run.outputs["film"]["images"]
    assert shown["type"] == "temp" and shown["filename"].endswith(".mp4")


def test_part_of_a_film_and_a_film_made_of_frames(
    server: ComfyServer,
    make_clip: MakeClip,
    model: AdaIN,
    tmp_path: Path,
) -> None:
    """Trim Video cuts the file, Create Video has none: both are painted as the files that they stand for."""
    clip = make_clip(frames=25, sound="aac")
    api = film(clip, server)
    slice_ = {"video": ["load", 0], "start_time": 0.4, "duration": 0.2, "strict_duration": False}
    api["part"] = {"class_type": "Video Slice", "inputs": slice_}
    api["film"]["inputs"]["video"] = ["part", 0]
    part = result(server.run(api))
    wanted = tmp_path / "part.mp4"
    stylize_video(model, clip, wanted, STYLE, start=0.4, end=0.6)
    assert differ(rgb(part), rgb(wanted)) < 0.5 and len(shown_at(part)) == 5
    api["frames"] = {"class_type": "GetVideoComponents", "inputs": {"video": ["part", 0]}}
    made = {"images": ["frames", 0], "audio": ["frames", 1], "fps": 25.0}
    api["made"] = {"class_type": "CreateVideo", "inputs": made}
    api["film"]["inputs"]["video"] = ["made", 0]
    again = result(server.run(api))
    assert differ(rgb(again), rgb(part)) < 10  # of other pixels: in 4:2:0 once more
    assert packets(again, "audio")


def test_only_the_masked_part_is_painted(server: ComfyServer, make_clip: MakeClip) -> None:
    clip = make_clip(frames=3)
    api = film(clip, server)
    api["mask"] = {"class_type": "SolidMask", "inputs": {"value": 1.0, "width": 32, "height": 48}}
    api["none"] = {"class_type": "SolidMask", "inputs": {"value": 0.0, "width": 64, "height": 48}}
    left = {"destination": ["none", 0], "source": ["mask", 0], "x": 0, "y": 0, "operation": "add"}
    api["left"] = {"class_type": "MaskComposite", "inputs": left}
    api["film"]["inputs"]["mask"] = ["left", 0]
    found, before = rgb(result(server.run(api))).float(), rgb(clip).float()
    assert float((found - before)[:, :, 36:].abs().mean()) < 4 < 15 < float((found - before)[:, :, :28].abs().mean())


BAD = {
    "a mask and an area": ({"area": "subject", "mask": ["mask", 0]}, "a mask is connected and area is 'subject'"),
    "refinement": ({"options": ["options", 0]}, "options have refine 2, and films are not refined"),
    "no curve": ({"strength_over_time": "fade in"}, "key frames 'fade in': write SECONDS:VALUE"),
}


@pytest.mark.parametrize("case", list(BAD))
def test_bad_input(server: ComfyServer, make_clip: MakeClip, case: str) -> None:
    """One sentence, and nothing is left among the temporary files."""
    inputs, said = BAD[case]
    api = film(make_clip(frames=2), server, **inputs)
    api["mask"] = {"class_type": "SolidMask", "inputs": {"value": 1.0, "width": 64, "height": 48}}
    api["options"] = {"class_type": "AdaINOptions", "inputs": {"refine": 2}}
    before = left_behind(server)
    run = server.run(api)
    assert said in run.error and run.messages["execution_error"]["exception_type"] == "AdaINError"
    assert left_behind(server) == before


def left_behind(server: ComfyServer) -> set[Path]:
    return set((server.base / "temp").glob("adain-*"))


def test_stop(server: ComfyServer, make_clip: MakeClip) -> None:
    """Within a batch of frames; nothing is left, and the next film is painted."""
    before = left_behind(server)
    prompt = server.queue(film(make_clip("long.mp4", frames=400, size=(256, 256)), server))
    while not left_behind(server) - before:
        time.sleep(0.1)
    time.sleep(1)
    server.post("/interrupt", {})
    assert "execution_interrupted" in server.wait(prompt).messages
    assert left_behind(server) == before
    assert server.run(film(make_clip("short.mp4", frames=2), server)).error == ""


def highest_memory(server: ComfyServer, work: Callable[[], Run]) -> tuple[Run, int]:
    """A run and the most memory, in bytes, that the server had in it."""
    process, done, most = psutil.Process(server.process.pid), threading.Event(), [0]

    def watch() -> None:
        while not done.wait(0.05):
            most[0] = max(most[0], process.memory_info().rss)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        return work(), most[0]
    finally:
        done.set()
        thread.join()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_film(
    server: ComfyServer,
    make_clip: MakeClip,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Ten times as many frames, which would be ten times 118 MB as ComfyUI's pictures."""
    size, most = (320, 256), {}
    for frames in (40, 400):
        clip = make_clip(f"{frames}.mp4", frames=frames, size=size, sound="aac")
        api = film(clip, server)
        api["model"]["inputs"]["model"] = "lite"
        run, most[frames] = highest_memory(server, lambda api=api: server.run(api))
        assert len(shown_at(result(run))) == frames
    with capsys.disabled():
        print("".join(f"\n{frames} frames: {bytes_ / 1e6:.0f} MB" for frames, bytes_ in most.items()))
    as_pictures = 360 * size[0] * size[1] * 3 * torch.float32.itemsize
    assert most[400] - most[40] < as_pictures / 5
