"""Frames are stylized as pictures are, with all options, and what changes over time does so smoothly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from reference import statistics
from torch import Tensor
from video.clips import MakeClip

from adain_core import AdaIN, AdaINError, Region
from adain_core.options import COLOR_MODES
from adain_core.styles.temporal import SteadyStatistics
from adain_core.video import FrameStylizer, KeyFrames, VideoError, stylize_frames

STYLE = "starry-night"


@pytest.fixture(scope="module")
def frames(astronaut: Tensor) -> Tensor:
    """A pan over a real photo, (4, 3, 64, 80)."""
    return torch.cat([astronaut[:, :, 40:104, 150 + 9 * i : 230 + 9 * i] for i in range(4)])


def one_by_one(model: AdaIN, frames: Tensor, make: Callable[[int], dict]) -> Tensor:
    """Each frame stylized as a picture, with the options for its number."""
    return torch.cat([model.stylize(frames[i : i + 1], **make(i)) for i in range(len(frames))])


def near(a: Tensor, b: Tensor) -> bool:
    return torch.allclose(a, b, atol=2e-3)


def test_unsmoothed_frames_are_stylized_as_pictures(model: AdaIN, frames: Tensor) -> None:
    """In a batch, one by one and in tiles; the content is not changed."""
    before = frames.clone()
    wanted = one_by_one(model, frames, lambda i: {"style": STYLE, "alpha": 0.8})
    times = [0.0, 0.04, 0.08, 0.12]
    batch = FrameStylizer(model, STYLE, alpha=0.8, steady=0, follow=0)(frames, times)
    assert near(batch, wanted) and torch.equal(frames, before)
    tiled = FrameStylizer(model, STYLE, alpha=0.8, steady=0, follow=0, tile=32)(frames, times)
    assert near(tiled, wanted)
    single = FrameStylizer(model, STYLE, alpha=0.8, steady=0, follow=0)
    assert near(torch.cat([single(f[None], [t]) for f, t in zip(frames, times, strict=True)]), wanted)


@pytest.mark.parametrize("color", COLOR_MODES)
def test_colour_modes(model: AdaIN, frames: Tensor, color: str) -> None:
    stylizer = FrameStylizer(model, STYLE, color=color, steady=0, follow=0)  # type: ignore[arg-type]
    out = stylizer(frames[:2], [0, 1])
    assert near(out, one_by_one(model, frames[:2], lambda i: {"style": STYLE, "color": color}))


def test_masks_as_pictures_and_as_videos(model: AdaIN, frames: Tensor, tmp_path: Path, make_clip: MakeClip) -> None:
    """A mask that moves holds for each frame what it shows then; where it is black all over the frame stays."""
    shapes = np.zeros((4, 64, 80, 3), np.uint8)
    shapes[0, :, :40], shapes[1, :, 40:], shapes[2, :32] = 255, 255, 255
    video = make_clip("mask.mkv", codec="ffv1", pix_fmt="gray", size=(80, 64), pictures=list(shapes), options={})
    stylizer = FrameStylizer(model, [Region(STYLE, str(video))], steady=0, follow=0)
    out = stylizer(frames, [i / 25 for i in range(4)])
    stylizer.close()
    assert torch.allclose(out[3], frames[3], atol=1e-6)
    for i in range(3):
        mask = torch.from_numpy(shapes[i, :, :, 0].copy())
        assert near(out[i : i + 1], model.stylize(frames[i : i + 1], [Region(STYLE, mask)]))
    Image.fromarray(shapes[0]).save(tmp_path / "mask.png")
    fixed = FrameStylizer(
        model, [Region(STYLE, tmp_path / "mask.png")], background="scream", feather=3, steady=0, follow=0
    )
    wanted = one_by_one(
        model, frames[:2],
        lambda i: {"style": [Region(STYLE, tmp_path / "mask.png")], "background": "scream", "feather": 3},
    )  # fmt: skip
    assert near(fixed(frames[:2], [0, 1]), wanted)


def test_strength_and_blend_over_time(model: AdaIN, frames: Tensor) -> None:
    """Key frames hold for each frame of a batch what they are at its time."""
    blend = [(STYLE, KeyFrames.parse("0:1,3:0")), ("scream", KeyFrames.parse("0:0,3s:1"))]
    out = FrameStylizer(model, blend, alpha=KeyFrames.parse("1:0,3:1"), steady=0, follow=0)(frames, [0, 1, 2, 3])
    wanted = one_by_one(
        model, frames,
        lambda i: {"style": [(STYLE, 1 - i / 3), ("scream", i / 3)], "alpha": max(0.0, (i - 1) / 2)},
    )  # fmt: skip
    assert near(out, wanted)


def test_a_still_part_stays_stiller(model: AdaIN, astronaut: Tensor, coffee: Tensor) -> None:
    """Half of the picture is still while the other half changes: averaged, the still half changes less."""
    still = astronaut[:, :, :64, 100:196]
    frames = torch.cat([torch.cat([still, coffee[:, :, 100:164, 60 * i : 60 * i + 64]], 3) for i in range(6)])
    times = [i / 25 for i in range(6)]
    change = {}
    for steady in (0.0, 0.5):
        out = FrameStylizer(model, STYLE, steady=steady, follow=0)(frames, times)
        change[steady] = float(out[:, :, :, :48].diff(dim=0).abs().mean())
    assert change[0.5] < 0.5 * change[0.0]


def test_nothing_is_averaged_across_a_cut(model: AdaIN, frames: Tensor) -> None:
    """After a cut the statistics are the new scene's alone, colours included."""
    for color in (None, "cholesky"):
        stylizer = FrameStylizer(model, STYLE, color=color)  # type: ignore[arg-type]
        stylizer(1 - frames[:3], [0, 0.04, 0.08])
        after = stylizer(frames[:1], [0.12], [True])
        assert near(after, FrameStylizer(model, STYLE, color=color, steady=0, follow=0)(frames[:1], [0]))  # type: ignore[arg-type]


def test_what_is_remembered_can_be_put_away(model: AdaIN, frames: Tensor) -> None:
    """Going on from a saved state is the same as not having stopped."""
    options = {"color": "cholesky", "steady": 1.0}
    whole = FrameStylizer(model, STYLE, **options)(frames, [0, 1, 2, 3])  # type: ignore[arg-type]
    first, second = (FrameStylizer(model, STYLE, **options) for _ in range(2))  # type: ignore[arg-type]
    first(frames[:2], [0, 1])
    second.restore(first.state())
    assert torch.equal(second(frames[2:], [2, 3]), whole[2:])


def test_frames_from_anywhere(model: AdaIN, frames: Tensor) -> None:
    """An iterator of frames or batches gives an iterator of the same shapes, and cuts may be looked for."""
    single = list(stylize_frames(model, frames, STYLE, rate=25))
    batches = list(stylize_frames(model, frames.split(2), STYLE, rate=25, cuts=True))
    assert [x.shape for x in single] == [frames[0].shape] * 4
    assert near(torch.stack(single), torch.cat(batches))


@given(st.lists(st.floats(0, 3), min_size=1, max_size=6), st.floats(0.05, 5), st.integers(0, 50))
@settings(max_examples=25, deadline=None)
def test_steady_statistics_are_those_of_the_weighted_frames(gaps: list[float], memory: float, seed: int) -> None:
    """The mean and variance of all cells so far, each frame weighted by exp(-age / memory)."""
    from adain_core.styles.moments import EPS

    g = torch.Generator().manual_seed(seed)
    f = torch.randn(len(gaps), 3, 5, 4, generator=g, dtype=torch.float64) * 2 + 1
    times = torch.tensor(gaps).cumsum(0).double()
    steady = SteadyStatistics(memory)
    own = [statistics(x[None]) for x in f]
    got = [steady(s, [float(t)], [False]) for s, t in zip(own, times, strict=True)][-1]
    w = torch.exp(-(times[-1] - times) / memory)
    w = (w / w.sum())[:, None, None, None]
    mean = (w * f).sum(0).mean((1, 2))
    var = (w * (f - mean[None, :, None, None]).square()).sum(0).mean((1, 2))
    assert torch.allclose(got.mean.double(), mean, atol=1e-4)
    assert torch.allclose(got.std.double(), (var + EPS).sqrt(), atol=1e-3)


def test_key_frames() -> None:
    keys = KeyFrames.parse("1:0, 5s:1,6s:0.5")
    assert [keys.at(t) for t in (0, 1, 3, 5, 5.5, 9)] == [0, 0, 0.5, 1, 0.75, 0.5]
    assert KeyFrames.parse(str(keys)) == keys
    for text in ("", "1", "a:1", "0:0,x", "5:1,1:0", "-1:0,2:1", "0:nan"):
        with pytest.raises(AdaINError, match=r"key frames|times and") as caught:
            KeyFrames.parse(text)
        assert "\n" not in str(caught.value)


def test_wrong_options_are_refused_before_any_frame(model: AdaIN, tmp_path: Path) -> None:
    for options, sentence in [
        ({"alpha": -1.0}, "alpha is -1.0: give a number"),
        ({"alpha": KeyFrames.parse("0:1,1:-1")}, "alpha is -1.0: give a number"),
        ({"steady": -1.0}, "steady is -1.0: give seconds"),
        ({"color": "blue"}, "color is 'blue': give one of"),
        ({"feather": -1.0}, "feather is -1.0"),
    ]:
        with pytest.raises(AdaINError, match=sentence):
            FrameStylizer(model, STYLE, **options)  # type: ignore[arg-type]
    fading = [(STYLE, KeyFrames.parse("0:1,1:0")), ("scream", KeyFrames.parse("0:1,1:0"))]
    with pytest.raises(AdaINError, match="sum to 0"):
        FrameStylizer(model, fading)
    (tmp_path / "mask.mp4").write_text("no video")
    with pytest.raises(VideoError, match=r"mask\.mp4 is not a video"):
        FrameStylizer(model, [Region(STYLE, tmp_path / "mask.mp4")])


def test_frames_follow_the_motion(model: AdaIN, astronaut: Tensor) -> None:
    """The camera moves by 4 pixels a frame: along that motion, the picture changes by less than half."""
    frames = torch.cat([astronaut[:, :, 40:136, 150 + 4 * i : 278 + 4 * i] for i in range(6)])
    change = {}
    for follow in (0.0, 0.7):
        out = FrameStylizer(model, STYLE, follow=follow)(frames, [i / 25 for i in range(6)])
        assert out.shape == frames.shape and out.min() >= 0 and out.max() <= 1
        change[follow] = float((out[1:, :, 8:-8, 8:-12] - out[:-1, :, 8:-8, 12:-8]).abs().mean())
    assert change[0.7] < 0.5 * change[0.0]


def test_nothing_follows_where_the_content_changed(astronaut: Tensor, coffee: Tensor) -> None:
    """Another content, or a cut: the new frame alone."""
    from adain_core.video.blending import MotionBlend
    from adain_core.video.motion import Motion

    a, b = astronaut[0, :, :96, :128], coffee[0, :, 100:196, 200:328]
    for content, fresh in ((1 - a, False), (a, True)):
        motion, blend = Motion(), MotionBlend(0.8)
        blend(a, a, motion(a, False))
        change = (blend(content, b, motion(content, fresh)) - b).abs().mean()
        assert change < (0.02 if not fresh else 1e-7)
    with pytest.raises(AdaINError, match=r"follow is 1\.0: give the share"):
        MotionBlend(1.0)


def pan(step: int, frames: int = 8, height: int = 192, width: int = 320) -> Tensor:
    """A flat drawing that moves by so many pixels a frame, (frames, 3, height, width)."""
    wide = Image.new("RGB", (width + step * frames, height), (92, 148, 255))
    draw = ImageDraw.Draw(wide)
    for x in range(20, wide.width, 110):
        draw.ellipse((x, 40, x + 50, 90), fill=(250, 242, 110), outline="black")
        draw.line((x + 10, 170, x + 40, 110), fill="black", width=3)
    a = torch.from_numpy(np.asarray(wide).copy()).permute(2, 0, 1).float() / 255
    return torch.stack([a[:, :, step * i : step * i + width] for i in range(frames)])


def test_grain_moves_along_with_the_content(model: AdaIN) -> None:
    """What the encoder is given of a pan is one noise that pans, too: neither still nor new in every frame."""
    seen: list[Tensor] = []

    class Watched(FrameStylizer):
        def _stylize(self, x: Tensor, seconds: Any, fresh: Any, noise: Any) -> Tensor:
            seen.append(noise(torch.arange(192), torch.arange(320)))
            return x

    frames = pan(3)
    Watched(model, STYLE, follow=0.7)(frames, [i / 25 for i in range(8)])
    noise = torch.cat(seen)
    after, before = noise[1:, :, 8:-11], noise[:-1, :, 11:-8]
    together = torch.corrcoef(torch.stack([after.flatten(), before.flatten()]))[0, 1]
    still = torch.corrcoef(torch.stack([noise[1:].flatten(), noise[:-1].flatten()]))[0, 1]
    assert float(together) > 0.8 and float(still) < 0.5
    assert 0.8 < float(noise[-1].std()) < 1.2


def test_grain_goes_on_after_a_stop(model: AdaIN) -> None:
    frames, times = pan(3, 6, 96, 160), [i / 25 for i in range(6)]
    whole = FrameStylizer(model, STYLE)(frames, times)
    first, second = FrameStylizer(model, STYLE), FrameStylizer(model, STYLE)
    first(frames[:3], times[:3])
    second.restore(first.state())
    assert torch.allclose(second(frames[3:], times[3:]), whole[3:], atol=2e-3)


def test_strokes_in_the_flats_of_a_pan_neither_crawl_nor_boil(model: AdaIN) -> None:
    """Along the motion a frame changes little more, for all its strokes, than a frame without any."""
    frames, change = pan(4, 6, 144, 224), {}
    for grain in (0.0, "auto"):
        out = FrameStylizer(model, STYLE, grain=grain)(frames, [i / 25 for i in range(6)])  # type: ignore[arg-type]
        strokes = float(out[-1].std())
        change[grain] = float((out[1:, :, 8:-8, 8:-12] - out[:-1, :, 8:-8, 12:-8]).abs().mean()) / strokes
    assert change["auto"] < 1.2 * change[0.0]
