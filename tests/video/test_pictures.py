"""Animated and numbered pictures as sources and results: durations, plays, alpha and depth are kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence
from video.clips import MakeClip, Stops, Unchanged, decoded, rgb, shown_at

from adain_core.pictures.reading import open_picture
from adain_core.video import Encoding, VideoError, partial_path, probe, transform_video
from adain_core.video.opening import open_source
from adain_core.video.sequences import files_of

DURATIONS = [40, 50, 100, 30, 1000, 70]
SOURCES = {"a.gif": 2, "a.webp": 3, "a.png": 3}
"""Names, and what Pillow writes so that each is played three times."""


def pictures(photo: np.ndarray, alpha: bool = True) -> list[Image.Image]:
    """A window that moves over a photo, and a hole that moves in it; the fourth is nothing but hole."""
    made = []
    for i in range(len(DURATIONS)):
        a = np.full((48, 64, 4), 255, np.uint8)
        a[..., :3] = photo[5 * i : 5 * i + 48, 100:164]
        if alpha:
            a[10:20, 5 + i * 4 : 20 + i * 4, 3] = 0
            a[..., 3] *= i != 3
        made.append(Image.fromarray(a))
    return made


@pytest.fixture(params=SOURCES)
def animation(request: pytest.FixtureRequest, tmp_path: Path, photo: np.ndarray) -> Path:
    return animate(tmp_path / request.param, pictures(photo))


def animate(path: Path, frames: Sequence[Image.Image]) -> Path:
    more = {"lossless": True} if path.suffix == ".webp" else {"disposal": 2} if path.suffix == ".gif" else {}
    loop = SOURCES[path.name]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=DURATIONS, loop=loop, **more)
    return path


def shown(path: Path) -> tuple[list[np.ndarray], list[float], int | None]:
    """Frames (H, W, 4) as they are seen, their durations, and how often the file is said to be played."""
    frames, durations = [], []
    with Image.open(path) as image:
        loop = image.info.get("loop")
        plays = 1 if loop is None else loop + (image.format == "GIF" and loop > 0)
        for frame in ImageSequence.Iterator(image):
            frames.append(np.asarray(frame.convert("RGBA")).astype(int))
            durations.append(frame.info["duration"])
    return frames, durations, plays


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".apng"])
def test_animations_keep_durations_plays_and_alpha(
    animation: Path, tmp_path: Path, unchanged: Unchanged, suffix: str
) -> None:
    out = tmp_path / f"out{suffix}"
    result = transform_video(animation, out, unchanged)
    assert (result.frames, result.notes, result.problems) == (6, [], [])
    (before, _, _), (after, durations, plays) = shown(animation), shown(out)
    assert durations == DURATIONS and plays == 3
    for a, b in zip(before, after, strict=True):
        seen = a[..., 3] > 0
        assert (seen == (b[..., 3] > 0)).all()
        assert not seen.any() or np.abs(a - b)[seen].mean() < 4


def test_a_film_as_an_animation_is_as_long(make_clip: MakeClip, tmp_path: Path, unchanged: Unchanged) -> None:
    """A GIF counts hundredths of a second: thirds of them do not add up to a drift."""
    transform_video(make_clip(frames=30, rate=30), tmp_path / "out.gif", unchanged)
    _, durations, plays = shown(tmp_path / "out.gif")
    assert sum(durations) == 1000 and set(durations) == {30, 40} and plays == 0


def test_an_animation_as_a_film_says_that_alpha_is_left_out(animation: Path, tmp_path: Path) -> None:
    result = transform_video(animation, tmp_path / "out.mp4", Unchanged())
    assert [round(float(at) * 1000) for at in shown_at(result.output)] == [0, 40, 90, 190, 220, 1220]
    assert result.notes == ["alpha is left out: .mp4 files hold none; write .webp, .gif or pictures"]


def test_a_gif_too_fast_for_viewers_is_told(make_clip: MakeClip, tmp_path: Path, unchanged: Unchanged) -> None:
    result = transform_video(make_clip(frames=6, rate=60), tmp_path / "out.gif", unchanged)
    assert result.notes == ["viewers show a GIF of 60 frames a second too slowly: --fps 25 is right everywhere"]


def test_a_part_of_an_animation_at_another_size_and_rate(animation: Path, tmp_path: Path) -> None:
    """The hole moves along: it is where it was at each frame's time."""
    out = tmp_path / "out.webp"
    transform_video(animation, out, Unchanged(), start=0.09, end=0.22, fps=20, size=24)
    frames, durations, _ = shown(out)  # 3 of them; two are the same picture
    assert durations == [100, 50] and frames[0].shape == (24, 32, 4)
    assert 0 < (frames[0][..., 3] == 0).mean() < 0.06 and (frames[1][..., 3] == 0).all()


def test_options_of_animations(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip(frames=2)
    for encoding, sentence in [
        (Encoding("h264"), ".webp files hold no h264 video"),
        (Encoding(crf=20), "no option 'crf'"),
        (Encoding(options={"quality": "101"}), "quality"),
    ]:
        with pytest.raises(VideoError, match=sentence):
            transform_video(source, tmp_path / "out.webp", Unchanged(), encoding=encoding)
    sizes = []
    for quality in ("10", "95"):
        best = Encoding(options={"quality": quality})
        transform_video(source, tmp_path / "out.webp", Unchanged(), encoding=best, force=True)
        sizes.append((tmp_path / "out.webp").stat().st_size)
    assert sizes[0] < sizes[1]


def test_a_damaged_animation_gives_what_can_be_read(tmp_path: Path, photo: np.ndarray) -> None:
    whole = animate(tmp_path / "a.webp", pictures(photo, alpha=False))
    data = bytearray(whole.read_bytes())
    last = data.rindex(b"ANMF")
    data[last + 40 : last + 140] = bytes(100)
    whole.write_bytes(data)
    result = transform_video(whole, tmp_path / "out.mp4", Unchanged())
    assert result.frames == 5 and "damaged from frame 5 on" in result.problems[0]


def test_a_still_picture_is_no_video(tmp_path: Path) -> None:
    for name in ("a.gif", "a.webp", "a.png"):
        Image.new("RGB", (16, 16)).save(tmp_path / name)
        with pytest.raises(VideoError, match="is a picture: use `adain stylize`"):
            transform_video(tmp_path / name, tmp_path / "out.mp4", Unchanged())


def test_numbered_pictures_there_and_back(make_clip: MakeClip, tmp_path: Path, unchanged: Unchanged) -> None:
    """A film becomes pictures without a loss, counted from 0, and they become a film at the rate that is given."""
    source, names = make_clip(frames=10), tmp_path / "frames" / "f_%03d.png"
    assert transform_video(source, names, unchanged).frames == 10
    assert sorted(p.name for p in names.parent.iterdir()) == [f"f_{i:03d}.png" for i in range(10)]
    assert all((open_picture(f).pixels == x).all() for f, x in zip(files_of(names).values(), rgb(source).numpy(),
                                                                   strict=True))  # fmt: skip
    for given in (names, names.parent):
        out = tmp_path / "back.mkv"
        transform_video(given, out, unchanged, fps=10, encoding=Encoding("ffv1"), force=True)
        assert probe(out).rate == 10 and len(decoded(out)) == 10


def test_a_folder_counts_as_people_do(tmp_path: Path) -> None:
    for number in (10, 9, 1):
        Image.new("RGB", (8, 8)).save(tmp_path / f"x{number}.png")
    (tmp_path / "notes.txt").touch()
    assert [file.name for file in files_of(tmp_path).values()] == ["x1.png", "x9.png", "x10.png"]


def test_missing_and_bad_pictures_leave_their_time_to_the_one_before(
    make_clip: MakeClip, tmp_path: Path, unchanged: Unchanged
) -> None:
    names = tmp_path / "f" / "f_%d.png"
    transform_video(make_clip(frames=8), names, unchanged)
    (names.parent / "f_3.png").unlink()
    (names.parent / "f_5.png").write_bytes(b"no picture")
    Image.new("RGB", (9, 9)).save(names.parent / "f_6.png")
    result = transform_video(names, tmp_path / "out.mkv", unchanged)
    assert [round(float(at) * 25) for at in shown_at(result.output)] == [0, 1, 2, 4, 7]
    bad, missing = result.problems
    assert "2 pictures" in bad and "first f_5.png" in bad and "1 number" in missing and "first 3" in missing


def test_depth_and_alpha_of_numbered_pictures_are_kept(tmp_path: Path, unchanged: Unchanged) -> None:
    import tifffile

    given = np.random.default_rng(0).integers(0, 65536, (2, 16, 24, 4), np.uint16)
    for number, pixels in enumerate(given):
        tifffile.imwrite(tmp_path / f"in{number}.tif", pixels, photometric="rgb", extrasamples=["unassalpha"])
    transform_video(tmp_path / "in%d.tif", tmp_path / "out" / "o%d.tif", unchanged)
    for number, pixels in enumerate(given):
        found = open_picture(tmp_path / "out" / f"o{number}.tif")
        assert found.alpha is not None
        assert (found.pixels == pixels[..., :3]).all() and (found.alpha == pixels[..., 3]).all()
    result = transform_video(tmp_path / "in%d.tif", tmp_path / "jpg" / "o%d.jpg", unchanged)
    assert result.notes == ["JPEG has no alpha: it is left out"]


def test_nothing_of_a_source_is_written_over(make_clip: MakeClip, tmp_path: Path, unchanged: Unchanged) -> None:
    names = tmp_path / "f" / "f_%d.png"
    transform_video(make_clip(frames=3), names, unchanged)
    for output, sentence in [(names, "is the source"), (names.with_name("g_%d.png"), "is the source's folder")]:
        with pytest.raises(VideoError, match=sentence):
            transform_video(names.parent, output, unchanged, force=True)
    with pytest.raises(VideoError, match="exists: add --force"):
        transform_video(make_clip(frames=2), names, unchanged)
    transform_video(make_clip(frames=2), names, unchanged, force=True)
    assert len(files_of(names)) == 2, "pictures of the longer result before are left"


@pytest.mark.parametrize("name", ["out.gif", "out/f_%02d.png"])
def test_a_stop_leaves_what_is_done_and_is_gone_on_from(make_clip: MakeClip, tmp_path: Path, name: str) -> None:
    source, out = make_clip(frames=150), tmp_path / name

    with pytest.raises(KeyboardInterrupt):
        transform_video(source, out, Stops())
    partial = partial_path(out)
    if "%" in name:
        assert len(files_of(partial)) == 80 and not files_of(out)
    else:
        assert len(shown(partial)[0]) > 0 and not out.exists()
    assert transform_video(source, out, Unchanged(), resume=True).resumed == 80
    assert not partial.exists() and not files_of(partial)
    left = sorted(p.name for p in out.parent.iterdir() if p.name.startswith("."))
    assert left == [] and (len(files_of(out)) == 150 if "%" in name else sum(shown(out)[1]) == 6000)


def test_no_pictures(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    with pytest.raises(VideoError, match=r"no pictures in .*f: a folder is taken as the frames of one video"):
        open_source(tmp_path / "f")
    (tmp_path / "f" / "a.png").write_bytes(b"x")
    with pytest.raises(VideoError, match=r"1 picture of .*, but none can be read"):
        open_source(tmp_path / "f")
