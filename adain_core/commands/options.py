"""Options that several commands have."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer


class Color(str, Enum):
    """Colour modes of `--color`."""

    style = "style"
    cholesky = "cholesky"
    eigen = "eigen"
    monge_kantorovich = "monge-kantorovich"
    luminance = "luminance"
    luminance_matched = "luminance-matched"


class DType(str, Enum):
    """Compute formats of `--dtype`."""

    auto = "auto"
    float32 = "float32"
    float16 = "float16"
    bfloat16 = "bfloat16"


Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps ...")]
ModelName = Annotated[str, typer.Option(help="vgg19 or lite (bundled), a decoder file, a folder, or a Hub id.")]
Force = Annotated[bool, typer.Option("--force", help="Replace files that exist.")]
