"""Put a decoder on the Hugging Face Hub: check it, write its model card, upload both in one commit.

    python -m training.publish DECODER me/my-style --photos PHOTOS --paintings PAINTINGS --dry-run out/
    python -m training.publish DECODER me/my-style --photos PHOTOS --paintings PAINTINGS --tag v1

The token is that of `hf auth login`, or HF_TOKEN. The files appear all together or not at all.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image

from adain_core.errors import WeightsError
from adain_core.networks.vgg import VGGEncoder, encoder_id
from adain_core.weights.catalog import find
from adain_core.weights.find import HUB_CONFIG, HUB_DECODER, HUB_ENCODER, resolve_model
from adain_core.weights.hub import is_hub_id
from adain_core.weights.metadata import read_metadata
from adain_core.weights.network_files import check_pair, load_decoder, load_encoder, load_vgg
from training.card import THUMBNAIL, config, model_card, thumbnail
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
from training.program import run
from training.upload import upload


def prepare(
    decoder: Path, folder: Path, repo_id: str, pairs: list[Pair], size: int, datasets: Sequence[str] = ()
) -> dict[str, float]:
    """Check a decoder and write all that is to be uploaded into an empty folder.

    Args:
        decoder: the file.
        folder: gets decoder, encoder, config.json, README.md (the model card), table.json, sheet.png and its thumbnail.
        repo_id: "user/name", for the card.
        pairs: photos and paintings it is judged on.
        size: pixels a side.
        datasets: ids of the Hub datasets that it was trained on, for the card.

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
    # float32: what "auto" takes on a CPU is found by its speed at the moment, and the figures would follow it.
    rows, sheet = evaluate(pairs, {"this decoder": painter(decoder, "cpu", dtype="float32")}, judge, size)
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
    about = meta, read_metadata(encoder_file)
    (folder / HUB_CONFIG).write_text(config(*about), encoding="utf-8")
    with Image.open(folder / "sheet.png") as drawn:
        thumbnail(drawn, sheet[0][0].shape[-2]).save(folder / THUMBNAIL, quality=85)
    card = model_card(repo_id, *about, found, as_markdown(table, size), size=size, datasets=datasets)
    (folder / "README.md").write_text(card, encoding="utf-8")
    return found


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
    dataset: Annotated[list[str] | None, typer.Option(help="Hub dataset it was trained on; give several")] = None,
) -> None:
    """Check a decoder, write its model card, upload both."""
    if repo_id.count("/") != 1 or not is_hub_id(repo_id):
        raise TrainingError(f"{repo_id!r} is no repo id: give user/name")
    for name in dataset or []:
        if not is_hub_id(name):
            raise TrainingError(f"--dataset {name!r} is no id of a Hub dataset: give user/name")
    if dry_run is not None and dry_run.exists() and any(dry_run.iterdir()):
        raise TrainingError(f"--dry-run folder {str(dry_run)!r} is not empty: give a new one")
    refuse_mixed_up(photos, paintings)
    chosen = choose_pairs(find_pictures(photos, "photos"), find_pictures(paintings, "paintings"), pairs)
    with tempfile.TemporaryDirectory() as temporary:
        folder = dry_run or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = prepare(decoder, folder, repo_id, chosen, size, dataset or [])
        print(
            ", ".join(f"{key} {value:.3f}" for key, value in found.items() if key != "pairs"), f"on {len(chosen)} pairs"
        )
        if dry_run is not None:
            print(f"{folder}: {', '.join(sorted(path.name for path in folder.iterdir()))}; nothing was uploaded")
            return
        print(upload(folder, repo_id, private=private, tag=tag, message=f"Upload {decoder.stem}"))


if __name__ == "__main__":
    run(main)
