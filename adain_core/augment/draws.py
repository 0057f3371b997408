"""Random numbers by counter: what a sample gets follows from a seed, an epoch and the sample's number alone.

So neither the order of the samples, nor how they are cut into batches, nor who computes them can change it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import get_worker_info

from ..errors import AdaINError

WORKERS = 1 << 62
"""Numbers from here on are counted in loader workers; given ones and those of the main process are below."""


class Draws:
    """A seed, an epoch, and the number of the next sample.

    Args:
        generator: the seed, a generator that one is drawn of, or None: torch's own generator.
    """

    def __init__(self, generator: int | torch.Generator | None = None) -> None:
        if isinstance(generator, torch.Generator) or generator is None:
            device = "cpu" if generator is None else generator.device
            generator = int(torch.randint(1 << 62, (), generator=generator, device=device))
        if isinstance(generator, bool) or not isinstance(generator, int) or not 0 <= generator < 1 << 64:
            raise AdaINError(f"generator is {generator!r}: give a seed from 0 to 2^64 - 1, a torch.Generator or None")
        self.seed = generator
        # Shared with loader workers that live on: they see another epoch.
        self._epoch = torch.zeros((), dtype=torch.int64, device="cpu").share_memory_()
        self._next, self._worker = 0, -1

    def set_epoch(self, epoch: int) -> None:
        """Draw anew: the next sample is number 0 of this epoch."""
        self._epoch.fill_(_checked(epoch, "epoch"))
        self._next = 0

    def seek(self, number: int) -> None:
        """Go on counting at this number, in the process at hand."""
        self._next, self._worker = _checked(number, "number"), _worker_seed()

    def take(self, count: int) -> list[int]:
        """The numbers of the next samples.

        A loader worker counts for itself, from a place that its own seed gives it, so that no two workers draw alike.
        """
        if self._worker != (worker := _worker_seed()):
            self._worker = worker
            self._next = WORKERS + (int(np.random.Philox(key=worker).random_raw()) >> 2)
        first, self._next = self._next, self._next + count
        return list(range(first, first + count))

    def of(self, number: int) -> np.random.Generator:
        """The random numbers of one sample."""
        # Sample and draw are words of their own in Philox's counter (256 bits): no two samples share a draw.
        return np.random.Generator(np.random.Philox(key=self.seed + (int(self._epoch) << 64), counter=number << 64))

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._epoch.share_memory_()


def given(numbers: int | Sequence[int] | Tensor, count: int) -> list[int]:
    """The numbers that a caller gives to samples.

    Raises:
        AdaINError: they are not as many as the samples, or no whole numbers from 0 to 2^63 - 1.
    """
    if isinstance(numbers, Tensor):
        numbers = numbers.reshape(-1).tolist()
    found = [numbers] if isinstance(numbers, int | np.integer) else list(numbers)
    if len(found) != count:
        raise AdaINError(f"{len(found)} numbers for {count} samples: give one for each")
    return [_checked(number, "number") for number in found]


def _checked(number: int, what: str) -> int:
    if isinstance(number, bool) or not isinstance(number, int | np.integer) or not 0 <= number < 1 << 63:
        raise AdaINError(f"{what} is {number!r}: give a whole number from 0 to 2^63 - 1")
    return int(number)


def _worker_seed() -> int:
    """Of the loader worker at hand, another one in each epoch; -1 in any other process."""
    worker = get_worker_info()
    return -1 if worker is None else worker.seed
