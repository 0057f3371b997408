"""Fixed held-out pairs: the validation loss and the sample grid are always of the same pictures."""

from __future__ import annotations

from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from adain_core.errors import AdaINError
from adain_core.networks.vgg import VGGEncoder
from training.config import Config
from training.data import Source, grid, to_float
from training.losses import adain_target, content_loss, mean_std, power, style_loss
from training.pairs import Pairs
from training.pictures import TrainingError
from training.run_data import RunData
from training.students import Student

SAMPLES, JUDGED = 4, 32  # photos x paintings of the sample grid; held-out pairs that the validation loss is taken on


class Validation:
    """What a student's network does with pairs that it does not learn from.

    Args:
        config: of the run.
        data: its pictures.
        encoder: the judge, in the format it computes in.
        student: what is trained.

    Raises:
        TrainingError: none of the pictures of a side can be read.
    """

    def __init__(self, config: Config, data: RunData, encoder: VGGEncoder, student: Student) -> None:
        self.config, self.encoder, self.student = config, encoder, student
        self.photos, self.paintings = (
            torch.stack([data.batches.crops.centre(pixels) for pixels in _readable(source, numbers, JUDGED)])
            for source, numbers in zip(data.sources, data.validated(), strict=True)
        )  # (n, 3, S, S) uint8

    def network(self, weights: dict[str, Tensor]) -> nn.Module:
        """The student's network of these weights, in the format the judge computes in."""
        dtype = next(self.encoder.parameters()).dtype
        with torch.device("meta"):
            network = self.student.new()
        network.load_state_dict({name: tensor.to(dtype, copy=True) for name, tensor in weights.items()}, assign=True)
        return network.requires_grad_(False)

    @torch.no_grad()
    def figures(self, network: nn.Module) -> dict[str, float]:
        """Figures as training.evaluate names them, mean over the pairs, and the loss by which a run is the best."""
        count = min(len(self.photos), len(self.paintings))
        sums: dict[str, float] = {}
        for i in range(count):
            pair = self._pair(i, i)
            out = self.student.paint(network, pair).float()
            taps = self.encoder.taps(out.clamp(0, 1).to(pair.photo.dtype))
            found = {
                "target": content_loss(taps[-1], pair.target, power(*pair.style[-1])),
                "content": content_loss(taps[-1], pair.features, power(*mean_std(pair.features))),
                "style": style_loss(taps, pair.style, relative=True),
                "content_loss": content_loss(taps[-1], pair.target),
                "style_loss": style_loss(taps, pair.style),
            }
            for name, value in found.items():
                sums[name] = sums.get(name, 0.0) + float(value) / count
        content, style = ("target", "style") if self.config.relative else ("content_loss", "style_loss")
        sums["loss"] = sums[content] + self.config.style_weight * sums[style]
        return sums

    @torch.no_grad()
    def samples(self, network: nn.Module) -> Image.Image:
        """Paintings above, photos at the left, each photo in each style."""
        photos, paintings = self.photos[:SAMPLES].float() / 255, self.paintings[:SAMPLES].float() / 255
        rows = [[torch.ones_like(photos[0]), *paintings]]
        for i, photo in enumerate(photos):
            painted = [self.student.paint(network, self._pair(i, j)).float()[0] for j in range(len(paintings))]
            rows.append([photo, *painted])
        return grid(rows)

    def _pair(self, i: int, j: int) -> Pairs:
        """Photo i with painting j, a batch of one."""
        parameter = next(self.encoder.parameters())
        photo, painting = (
            to_float(side[k : k + 1], parameter.device, parameter.dtype)
            for side, k in ((self.photos, i), (self.paintings, j))
        )  # (1, 3, S, S)
        colour, *style = (mean_std(level) for level in (painting, *self.encoder.taps(painting)))
        features = self.encoder(photo)
        return Pairs(photo, painting, None, features, adain_target(features, *style[-1]), colour, style)


def _readable(source: Source, numbers: list[int], count: int) -> list[Any]:
    """Pixels of the first `count` of these pictures that can be read."""
    found: list[Any] = []
    for number in numbers:
        if len(found) == count:
            break
        try:
            found.append(source.pixels(number))
        except (AdaINError, OSError):
            continue  # check_data names them
    if not found:
        raise TrainingError(f"none of the {len(numbers)} held-out pictures can be read: run training.check_data")
    return found
