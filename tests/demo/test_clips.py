"""Short clips through the endpoint: painted, sound kept, too long or no clip refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("gradio")
av: Any = pytest.importorskip("av", reason="PyAV is not installed: clips were NOT tested")
pytest.importorskip("scenedetect", reason="PySceneDetect is not installed: clips were NOT tested")
from demo_clips import make_clip  # noqa: E402
from gradio_client import Client, handle_file  # noqa: E402
from gradio_client.exceptions import AppError  # noqa: E402

from adain_core import AdaINError  # noqa: E402


@pytest.fixture
def client(app: str, tmp_path: Path) -> Client:
    """One user."""
    return Client(
        app, verbose=False, download_files=str(tmp_path / "got"), analytics_enabled=False, httpx_kwargs={"timeout": 60}
    )


def frames_of(path: str | Path) -> np.ndarray:
    """(T, H, W, 3)."""
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def sound_of(path: str | Path) -> list[bytes]:
    """The packets of the sound."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def test_a_clip_is_painted_and_keeps_its_sound(client: Client, tmp_path: Path) -> None:
    """Bit by bit, and every frame is another one than before."""
    source = make_clip(tmp_path / "clip.mp4", 8)
    file, facts = client.predict(clip=handle_file(source), style="scream", size=96, api_name="/stylize_video")
    path = file["video"] if isinstance(file, dict) else file
    before, after = frames_of(source).astype(int), frames_of(path).astype(int)
    assert before.shape == after.shape and "8 frames" in facts
    assert all(np.abs(a - b).mean() > 8 for a, b in zip(before, after, strict=True))
    assert sound_of(path) == sound_of(source)


def test_what_is_too_long_or_no_clip_is_refused(client: Client, tmp_path: Path) -> None:
    long, text = make_clip(tmp_path / "long.mp4", 140), tmp_path / "text.mp4"
    text.write_text("no clip")
    for path, says in ((long, "up to 10 s"), (text, "cannot be used")):
        with pytest.raises(AppError, match=says):
            client.predict(clip=handle_file(path), style="scream", api_name="/stylize_video")


def test_a_clip_nobody_waits_for_stops(app: str, client: Client, tmp_path: Path) -> None:
    """The next one has its turn: it takes one at a time."""
    import json
    import os
    import urllib.request

    long, short = make_clip(tmp_path / "long.mp4", 100), make_clip(tmp_path / "short.mp4", 2)
    done = Path(os.environ["GRADIO_TEMP_DIR"])
    before = set(done.glob("*/adain.mp4"))
    client.predict(clip=handle_file(short), style="scream", size=96, api_name="/stylize_video")
    assert len(set(done.glob("*/adain.mp4")) - before) == 1
    head = b'--frontier\r\nContent-Disposition: form-data; name="files"; filename="a.mp4"\r\n\r\n'
    upload = urllib.request.Request(f"{app}/gradio_api/upload", head + long.read_bytes() + b"\r\n--frontier--\r\n")
    upload.add_header("Content-Type", "multipart/form-data; boundary=frontier")
    with urllib.request.urlopen(upload, timeout=30) as reply:
        [path] = json.load(reply)
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    address = f"{app}/gradio_api/call/stylize_video"
    body = json.dumps({"data": [file, "scream", 1, "style", 96, True]}).encode()
    call = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(call, timeout=30) as reply:
        event = json.load(reply)["event_id"]
    urllib.request.urlopen(f"{address}/{event}", timeout=30).close()
    client.predict(clip=handle_file(short), style="irises", size=96, api_name="/stylize_video")
    assert len(set(done.glob("*/adain.mp4")) - before) == 2, "the abandoned one was not finished"


def request_for(clip: Path, style: str = "scream") -> Any:
    """The smallest painting of a clip."""
    from adain_demo.request import Request

    return Request(str(clip), ((style, 1.0),), size=48, model="lite")


@pytest.mark.parametrize("style", ["scream", "no-such"])
def test_what_fails_leaves_no_files(service: Any, tmp_path: Path, style: str) -> None:
    """Neither frames done nor parts, whether it fails on the way or before the first frame."""
    from adain_demo.clips import Clips

    clip, folder = make_clip(tmp_path / "clip.mp4", 8), tmp_path / "cache"
    folder.mkdir()

    def fail(done: int, total: int) -> None:
        raise AdaINError(f"stopped after {done} of {total}")

    with pytest.raises(AdaINError, match=r"stopped after|no-such"):
        Clips(service).paint(request_for(clip, style), str(folder), progress=fail)
    assert list(folder.iterdir()) == []


def test_not_steady_is_frame_by_frame(service: Any, tmp_path: Path) -> None:
    """The same video as the library's with nothing carried from frame to frame."""
    from adain_demo.clips import Clips

    from adain_core.video import stylize_video

    clip = make_clip(tmp_path / "clip.mp4", 4)
    found = Clips(service).paint(request_for(clip), str(tmp_path), steady=False)
    expected = tmp_path / "expected.mp4"
    model = service.engine.model("lite")
    stylize_video(model, clip, expected, "scream", size=48, steady=0.0, follow=0.0)
    assert (frames_of(found.path) == frames_of(expected)).all()


def test_a_clip_that_was_deleted_meanwhile_is_asked_for_again(service: Any, tmp_path: Path) -> None:
    from adain_demo.clips import Clips

    with pytest.raises(AdaINError, match="files are kept for an hour"):
        Clips(service).paint(request_for(tmp_path / "gone.mp4"), str(tmp_path))


def animation(path: Path, frames: int) -> Path:
    """A GIF or WebP of a moving gradient."""
    from PIL import Image

    ramp = np.tile(np.arange(96, dtype=np.uint8) * 2, (64, 1))
    pictures = [Image.fromarray(np.stack([np.roll(ramp, 5 * i, 1), ramp, ramp[:, ::-1]], -1)) for i in range(frames)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=80, loop=0)
    return path


def test_animated_pictures_go_in_and_come_out(client: Client, tmp_path: Path) -> None:
    """A GIF becomes a WebP of as many frames, by the small network."""
    from PIL import Image

    source = animation(tmp_path / "clip.gif", 5)
    file, facts = client.predict(
        clip=handle_file(source), style="scream", size=96, model="lite", kind="webp", api_name="/stylize_video"
    )
    with Image.open(file) as painted:
        assert (painted.format, painted.n_frames) == ("WEBP", 5) and "5 frames" in facts


def test_a_clip_takes_several_styles_and_a_picture_of_ones_own(
    client: Client, photo: Any, service: Any, tmp_path: Path
) -> None:
    """With weights, as a photo does."""
    from adain_core.video import stylize_video

    source, expected = make_clip(tmp_path / "clip.mp4", 3), tmp_path / "expected.mp4"
    file, _ = client.predict(
        clip=handle_file(source), style="scream:0.25", style_picture=handle_file(photo(3)), style_picture_weight=0.75,
        size=96, model="lite", api_name="/stylize_video",
    )  # fmt: skip
    model = service.engine.model("lite")
    stylize_video(model, source, expected, [("scream", 0.25), (photo(3), 0.75)], size=96)
    assert np.abs(frames_of(file).astype(int) - frames_of(expected)).max() <= 2


@pytest.mark.parametrize("name", ["clip.mp4", "clip.gif"])
def test_the_first_frame_is_that_of_the_whole(service: Any, tmp_path: Path, name: str) -> None:
    """Painted by itself, before anybody asks for the rest."""
    from adain_demo.clips import Clips

    from adain_core.video import preview_frame

    path = tmp_path / name
    source = make_clip(path, 3) if name.endswith("mp4") else animation(path, 3)
    first = Clips(service).first(request_for(source))
    expected = preview_frame(service.engine.model("lite"), source, 0, "scream", size=48).numpy()
    assert first.frames == 3 and first.before.shape == first.after.shape == expected.shape
    assert np.abs(first.after.astype(int) - expected).max() <= 1
    assert np.abs(first.after.astype(int) - first.before).mean() > 8


def test_what_a_clip_will_take_is_as_those_before_took(service: Any, tmp_path: Path) -> None:
    """Twice the frames take twice as long; what was painted tells better than what was tried."""
    from adain_demo.clips import Clips

    clips = Clips(service)
    short, long = (request_for(make_clip(tmp_path / f"{n}.mp4", n)) for n in (4, 8))
    tried = clips.seconds(short)
    assert tried is not None and tried > 0
    assert clips.seconds(long) == pytest.approx(2 * tried, rel=0.01)
    painted = clips.paint(short, str(tmp_path))
    assert clips.seconds(short) == pytest.approx(painted.seconds, rel=0.01)


def test_a_still_picture_is_told_from_a_clip(service: Any, tmp_path: Path) -> None:
    """In the words of the page: there is no command here."""
    from adain_demo.clips import Clips

    with pytest.raises(AdaINError, match=r"The clip cannot be used: it is a still picture: take it on the first tab\."):
        Clips(service).look(str(animation(tmp_path / "still.gif", 1)))
