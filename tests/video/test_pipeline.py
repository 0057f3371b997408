"""Reading, network and writing overlap, in bounded memory; the command does it all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import pytest
import torch
from command_here import adain_here
from torch import Tensor
from video.clips import MakeClip, Unchanged, decoded, packets, shown_at

from adain_core import AdaIN
from adain_core.video import Encoding, Frame, stylize_video, transform_video
from adain_core.video.overlap import Ahead, Behind

COMMAND = [sys.executable, "-c", "from adain_core.cli import main; main()"]


def test_memory_is_flat_for_a_clip_ten_times_longer(
    make_clip: MakeClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 400 frames fewer are alive at once than there are in 40, and no more memory is held."""
    made: weakref.WeakSet[Frame] = weakref.WeakSet()  # gc.get_objects() would disturb tuples that threads are building
    make = Frame.__init__

    def register(frame: Frame, *given: object) -> None:
        make(frame, *given)
        made.add(frame)

    monkeypatch.setattr(Frame, "__init__", register)

    class Watches(Unchanged):
        def __init__(self) -> None:
            self.frames, self.bytes = 0, 0

        def __call__(self, frames: Tensor, seconds: Sequence[float], fresh: Sequence[bool]) -> Tensor:
            self.frames = max(self.frames, len(made))
            self.bytes = max(self.bytes, psutil.Process().memory_info().rss)
            return frames

    alive, grown = [], []
    for count in (40, 40, 400):  # the first one warms up
        source = make_clip(f"{count}.mp4", count, (320, 240), options={"preset": "ultrafast"}, pictures=None)
        watch, before = Watches(), psutil.Process().memory_info().rss
        transform_video(source, tmp_path / f"out{count}.mp4", watch, encoding=Encoding(preset="ultrafast"), force=True)
        alive.append(watch.frames)
        grown.append(watch.bytes - before)
    assert 0 < alive[2] < 40
    assert grown[2] < grown[1] + 30e6  # all 400 frames are 92 MB in 8 bits, 370 MB in float


def test_reading_and_writing_do_not_wait_for_the_network() -> None:
    """Three stages of 20 ms an item overlap: 20 items take little more than one stage does, not three."""
    done = []

    def read() -> Iterator[int]:
        for i in range(20):
            time.sleep(0.02)
            yield i

    start = time.perf_counter()
    behind = Behind(lambda i: (time.sleep(0.02), done.append(i)), 2)
    with Ahead(read(), 2) as items:
        for item in items:
            time.sleep(0.02)
            behind.put(item)
    behind.finish()
    assert done == list(range(20))
    assert time.perf_counter() - start < 2.4 * 20 * 0.02


def test_errors_cross_threads_and_threads_end() -> None:
    def read() -> Iterator[int]:
        yield 1
        raise OSError("cannot read")

    before = threading.active_count()
    with pytest.raises(OSError, match="cannot read"), Ahead(read(), 1) as items:
        list(items)

    def write(item: int) -> None:
        raise OSError("cannot write")

    behind = Behind(write, 1)
    with pytest.raises(OSError, match="cannot write"):
        for i in range(100):
            behind.put(i)
            time.sleep(0.01)
    with pytest.raises(OSError, match="cannot write"):
        behind.finish()
    with Ahead(iter(range(10**9)), 1) as numbers:
        assert next(numbers) == 0
    assert threading.active_count() == before


def test_a_video_in_a_style(model: AdaIN, make_clip: MakeClip, tmp_path: Path) -> None:
    """The frames are those that the stylizer makes of the video's frames; progress counts them."""
    source, calls = make_clip(frames=5, sound="aac"), []
    result = stylize_video(
        model, source, tmp_path / "out.mp4", "starry-night", steady=0, follow=0, batch=2, encoding=Encoding(crf=0),
        progress=lambda done, total: calls.append((done, total)),
    )  # fmt: skip
    assert calls == [(2, 5), (4, 5), (5, 5)] and result.frames == 5
    photo = torch.from_numpy(decoded(source)[3].to_ndarray(format="rgb24"))
    wanted = model.stylize(photo.permute(2, 0, 1)[None].float() / 255, "starry-night")[0].permute(1, 2, 0) * 255
    got = torch.from_numpy(decoded(tmp_path / "out.mp4")[3].to_ndarray(format="rgb24")).float()
    assert (got - wanted).abs().mean() < 6  # chroma is stored at half size, and the network is not told less
    assert packets(tmp_path / "out.mp4", "audio") == packets(source, "audio")


@pytest.mark.slow
def test_ctrl_c(make_clip: MakeClip, tmp_path: Path) -> None:
    """One sentence, exit code 130, the frames done as a video, and the way to go on."""
    source = make_clip(frames=300)
    process = subprocess.Popen(
        [*COMMAND, "video", str(source), "-s", "scream", "-o", "out.mp4", "--dtype", "float32"],
        stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # jobs in the background ignore it
    )  # fmt: skip
    while process.poll() is None and not (tmp_path / ".out.mp4.parts" / "000000.mkv").exists():
        time.sleep(0.02)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate()
    assert process.returncode == 130, stderr
    done = len(decoded(tmp_path / "out.partial.mp4"))
    assert stderr == f"adain: stopped; {done} frames are done and in out.partial.mp4, add --resume to go on\n"
    assert 0 < done < 300 and not (tmp_path / "out.mp4").exists()


def test_the_command(make_clip: MakeClip, tmp_path: Path) -> None:
    """Writes the video beside a line on stdout; refuses with one line and the exit code of the others."""
    source = make_clip(frames=4)
    (tmp_path / "notes.txt").write_text("no video")

    done = adain_here(
        "video", "clip.mp4", "-s", "scream@0:1,1s:0", "-s", "irises:0.5", "--alpha", "0:0,0.1s:1",
        "--color", "luminance", "--codec-option", "tune=grain", "-o", "out.mkv", cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, b"out.mkv  (4 frames)\n"), done.stderr
    assert [round(float(t), 3) for t in shown_at(tmp_path / "out.mkv")] == [float(t) for t in shown_at(source)]
    for arguments, code, sentence in [
        (["clip.mp4"], 2, "give --style STYLE"),
        (["clip.mp4", "-s", "scream", "--alpha", "much"], 2, "--alpha 'much': give a number, or key frames"),
        (["clip.mp4", "-s", "scream", "-o", "out.mkv"], 2, "out.mkv exists: add --force"),
        (["notes.txt", "-s", "scream"], 1, "notes.txt is not a video that can be read"),
    ]:
        failed = adain_here("video", *arguments, cwd=tmp_path)
        said = failed.stderr.decode()
        assert failed.returncode == code and sentence in said and said.count("\n") == 1
