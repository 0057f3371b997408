"""Put a decoder on the Hugging Face Hub: check it, write its model card, upload both in one commit.

    python -m training.publish DECODER me/my-style --photos PHOTOS --paintings PAINTINGS --dry-run out/
    python -m training.publish DECODER me/my-style --photos PHOTOS --paintings PAINTINGS --tag v1

The token is that of `hf auth login`, or HF_TOKEN. The files appear all together or not at all.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from adain_core.errors import AdaINError, WeightsError
from adain_core.networks.vgg import VGGEncoder, encoder_id
from adain_core.weights.network_files import (
    HUB_DECODER,
    HUB_ENCODER,
    check_pair,
    find,
    load_decoder,
    load_encoder,
    load_vgg,
    read_metadata,
    resolve_model,
)
from training.data import refuse_mixed_up
from training.evaluate import (
    UNCHANGED,
    Judge,
    Pair,
    as_markdown,
    choose_pairs,
    evaluate,
    means,
    painter,
    write_results,
)
from training.pictures import TrainingError, find_pictures
from training.upload import upload

LICENCES = {"cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "mit", "apache-2.0", "bsd-3-clause"}
"""Names the Hub knows; any other licence is given in words."""


def prepare(decoder: Path, folder: Path, repo_id: str, pairs: list[Pair], size: int) -> dict[str, float]:
    """Check a decoder and write all that is to be uploaded into an empty folder.

    Args:
        decoder: the file.
        folder: gets decoder, encoder, README.md (the model card), table.json and sheet.png.
        repo_id: "user/name", for the card.
        pairs: photos and paintings it is judged on.
        size: pixels a side.

    Returns:
        Mean figures of the decoder.

    Raises:
        WeightsError: it does not load, its encoder is not at hand, or it says nothing of licence or recipe.
        TrainingError: it does not do better than leaving the photo as it is.
    """
    meta = read_metadata(decoder)
    for key in ("licence", "recipe"):
        if not meta.get(key, "").strip():
            raise WeightsError(
                f"{decoder} says nothing of its {key}: train with --{key}, or write it with save_decoder"
            )
    load_decoder(decoder)
    encoder_file, _ = resolve_model(decoder)
    encoder = load_encoder(encoder_file)
    check_pair(encoder_id(encoder.state_dict()), meta)

    judge = Judge(encoder if isinstance(encoder, VGGEncoder) else load_vgg(find("vgg19")))
    rows, sheet = evaluate(pairs, {"this decoder": painter(decoder, "cpu")}, judge, size)
    table = means(rows)
    found, control = table["this decoder"], table[UNCHANGED]
    for key in ("target", "style"):
        if not found[key] < control[key]:
            raise TrainingError(
                f"{decoder} is no better than leaving the photo as it is: {key} {found[key]:.3f}, "
                f"not below {control[key]:.3f}; train it on"
            )
    write_results(folder, rows, sheet, {"size": size, "pairs_of": [(c.name, s.name) for c, s in pairs]})
    (folder / "table.md").unlink()  # the card shows it
    shutil.copyfile(decoder, folder / HUB_DECODER)
    shutil.copyfile(encoder_file, folder / HUB_ENCODER)
    card = model_card(repo_id, meta, read_metadata(encoder_file), as_markdown(table, size))
    (folder / "README.md").write_text(card, encoding="utf-8")
    return found


def model_card(repo_id: str, decoder: dict[str, str], encoder: dict[str, str], table: str) -> str:
    """README.md of the repo, with the header the Hub reads.

    Args:
        repo_id: "user/name".
        decoder: metadata of the decoder.
        encoder: metadata of its encoder.
        table: figures, Markdown.
    """
    from huggingface_hub import ModelCardData

    licence = decoder["licence"]
    known = licence.strip().lower().replace(" ", "-")
    header = ModelCardData(
        license=known if known in LICENCES else "other",
        license_name=None if known in LICENCES else "see-model-card",
        pipeline_tag="image-to-image",
        library_name="adain-style-transfer",
        tags=["style-transfer", "adain"],
    )
    name = decoder.get("name") or repo_id.split("/")[-1]
    return f"""---
{header.to_yaml()}
---
# {name}

A decoder for arbitrary style transfer with adaptive instance normalisation (Huang and Belongie 2017,
arXiv 1703.06868): it paints any photo in the style of any picture in one forward pass.

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


def main(
    decoder: Annotated[Path, typer.Argument(help="decoder file, best.safetensors of a run say")],
    repo_id: Annotated[str, typer.Argument(help="user/name on the Hub")],
    photos: Annotated[Path, typer.Option(help="photos to judge it on")],
    paintings: Annotated[Path, typer.Option(help="paintings to judge it on")],
    pairs: Annotated[int, typer.Option(help="how many pairs")] = 10,
    size: Annotated[int, typer.Option(help="pixels a side, a multiple of 8")] = 384,
    dry_run: Annotated[Path | None, typer.Option(help="write what would be uploaded here, and stop")] = None,
    private: Annotated[bool, typer.Option("--private", help="if the repo is new")] = False,
    tag: Annotated[str, typer.Option(help="name for this version, v1 say")] = "",
) -> None:
    """Check a decoder, write its model card, upload both."""
    if repo_id.count("/") != 1 or not all(repo_id.split("/")):
        raise TrainingError(f"{repo_id!r} is no repo id: give user/name")
    if dry_run is not None and dry_run.exists() and any(dry_run.iterdir()):
        raise TrainingError(f"--dry-run folder {str(dry_run)!r} is not empty: give a new one")
    refuse_mixed_up(photos, paintings)
    chosen = choose_pairs(find_pictures(photos, "photos"), find_pictures(paintings, "paintings"), pairs)
    with tempfile.TemporaryDirectory() as temporary:
        folder = dry_run or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = prepare(decoder, folder, repo_id, chosen, size)
        print(
            ", ".join(f"{key} {value:.3f}" for key, value in found.items() if key != "pairs"), f"on {len(chosen)} pairs"
        )
        if dry_run is not None:
            print(f"{folder}: {', '.join(sorted(path.name for path in folder.iterdir()))}; nothing was uploaded")
            return
        print(upload(folder, repo_id, private=private, tag=tag, message=f"Upload {decoder.stem}"))


if __name__ == "__main__":
    try:
        typer.run(main)
    except AdaINError as e:
        raise SystemExit(f"error: {e}") from None
