"""What can be trained, one file each: what a student begins as, how it paints a batch, and how it ships."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from torch import Tensor, nn

from adain_core.networks.vgg import VGGEncoder
from training.config import Config
from training.data import Batches
from training.pairs import Pairs
from training.students.lite import LiteStudent
from training.students.vgg19 import VGG19Student


class Student(Protocol):
    """One of the networks that can be trained."""

    def new(self) -> nn.Module:
        """The network with random weights."""

    def first(self, config: Config, encoder: VGGEncoder, batches: Batches) -> nn.Module:
        """The network a run starts from, as ``--init`` says.

        Args:
            config: of the run.
            encoder: the judge, in float32.
            batches: what is trained on.

        Raises:
            WeightsError: no such file, or one for another encoder.
            TrainingError: a file of another network.
        """

    def paint(self, network: nn.Module, pairs: Pairs) -> Tensor:
        """Pictures (B, 3, S, S) of the pairs, around [0, 1] and not clamped.

        Args:
            network: as :meth:`new` makes it, or what wraps one.
            pairs: photos and paintings.
        """

    def ship(self, weights: dict[str, Tensor], path: Path, encoder: str, about: dict[str, str]) -> None:
        """Write what others load, as float16.

        Args:
            weights: of the network, by its own names.
            path: of the decoder file; further files lie beside it.
            encoder: id of the judge.
            about: licence, origin, recipe and name.
        """


STUDENTS: dict[str, Student] = {"vgg19": VGG19Student(), "lite": LiteStudent()}
"""By ``--model``."""
