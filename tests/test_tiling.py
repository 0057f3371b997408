"""A picture in tiles is the picture in one piece."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from adain_core import AdaIN, AdaINError, Region, Style
from adain_core.engine import content as content_module
from adain_core.tiles.grid import Grid, Window, reflected
from adain_core.tiles.memory import Budget
from adain_core.tiles.sources import TensorSource


@given(start=st.integers(-50, 50), length=st.integers(1, 80), size=st.integers(1, 40))
def test_reflection_folds_any_index_back_as_numpy_does(start: int, length: int, size: int) -> None:
    import numpy as np

    before, after = max(0, -start), max(0, start + length - size)
    padded = np.pad(np.arange(size), (before, after), mode="reflect")
    assert reflected(start, start + length, size).tolist() == padded[start + before :][:length].tolist()


@given(h=st.integers(1, 200), w=st.integers(1, 200), tile=st.integers(2, 12))
def test_tiles_cover_every_pixel_once(h: int, w: int, tile: int) -> None:
    grid, seen = Grid(h, w, tile), torch.zeros(h, w)
    tiles = list(grid)
    for window in tiles:
        y0, y1, x0, x1 = grid.visible(window)
        seen[y0:y1, x0:x1] += 1
    assert bool((seen == 1).all()) and len(tiles) == len(grid)


def test_padding_reflects_the_picture() -> None:
    x = torch.rand(1, 3, 13, 21)
    grid = Grid(13, 21, tile=100)
    padded = grid.read(TensorSource(x), grid.whole)
    assert padded.shape == (1, 3, 16, 24)
    torch.testing.assert_close(padded, torch.nn.functional.pad(x, (0, 3, 0, 3), mode="reflect"))


@pytest.fixture
def two_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too little memory to keep features: every tile is encoded again for decoding, as in huge pictures."""
    monkeypatch.setattr(content_module, "free_memory", lambda device: 0)


def styles(model: AdaIN) -> tuple[Style, Style]:
    torch.manual_seed(3)
    return model.style_of(torch.rand(1, 3, 64, 64)), model.style_of(torch.rand(1, 3, 64, 64) ** 3)


@pytest.mark.parametrize("tile", [*(pytest.param(tile, marks=pytest.mark.slow) for tile in (64, 96)), 200])
@pytest.mark.usefixtures("two_passes")
def test_tiled_equals_untiled(model: AdaIN, astronaut: torch.Tensor, tile: int) -> None:
    x, (style, _) = astronaut[:, :, 100:349, 60:397], styles(model)
    whole = model.stylize(x, style, alpha=0.8, tile=None)
    tiled = model.stylize(x, style, alpha=0.8, tile=tile)
    assert float((tiled - whole).abs().max()) < 1e-4


@pytest.mark.parametrize("color", [None, "cholesky", "luminance", "luminance-matched"])
def test_tiled_equals_untiled_with_kept_features_and_every_kind_of_color(model, astronaut, color) -> None:
    x, (style, _) = astronaut[:, :, 100:300, 60:270], styles(model)
    whole = model.stylize(x, style, color=color, tile=None)
    assert float((model.stylize(x, style, color=color, tile=96) - whole).abs().max()) < 1e-3


@pytest.mark.usefixtures("two_passes")
def test_tiled_equals_untiled_with_masks_and_mixes(model: AdaIN, astronaut: torch.Tensor) -> None:
    x, (a, b) = astronaut[:, :, 100:300, 60:270], styles(model)
    left = torch.linspace(1, 0, 70).expand(50, 70)
    corner = torch.zeros(100, 100)
    corner[:30, 60:] = 1
    regions = [Region([(a, 1), (b, 2)], left), Region(b, corner, alpha=0.5)]
    for background in (None, a):
        whole = model.stylize(x, regions, feather=5.0, background=background, tile=None)
        tiled = model.stylize(x, regions, feather=5.0, background=background, tile=72)
        assert float((tiled - whole).abs().max()) < 1e-3


def test_progress_counts_every_tile_of_every_pass_and_can_cancel(model: AdaIN, astronaut: torch.Tensor) -> None:
    x, (style, _) = astronaut[:, :, :100, :200], styles(model)
    seen: list[tuple[int, int]] = []
    model.stylize(x, style, tile=96, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(i + 1, 12) for i in range(12)]  # 2 x 3 tiles, twice

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model.stylize(x, style, tile=96, progress=stop)


def test_auto_tiles_only_when_memory_is_short() -> None:
    assert Budget(64 << 30).tile("auto", 4000, 6000) == 750
    short = Budget(4 << 30).tile("auto", 16384, 16384)
    assert 32 <= short <= 256
    assert Budget(0).tile("auto", 16384, 16384) == 32
    assert Budget(0).tile(None, 100, 300) == 38


@pytest.mark.parametrize("tile", [0, -8, 1.5, "big", True])
def test_a_tile_must_be_a_number_of_pixels(tile: object) -> None:
    with pytest.raises(AdaINError, match="tile is"):
        Budget(0).tile(tile, 100, 100)  # type: ignore[arg-type]


def test_a_window_grows_within_the_grid_only() -> None:
    grid = Grid(80, 80, tile=4)
    assert Window(0, 4, 4, 8).grown(4, grid) == Window(0, 8, 0, 10)
