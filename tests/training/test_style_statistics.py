"""Statistics of paintings: what lies in a shared cache is used for the same pictures only."""

from pathlib import Path

import pytest
import torch

from adain_core.networks.vgg import VGGEncoder
from training import style_statistics
from training.data import Source, open_sources
from training.style_statistics import take_statistics


@pytest.fixture(scope="module")
def encoder() -> VGGEncoder:
    """Random weights."""
    torch.manual_seed(0)
    return VGGEncoder().eval().requires_grad_(False)


@pytest.fixture(params=["files", "decoded"])
def source(request, photos):
    """A function that opens a folder of paintings, as files or as decoded pixels in a cache that all share."""

    def of(folder: Path, cache: Path) -> Source:
        return open_sources(photos, folder, cache if request.param == "decoded" else None, 64)[1]

    return of


def table(source: Source, numbers, encoder, folder: Path) -> torch.Tensor:
    return take_statistics(source, numbers, 64, encoder, "e", torch.float32, folder)[0].table[list(numbers)]


def test_another_data_set_with_the_same_names_is_encoded_anew(source, encoder, drawn, tmp_path):
    """Two fetched data sets name their pictures alike."""
    shared = tmp_path / "shared"
    first, second = (source(drawn(name, seed), shared) for name, seed in (("a", 5), ("b", 6)))
    assert [first.name(i) for i in range(4)] == [second.name(i) for i in range(4)]
    before = table(first, range(4), encoder, shared)
    after = table(second, range(4), encoder, shared)
    assert not torch.equal(before, after)
    assert torch.equal(after, table(second, range(4), encoder, tmp_path / "own"))


def test_a_painting_added_and_held_out_moves_no_row(source, encoder, drawn, tmp_path):
    """The pictures trained on are the same, at other places."""
    folder, shared = drawn("a", 5), tmp_path / "shared"
    before = table(source(folder, shared), range(4), encoder, shared)
    (folder / "-first.png").write_bytes((folder / "00.png").read_bytes())
    after = table(source(folder, shared), range(1, 5), encoder, shared)
    assert torch.equal(after, before)


def test_the_same_pictures_are_not_encoded_again(source, encoder, drawn, tmp_path, monkeypatch):
    """Wherever they lie meanwhile."""
    folder, shared = drawn("a", 5), tmp_path / "shared"
    before = table(source(folder, shared), range(3), encoder, shared)
    monkeypatch.setattr(style_statistics, "_levels", lambda *a: pytest.fail("encoded again"))
    moved = folder.rename(tmp_path / "b")
    assert torch.equal(table(source(moved, shared), range(3), encoder, shared), before)
