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
Background = Annotated[str | None, typer.Option(metavar="STYLE", help="Style of what no mask covers.")]
Feather = Annotated[float, typer.Option(help="Softness of mask edges, in pixels.")]
StyleSize = Annotated[int, typer.Option(min=16, help="Shorter side of style pictures: the scale of the strokes.")]
Colors = Annotated[Color, typer.Option(help="Whose colours: the style's, or the content's by one of five methods.")]
Precision = Annotated[DType, typer.Option(help="Compute format. auto: half precision where it is faster.")]
Force = Annotated[bool, typer.Option("--force", help="Replace files that exist.")]
Refine = Annotated[
    int, typer.Option(min=0, help="Steps of refinement: more strokes and detail, each three times the work. Try 2.")
]
Texture = Annotated[
    float, typer.Option(min=0, help="How much --refine also brings the style's finest strokes. Try 1, with --refine 3.")
]
