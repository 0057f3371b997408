"""AdaIN Subject Mask finds what the library finds, in batches, steadily if asked, and says what it did not find."""

from __future__ import annotations

import pytest
import torch
from pack_under_test import RecordingHost, part
from torch import Tensor

from adain_core.subject.find import find_subject
from adain_core.tiles.sources import TensorSource

subjects = part("nodes.engine.subjects")
pictures = part("nodes.engine.pictures")
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def batch(coffee: Tensor) -> Tensor:
    """A cup, and the same table without one, as IMAGE (2, 120, 150, 3)."""
    cup = coffee[:, :, ::3, ::4][:, :, :120, :150]
    return torch.cat([cup, torch.full_like(cup, 0.4)]).movedim(1, -1)


def test_each_picture_has_the_librarys_mask_in_its_size(batch: Tensor) -> None:
    host = RecordingHost()
    masks, note = subjects.subject_masks(pictures.Frames(batch), CPU, host, 0.0)
    [expected] = find_subject(TensorSource(batch[:1].movedim(-1, 1)), CPU)
    torch.testing.assert_close(masks[0], expected)
    assert masks.shape == (2, 120, 150) and 0.2 < float(expected.mean()) < 0.8 and not bool(masks[1].any())
    assert note == "no subject was found in 1 of 2 pictures: all of it is background"
    assert host.shown == [0.5, 1.0]


def test_smoothing_averages_over_the_frames_before(batch: Tensor) -> None:
    """Where the cup was in the frame before, about half of it still is."""
    masks, note = subjects.subject_masks(pictures.Frames(batch), CPU, RecordingHost(), 1e6)
    assert not note and 0.3 < float(masks[1][masks[0] > 0.99].mean()) < 0.7


def test_it_can_be_stopped_between_frames(batch: Tensor) -> None:
    host = RecordingHost()
    host.interrupt_after = 1
    with pytest.raises(KeyboardInterrupt):
        subjects.subject_masks(pictures.Frames(batch), CPU, host, 0.0)
    assert host.shown == [0.5]
