"""What is computed from weights once: kernels in another form, for as long as the weights are there and unchanged."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary


class WeightCache:
    """A function of a weight that remembers its results.

    Args:
        compute: from a weight (detached: what comes out carries no gradient).
    """

    def __init__(self, compute: Callable[[Tensor], Tensor]) -> None:
        self._compute = compute
        self._results = WeakTensorKeyDictionary()

    def __call__(self, weight: Tensor) -> Tensor:
        """The result for a weight; computed again after its values were changed, and every time for one that learns:

        an optimizer may change it in ways that leave no trace (``weight.data``).
        """
        if weight.requires_grad:
            return self._compute(weight.detach())
        state = (weight.data_ptr(), 0 if weight.is_inference() else weight._version)
        found = self._results.get(weight)
        if found is None or found[0] != state:
            with torch.inference_mode(False), torch.no_grad():  # kept for a call that wants gradients, too
                self._results[weight] = found = state, self._compute(weight.detach())
        return found[1]
