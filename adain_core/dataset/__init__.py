"""Whole datasets: every picture in styles drawn by a seeded rule, on as many processes or machines as there are.

from adain_core.dataset import JobOptions, stylize_dataset

report = stylize_dataset("photos/", "paintings/", "out/", JobOptions(seed=1, alpha=(0.5, 1.0)))
"""

from __future__ import annotations

from .errors import StoppedError
from .job import JobOptions
from .run import Report, stylize_dataset
from .verify import verify

__all__ = ["JobOptions", "Report", "StoppedError", "stylize_dataset", "verify"]
