"""Flags that several commands have, beside those of the transfer (see :mod:`.flags`)."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer


class DType(str, Enum):
    """Compute formats of `--dtype`."""

    auto = "auto"
    float32 = "float32"
    float16 = "float16"
    bfloat16 = "bfloat16"


Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps ...")]
ModelName = Annotated[str, typer.Option(help="vgg19 or lite (bundled), a decoder file, a folder, or a Hub id.")]
Precision = Annotated[DType, typer.Option(help="Compute format. auto: half precision where it is faster.")]
Strip = Annotated[bool, typer.Option("--strip", help="Leave the picture's EXIF, XMP and resolution out of its result.")]
KeepGps = Annotated[
    bool,
    typer.Option("--keep-gps", help="Keep where the photo was taken, too, which else is left out."),
]
Force = Annotated[bool, typer.Option("--force", help="Replace files that exist.")]
