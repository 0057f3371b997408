"""A camera or video repainted while one looks: the newest frame, keys, and a file that plays."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from adain_core import AdaIN, AdaINError
from adain_core.cli import app

pytest.importorskip("av", reason="PyAV is not installed: the live view was NOT tested (pip install '.[live]')")
from adain_core.live import Camera, Film, LivePainter, Recorder, Window, newest
from adain_core.video import VideoReader

FRAMES, RATE = 12, 10


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1.2 seconds of a bright square that moves to the right, 96 x 64."""
    path = tmp_path_factory.mktemp("live") / "clip.mp4"
    with Recorder(path, RATE) as recorder:
        for i in range(FRAMES):
            pixels = np.full((64, 96, 3), 40, np.uint8)
            pixels[20:44, 4 * i : 4 * i + 24] = 220
            recorder.write(pixels, i / RATE)
    return path


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen that is not there."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")


def test_a_recorded_video_has_every_frame_when_it_was_painted(clip: Path) -> None:
    with VideoReader(clip, cuts=False) as reader:
        frames = list(reader.frames())
    assert [round(frame.seconds, 3) for frame in frames] == [i / RATE for i in range(FRAMES)]
    first, last = (frame.pixels.float().mean(2) for frame in (frames[0], frames[-1]))
    assert first[30, 10] > 180 > 80 > first[30, 80] and last[30, 60] > 180 > 80 > last[30, 10]


def test_an_uneven_pace_is_kept_and_odd_sides_are_cut(tmp_path: Path) -> None:
    with Recorder(tmp_path / "out.webm") as recorder:
        for at in (0.0, 0.04, 0.5, 0.5):  # two in the same moment follow each other
            recorder.write(np.full((33, 41, 3), 128, np.uint8), at)
    with VideoReader(tmp_path / "out.webm", cuts=False) as reader:
        assert (reader.info.width, reader.info.height) == (40, 32)
        assert [round(frame.seconds, 3) for frame in reader.frames()] == [0.0, 0.04, 0.5, 0.501]


def test_who_is_slow_gets_the_newest_frame_and_not_the_next() -> None:
    """Frames come every 10 ms and are looked at for 60: most are missed, and none is older than one frame."""
    now = [0]

    def camera():
        for i in range(40):
            time.sleep(0.01)
            now[0] = i
            yield np.zeros((1, 1, 3), np.uint8), float(i)

    seen = []
    for _, number in newest(camera()):
        assert number >= now[0] - 1
        seen.append(number)
        time.sleep(0.06)
    assert seen == sorted(set(seen)) and len(seen) < 20


def test_an_error_of_the_camera_reaches_who_looks_and_leaving_ends_its_thread() -> None:
    def broken():
        yield np.zeros((1, 1, 3), np.uint8), 0.0
        raise AdaINError("unplugged")

    with pytest.raises(AdaINError, match="unplugged"):
        list(newest(broken()))

    def endless():
        while True:
            time.sleep(0.005)
            yield np.zeros((1, 1, 3), np.uint8), 0.0

    before = threading.active_count()
    frames = newest(endless())
    next(frames)
    frames.close()
    time.sleep(0.2)
    assert threading.active_count() == before


def test_a_video_takes_its_own_time(clip: Path) -> None:
    start = time.monotonic()
    assert len(list(Film(clip).frames())) == FRAMES
    assert time.monotonic() - start >= (FRAMES - 1) / RATE
    frames = list(Film(clip, size=32, pace=False).frames())
    assert frames[0][0].shape == (32, 48, 3) and frames[0][0].dtype == np.uint8


def test_style_and_strength_change_between_two_frames(model: AdaIN) -> None:
    painter = LivePainter(model, ["starry-night", "scream"], steady=0.0)
    pixels = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    first = painter(pixels, 0.0)
    painter.turn(1)
    second = painter(pixels, 0.1)
    painter.turn(1)
    assert first.shape == pixels.shape and first.dtype == np.uint8
    assert np.array_equal(painter(pixels, 0.2), first)  # round again
    assert np.abs(first.astype(int) - second).mean() > 5
    for _ in range(30):
        painter.strengthen(-1)
    assert painter.alpha == 0.0
    painter.strengthen(1)
    assert painter.alpha == 0.1


def test_the_window_shows_the_picture_and_tells_keys(screen: None) -> None:
    import pygame

    window = Window("test")
    pixels = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    assert window.show(pixels) == []
    shown = pygame.surfarray.array3d(pygame.display.get_surface()).transpose(1, 0, 2)
    assert np.array_equal(shown, pixels)
    for key in (pygame.K_RIGHT, pygame.K_UP, pygame.K_x, pygame.K_q):
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key))
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    assert window.show(pixels) == ["next", "stronger", "quit", "quit"]
    window.close()


def test_the_command_paints_a_video_into_a_file_or_a_window(clip: Path, tmp_path: Path, screen: None) -> None:
    out = tmp_path / "out.mp4"
    call = ["live", str(clip), "--style", "starry-night", "--size", "64", "--model", "vgg19", "--device", "cpu"]
    done = CliRunner().invoke(app, [*call, "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"{FRAMES} frames in ")
    with VideoReader(out, cuts=False) as reader:
        painted = list(reader.frames())
    assert len(painted) == FRAMES  # into a file, none is left out
    assert CliRunner().invoke(app, [*call, "-o", str(out)]).exit_code == 2  # it exists
    shown = CliRunner().invoke(app, [*call, "--seconds", "0.1"])
    assert shown.exit_code == 0 and "frames in" in shown.output


def test_an_old_video_stays_until_the_new_one_is_whole(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    out.write_bytes(clip.read_bytes())
    with Recorder(out) as recorder:
        for i in range(40):  # far more than an encoder keeps to itself
            recorder.write(np.random.default_rng(i).integers(0, 255, (64, 96, 3), np.uint8), i / RATE)
        assert out.read_bytes() == clip.read_bytes()
    assert out.read_bytes() != clip.read_bytes()
    new = out.read_bytes()
    with Recorder(out):
        pass  # without a picture there is no video
    assert out.read_bytes() == new
    assert [file.name for file in tmp_path.iterdir()] == ["out.mp4"]


@pytest.mark.parametrize("name", ["x.gif", "x.wav"])
def test_a_file_that_holds_no_such_video_is_said(clip: Path, tmp_path: Path, name: str) -> None:
    call = ["live", str(clip), "-s", "starry-night", "--size", "64", "--device", "cpu", "-o", str(tmp_path / name)]
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 1 and f"{name} cannot be written (" in done.stderr and "out.mp4" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_video_is_not_enlarged(clip: Path) -> None:
    for size, height in ((480, 64), (32, 32)):
        [pixels, _] = next(iter(Film(clip, size, pace=False).frames()))
        assert pixels.shape[0] == height


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no.mp4", "-s", "scream"], "no video 'no.mp4'"),
        (["17", "-s", "scream"], "camera 17 gives no picture"),
        (["0", "-s", "no-such-style"], "no built-in style"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["live", "--model", "vgg19", *arguments])
    assert done.exit_code == 2 and said in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_camera_that_is_not_there_is_said() -> None:
    with pytest.raises(AdaINError, match="camera 31 gives no picture"):
        Camera(31)
