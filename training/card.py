"""What the Hub reads of a repo: the model card with its header, config.json and the thumbnail."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from PIL import Image

from adain_core.weights.hub import CALLER
from adain_core.weights.metadata import network_name
from adain_core.weights.network_files import HUB_DECODER, HUB_ENCODER

LICENCES = {"cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "mit", "apache-2.0", "bsd-3-clause"}
"""Names the Hub knows; any other licence is given in words."""

PAPER = "https://arxiv.org/abs/1703.06868"
"""The Hub links a repo with the page of a paper whose arXiv address stands in its card."""

THUMBNAIL = "thumbnail.jpg"
THUMBNAIL_SIZE = 600

FIGURES = {
    "target": "distance to the AdaIN target (lower is better)",
    "content": "distance to the photo's features (lower is better)",
    "style": "distance to the painting's statistics (lower is better)",
    "ssim": "structural similarity to the photo (higher is closer)",
    "pattern": "what repeats every 8 pixels, in 8-bit levels (lower is better)",
}
"""Figures of `training.evaluate` that the header tells, and what they are."""


def config(decoder: dict[str, str], encoder: dict[str, str]) -> str:
    """config.json: which files make the model, and what they are.

    Args:
        decoder: metadata of the decoder.
        encoder: metadata of its encoder.
    """
    files = {
        role: {"file": file, "format": meta["format"], "network": network_name(meta), "encoder": meta["encoder"]}
        for role, file, meta in (("decoder", HUB_DECODER, decoder), ("encoder", HUB_ENCODER, encoder))
    }
    return json.dumps({**CALLER, "paper": PAPER, **files}, indent=2) + "\n"


def thumbnail(sheet: Image.Image, row: int) -> Image.Image:
    """The first two rows of a sheet, shrunk: what is shown where somebody shares the repo.

    Args:
        sheet: pictures in rows.
        row: height of one of them.
    """
    small = sheet.convert("RGB").crop((0, 0, sheet.width, min(2 * row, sheet.height)))
    small.thumbnail((THUMBNAIL_SIZE, THUMBNAIL_SIZE))
    return small


def model_card(
    repo_id: str,
    decoder: dict[str, str],
    encoder: dict[str, str],
    figures: dict[str, float],
    table: str,
    *,
    size: int,
    datasets: Sequence[str] = (),
) -> str:
    """README.md of the repo, with the header the Hub reads.

    Args:
        repo_id: "user/name".
        decoder: metadata of the decoder.
        encoder: metadata of its encoder.
        figures: the decoder's means over "pairs" pairs (:func:`training.evaluate.means`).
        table: figures of decoder and controls, Markdown.
        size: pixels a side they were judged at.
        datasets: ids of the Hub datasets that it was trained on.
    """
    from huggingface_hub import EvalResult, ModelCardData, hf_hub_url

    licence = decoder["licence"]
    known = licence.strip().lower().replace(" ", "-")
    name = decoder.get("name") or repo_id.split("/")[-1]
    on: dict[str, Any] = {
        "task_type": "image-to-image",
        "task_name": "Style transfer",
        "dataset_type": "photos-and-paintings",
        "dataset_name": f"{figures['pairs']:g} pairs of photo and painting, {size}x{size} px",
        "dataset_config": f"pairs-{figures['pairs']:g}",
    }
    header = ModelCardData(
        license=known if known in LICENCES else "other",
        license_name=None if known in LICENCES else "see-model-card",
        pipeline_tag="image-to-image",
        library_name=CALLER["library_name"],
        tags=["style-transfer", "adain"],
        datasets=list(datasets) or None,
        thumbnail=hf_hub_url(repo_id, THUMBNAIL),
        model_name=name,
        eval_results=[
            EvalResult(**on, metric_type=key, metric_name=what, metric_value=round(float(figures[key]), 3))
            for key, what in FIGURES.items()
        ],
    )
    return f"""---
{header.to_yaml()}
---
# {name}

A decoder for arbitrary style transfer with adaptive instance normalisation ([Huang and Belongie 2017]({PAPER})):
it paints any photo in the style of any picture in one forward pass.

```python
from adain_core import AdaIN

model = AdaIN.from_pretrained("{repo_id}")
model.stylize("photo.jpg", "painting.jpg").save("out.png")
```

## Files
| file | what | licence | origin |
|---|---|---|---|
| `{HUB_DECODER}` | decoder, float16, for encoder `{decoder["encoder"]}` | {licence} | {decoder.get("origin", "")} |
| `{HUB_ENCODER}` | its encoder, float16 | {encoder.get("licence", "")} | {encoder.get("origin", "")} |

## Figures
Lower is better, except ssim (likeness to the photo). `target`: distance to the AdaIN target; `content`: to the photo's
features; `style`: to the painting's statistics, each as a share of its own power; `pattern`: 8-bit levels of what
repeats every 8 pixels, about 2 in photos. The controls show what the figures are worth. Every pair is in `table.json`,
some pictures in `sheet.png` (photo, painting, this decoder).

{table}
![photo, painting, result](sheet.png)

## Training
```json
{_pretty(decoder["recipe"])}
```
"""


def _pretty(recipe: str) -> str:
    try:
        return json.dumps(json.loads(recipe), indent=1)
    except ValueError:
        return json.dumps(recipe, ensure_ascii=False)
