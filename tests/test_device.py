"""What "auto" chooses."""

from collections.abc import Iterator

import pytest
import torch

from adain_core.system import device
from adain_core.system.device import cpu_gains_by_bfloat16, pick_dtype


@pytest.fixture
def asked_anew() -> Iterator[None]:
    cpu_gains_by_bfloat16.cache_clear()
    yield
    cpu_gains_by_bfloat16.cache_clear()


@pytest.mark.parametrize(("float32", "bfloat16", "taken"), [(2.0, 1.0, torch.bfloat16), (1.0, 2.0, torch.float32)])
def test_a_cpu_computes_in_bfloat16_only_if_it_is_faster_there(
    monkeypatch: pytest.MonkeyPatch, asked_anew: None, float32: float, bfloat16: float, taken: torch.dtype
) -> None:
    now = [0.0]

    def product(a: torch.Tensor, b: torch.Tensor) -> None:
        now[0] += float32 if a.dtype == torch.float32 else bfloat16

    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True, raising=False)
    monkeypatch.setattr(torch, "mm", product)
    for clock in ("perf_counter", "process_time"):  # whichever is finer
        monkeypatch.setattr(device.time, clock, lambda: now[0])
    assert pick_dtype("auto", torch.device("cpu")) == taken


def test_a_cpu_without_instructions_for_bfloat16_is_not_tried(
    monkeypatch: pytest.MonkeyPatch, asked_anew: None
) -> None:
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda: False, raising=False)
    monkeypatch.setattr(torch, "mm", lambda a, b: pytest.fail("tried"))
    assert pick_dtype("auto", torch.device("cpu")) == torch.float32
