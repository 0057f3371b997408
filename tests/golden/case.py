"""What a case is, and what may differ between one processor and another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

Result = Tensor | dict[str, Tensor]
Compute = Callable[[], Result]


@dataclass(frozen=True)
class Promise:
    """How close a result comes on any processor, as shares of full scale: 1 for pictures, the largest value for others.

    Attributes:
        most: the largest difference, of a share `of` the values.
        of: of how many.
        mean: the mean difference.
    """

    most: float = 1e-4
    of: float = 1.0
    mean: float = 1e-4

    def broken_by(self, off: Tensor) -> str:
        """What is wrong with a result whose values are so far off, as shares of full scale; empty if nothing is."""
        if not bool(off.isfinite().all()):
            return "values that are not finite"
        exempt = off.numel() - int(self.of * off.numel())
        most, mean = float(off.sort(descending=True).values[exempt]), float(off.mean())
        if most <= self.most and mean <= self.mean:
            return ""
        return (
            f"{self.of:.1%} of the values are off by up to {most:.1e} of full scale (promised {self.most:.0e}), all by "
            f"{mean:.1e} on average (promised {self.mean:.0e}), the worst by {float(off.max()):.1e}"
        )


EXACT = Promise()

# Steps of refinement amplify rounding. Where an entry of a map is as good as 0, or two in a pool are as good as equal,
# rounding decides where the gradient goes, and the next step starts from there. Promised is about three times the
# largest difference measured between AVX-512, AVX2 and SSE4.1 on one AMD EPYC with torch 2.14.1 (the last by
# ONEDNN_MAX_CPU_ISA=SSE41 ATEN_CPU_CAPABILITY=default MKL_ENABLE_INSTRUCTIONS=SSE4_2): in one step 99.9% of the values
# within 4.7e-3, 1.9e-4 on average; in two steps 2.5e-2 and 1.9e-3. Without steps it was 5.9e-5 at most. For
# comparison: texture 0.9 instead of 1 changes a picture by 2.2e-3 on average, a second step by 3.8e-2.
REFINED_ONCE = Promise(most=1.5e-2, of=0.999, mean=6e-4)
REFINED_TWICE = Promise(most=7e-2, of=0.999, mean=5e-3)


@dataclass(frozen=True)
class Case:
    """Something a caller asks for."""

    compute: Compute
    promise: Promise = EXACT

    def results(self, name: str) -> dict[str, Tensor]:
        """What comes out of the case of this name, as "name", or as "name/part" where there are several results."""
        found = self.compute()
        parts = {f"{name}/{part}": x for part, x in found.items()} if isinstance(found, dict) else {name: found}
        return {key: x.detach().cpu().contiguous().clone() for key, x in parts.items()}


def cases(computes: dict[str, Compute], promise: Promise = EXACT) -> dict[str, Case]:
    """Cases of one promise."""
    return {name: Case(compute, promise) for name, compute in computes.items()}


def numbers(style: object) -> dict[str, Tensor]:
    """A style's tensors."""
    parts = {"mean": style.mean, "std": style.std}  # type: ignore[attr-defined]
    texture = style.texture  # type: ignore[attr-defined]
    return parts if texture is None else {**parts, "finer_mean": texture.mean, "finer_std": texture.std}
