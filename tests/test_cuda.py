"""On a CUDA card pictures are the ones the CPU paints, in every format, whole or in tiles."""

import pytest
import torch

from adain_core import AdaIN

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA card here: nothing of it is tested")


@pytest.fixture(scope="module")
def card() -> AdaIN:
    return AdaIN.from_pretrained(device="cuda", dtype="float32")


@pytest.mark.parametrize(
    ("dtype", "most"), [("float32", 0.02), ("float16", 0.02), ("bfloat16", 0.1)], ids=lambda value: str(value)
)
def test_the_card_paints_what_the_cpu_paints(model: AdaIN, coffee: torch.Tensor, dtype: str, most: float) -> None:
    """Largest difference of a pixel from float32 on the CPU; TF32 multiplies with 10 bits, as float16 does."""
    wanted = model.stylize(coffee, "starry-night")
    out = AdaIN.from_pretrained(device="cuda", dtype=dtype).stylize(coffee, "starry-night")
    assert (out.float().cpu() - wanted).abs().max() < most


@pytest.mark.parametrize("options", [{}, {"refine": 1}, {"refine": 1, "texture": 1.0}], ids=str)
def test_tiles_on_the_card_join_to_the_whole_picture(
    card: AdaIN, coffee: torch.Tensor, options: dict[str, float]
) -> None:
    """On average: refinement makes of the tenth bit, where TF32 ends, a third of a pixel's range here and there."""
    whole = card.stylize(coffee, "starry-night", tile=None, **options)
    tiled = card.stylize(coffee, "starry-night", tile=256, **options)
    assert (whole - tiled).abs().mean() < 0.005


def test_a_4k_picture_is_painted_whole_on_a_card_of_8_gb() -> None:
    """Peak memory in half precision, weights included."""
    half = AdaIN.from_pretrained(device="cuda", dtype="float16")
    torch.cuda.reset_peak_memory_stats()
    half.stylize(torch.rand(1, 3, 2160, 3840), "starry-night", tile=None)
    assert torch.cuda.max_memory_allocated() < 7e9


def test_frames_on_the_card_are_the_cpus_frames(model: AdaIN, card: AdaIN, coffee: torch.Tensor) -> None:
    """Moved along their motion, too, which is looked for on the CPU for both."""
    video = pytest.importorskip("adain_core.video", reason="the video extra is not installed: pip install '.[test]'")
    frames = torch.cat([coffee[:, :, 50:250, x : x + 300] for x in (0, 4, 8)])
    at = [0.0, 0.04, 0.08]
    wanted = video.FrameStylizer(model, "starry-night")(frames, at)
    out = video.FrameStylizer(card, "starry-night")(frames.cuda(), at)
    assert out.is_cuda and (out.cpu() - wanted).abs().mean() < 0.01
