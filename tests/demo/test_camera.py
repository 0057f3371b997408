"""The camera tab: frames go through the library, and only frames of a camera go in."""

import base64
import io

import gradio as gr
import numpy as np
import pytest
import torch
from adain_demo import camera as tab
from adain_demo.camera import FAST, FRAME_BYTES, SIDE, Camera, CameraFrame, Cameras
from adain_demo.engine import model_names
from gradio.data_classes import ImageData
from huge_png import huge_png
from PIL import Image

from adain_core import AdaIN
from adain_core.errors import AdaINError
from adain_core.styles.builtin import find_builtin


def frame_file(pixels: np.ndarray) -> bytes:
    """A lossless file of a frame."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_the_papers_network_stays_the_default():
    """The small one is there to choose, and for the camera."""
    assert model_names()[0] == "vgg19" and FAST in model_names()


def test_first_frame_is_the_librarys_picture(service):
    """Later ones have statistics averaged over time."""
    pixels = np.random.default_rng(0).integers(0, 255, (96, 128, 3), dtype=np.uint8)
    found, seconds = Camera(service).paint(frame_file(pixels), "starry-night", 0.8)
    model = AdaIN.from_pretrained(FAST, device="cpu", dtype="float32")
    style = find_builtin("starry-night", model.encoder_id)
    x = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
    wanted = model.stylize(x, style, alpha=0.8)[0].permute(1, 2, 0).numpy() * 255
    assert found.shape == (96, 128, 3) and seconds > 0
    assert np.abs(found - wanted).max() <= 1


def test_large_frames_are_reduced(service):
    """A camera of 1080 lines is painted in the size that keeps up."""
    found, _ = Camera(service).paint(frame_file(np.zeros((720, 1280, 3), np.uint8)), "starry-night", 1.0)
    assert found.shape == (SIDE, 640, 3)


def test_style_and_strength_change_on_the_way(service):
    """The next frame shows them."""
    frame = frame_file(np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8))
    camera = Camera(service)
    first = camera.paint(frame, "starry-night", 1.0)[0].astype(int)
    weak = camera.paint(frame, "starry-night", 0.0)[0].astype(int)
    other = camera.paint(frame, "sunflowers", 1.0)[0].astype(int)
    assert np.abs(first - weak).mean() > 1 and np.abs(first - other).mean() > 1


def test_broken_frame_is_refused(service):
    """In words, and the camera goes on."""
    camera = Camera(service)
    with pytest.raises(AdaINError):
        camera.paint(b"no picture", "starry-night", 1.0)
    camera.paint(frame_file(np.zeros((64, 64, 3), np.uint8)), "starry-night", 1.0)


def test_huge_frame_is_refused_from_its_header(service, tmp_path, monkeypatch):
    """A few kilobytes may hold more pixels than memory: they are never decoded."""
    frame = huge_png(tmp_path / "frame.png", 2500).read_bytes()
    monkeypatch.setattr(Image.Image, "convert", lambda *_: pytest.fail("the frame was decoded"))
    with pytest.raises(AdaINError, match=r"frame cannot be used: .*6 million pixels"):
        Camera(service).paint(frame, "starry-night", 1.0)


@pytest.mark.parametrize(
    "payload",
    [
        ImageData(path="/etc/hostname"),
        ImageData(url="http://localhost/x.png"),
        ImageData(url="data:text/plain;base64,AAAA"),
        ImageData(url="data:image/png;base64," + "A" * (FRAME_BYTES + 1)),
        ImageData(url="data:image/png;base64,??"),
    ],
)
def test_only_frames_of_a_camera_go_in(payload):
    """No path of this machine, no address, nothing huge."""
    with pytest.raises(gr.Error):
        CameraFrame(sources=["webcam"], streaming=True).preprocess(payload)


def test_frame_comes_as_its_file():
    """As the page sends it."""
    data = frame_file(np.zeros((16, 16, 3), np.uint8))
    payload = ImageData(url="data:image/png;base64," + base64.b64encode(data).decode())
    assert CameraFrame(sources=["webcam"], streaming=True).preprocess(payload) == data


def test_cameras_share_the_server_up_to_a_number(service, monkeypatch):
    """One more is told so in words; the place of one that is off is free, and what it had learned is gone."""
    now = [0.0]
    monkeypatch.setattr(tab.time, "monotonic", lambda: now[0])
    cameras, ann, bob, eve = Cameras(2), Camera(service), Camera(service), Camera(service)
    for camera in (ann, bob, ann):
        with cameras.turn(camera):
            camera.paint(frame_file(np.zeros((32, 32, 3), np.uint8)), "starry-night", 1.0)
    with pytest.raises(AdaINError, match="2 cameras are painted at the moment"), cameras.turn(eve):
        pass
    now[0] = tab.STILL - 1
    with cameras.turn(bob):
        pass
    now[0] = tab.STILL + 1
    with cameras.turn(eve):
        pass
    assert not ann._painters and bob._painters
