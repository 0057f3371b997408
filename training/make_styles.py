"""Make the library of built-in styles from a list of paintings.

    python -m training.make_styles --root PAINTINGS [--root MORE ...]

reads training/styles.toml, encodes each painting with a bundled encoder, writes weights/styles.safetensors and
renews the table of weights beside it. For the small network:

    python -m training.make_styles --root PAINTINGS --model lite --out weights/lite-styles.safetensors

Run it again whenever the encoder changes: a style fits only the encoder it was made with.
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from adain_core.errors import AdaINError
from adain_core.model import AdaIN
from adain_core.networks.vgg import VGGEncoder
from adain_core.options import STYLE_SIZE
from adain_core.styles.builtin import save_library
from adain_core.weights.catalog import INDEX, write_index
from training.program import run

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).resolve().parent
INFO = ("title", "artist", "year", "source", "licence")
"""What of an entry of the list goes into the library."""


def main(
    root: Annotated[list[Path], typer.Option(help="folder of paintings; repeat for more", exists=True)],
    paintings: Annotated[Path, typer.Option(help="list of paintings")] = HERE / "styles.toml",
    model: Annotated[str, typer.Option(help="whose encoder: vgg19, lite, a decoder file, a folder")] = "vgg19",
    size: Annotated[int, typer.Option(help="shorter side of a painting at most, pixels")] = STYLE_SIZE,
    out: Annotated[Path, typer.Option(help="library to write")] = HERE.parent / "weights" / "styles.safetensors",
) -> None:
    """Encode the listed paintings into one library of styles."""
    try:
        entries = tomllib.loads(paintings.read_text(encoding="utf-8"))["style"]
        located = [locate(entry["file"], root) for entry in entries]  # before any is encoded
        # In float32, so that the library does not depend on the machine.
        loaded = AdaIN.from_pretrained(model, device="cpu", dtype="float32")
        texture = isinstance(loaded.encoder, VGGEncoder)
        styles = {}
        for entry, file in zip(tqdm(entries), located, strict=True):
            style = loaded.encode_style(file, size=size, name=entry["name"], texture=texture)
            info = {key: entry[key] for key in INFO}
            styles[entry["name"]] = replace(style, info=info)
        if len(styles) < len(entries):
            raise AdaINError(f"{paintings} has {len(entries)} entries but {len(styles)} names: names must differ")
        save_library(
            styles,
            out,
            licence=" and ".join(sorted({entry["licence"] for entry in entries})),
            origin=f"{len(styles)} paintings by artists who died before 1955, listed in training/{paintings.name}",
            recipe=f"mean and std of the encoder's features{' and of the layers before' if texture else ''}, shorter "
            f"side at most {size} px",
        )
        if (out.parent / INDEX).is_file():
            write_index(out.parent)
    except AdaINError as e:
        raise SystemExit(f"error: {e}") from e
    print(f"{out}: {len(styles)} styles, {out.stat().st_size / 1000:.0f} kB, encoder {loaded.encoder_id}")


def locate(file: str, roots: list[Path]) -> Path:
    """The listed file under the first root that has it.

    Raises:
        AdaINError: under none.
    """
    for root in roots:
        if (root / file).is_file():
            return root / file
    raise AdaINError(f"no painting {file!r} under {', '.join(map(str, roots))}: add its folder with --root")


if __name__ == "__main__":
    run(main)
