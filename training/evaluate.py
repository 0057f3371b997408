"""How good decoders are, side by side on the same pairs, with controls.

    python -m training.evaluate PHOTOS PAINTINGS OUT --decoder vgg19 --decoder runs/mine/decoder.safetensors --pairs 25

phi_l is relu1_1, relu2_1, relu3_1, relu4_1 of the bundled encoder, mu_l and sd_l its mean and biased standard
deviation over space, t the AdaIN target, power_l(x) = mean(phi_l(x)^2). Lower is better for all but SSIM.

    target  = mean((phi_4(out) - t)^2) / power_4(style)                   how well the picture shows the AdaIN target
    content = mean((phi_4(out) - phi_4(photo))^2) / power_4(photo)        how far it left the photo
    style   = sum_l mean((mu_l(out) - mu_l(style))^2 + (sd_l(out) - sd_l(style))^2) / power_l(style)
    content_loss, style_loss                                              the paper's (eq. 12, 13), not divided
    ssim    = structural similarity to the photo
    pattern = standard deviation, in 8-bit levels, of what repeats every 8 pixels: a checkerboard or mesh of the decoder

Photos have a pattern of about 2 (they do not repeat, but a window is not endless). Two controls tell what the figures
are worth: the photo unchanged, and the painting itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from PIL import Image
from torch import Tensor
from torchmetrics.functional.image import structural_similarity_index_measure
from tqdm import tqdm
from typing_extensions import Unpack

from adain_core.model import AdaIN
from adain_core.networks.vgg import VGGEncoder
from adain_core.options import Options
from adain_core.pictures.reading import Picture
from adain_core.request import StylizeOptions
from adain_core.system.atomic_files import replacing, write_atomically
from adain_core.weights.catalog import find
from adain_core.weights.network_files import load_vgg
from training.data import grid, read_holdout, refuse_mixed_up
from training.losses import adain_target, content_loss, grid_pattern, mean_std, style_loss
from training.pictures import PictureFile, TrainingError, find_pictures
from training.program import run

UNCHANGED, PAINTING, DIRECT = "control: photo unchanged", "control: painting", "direct optimisation"
DIRECT_STEPS, DIRECT_RATE, STYLE_WEIGHT = 80, 0.02, 10.0
SHEET_ROWS, CELL = 12, 256

Painter = Callable[[Tensor, Tensor], Tensor]
"""Photo and painting (1, 3, S, S) in [0, 1] to a picture of the same shape."""
Pair = tuple[PictureFile, PictureFile]
Rows = dict[str, list[dict[str, float]]]
"""Figures of each pair, by the name of what made the pictures."""


class Judge:
    """Computes the figures.

    Args:
        encoder: float32.
        lpips: distance of two pictures in [0, 1], to be computed too.
    """

    def __init__(self, encoder: VGGEncoder, lpips: Callable[[Tensor, Tensor], Tensor] | None = None) -> None:
        self.encoder, self.lpips = encoder, lpips

    @torch.no_grad()
    def pair(self, photo: Tensor, painting: Tensor) -> Callable[[Tensor], dict[str, float]]:
        """What gives all figures of a picture made of this pair.

        Args:
            photo: (1, 3, S, S) in [0, 1].
            painting: (1, 3, T, T) in [0, 1].
        """
        c, s = self.encoder.taps(photo), self.encoder.taps(painting)
        wanted = [mean_std(tap) for tap in s]
        target = adain_target(c[-1], *wanted[-1])
        power = [float(tap.square().mean()) for tap in s]
        content_power = float(c[-1].square().mean())

        @torch.no_grad()
        def figures(out: Tensor) -> dict[str, float]:
            o = self.encoder.taps(out)
            layers = [float(style_loss([tap], [pair])) for tap, pair in zip(o, wanted, strict=True)]
            to_target = float(content_loss(o[-1], target))
            found = {
                "target": to_target / power[-1],
                "content": float(content_loss(o[-1], c[-1])) / content_power,
                "style": sum(layer / p for layer, p in zip(layers, power, strict=True)),
                "content_loss": to_target,
                "style_loss": sum(layers),
                "ssim": float(structural_similarity_index_measure(out, photo, data_range=1.0)),  # type: ignore[arg-type]
                "pattern": 255 * float(grid_pattern(out, 8)) ** 0.5,
            }
            if self.lpips is not None:
                found["lpips"] = float(self.lpips(out, photo))
            return found

        return figures

    def optimise(self, photo: Tensor, painting: Tensor, steps: int = DIRECT_STEPS) -> Tensor:
        """The picture itself optimised for the paper's loss, from the photo: about the best a decoder could do."""
        with torch.no_grad():
            wanted = [mean_std(tap) for tap in self.encoder.taps(painting)]
            target = adain_target(self.encoder(photo), *wanted[-1])
        x = photo.clone().requires_grad_(True)
        adam = torch.optim.Adam([x], lr=DIRECT_RATE)
        for _ in range(steps):
            taps = self.encoder.taps(x)
            loss = content_loss(taps[-1], target) + STYLE_WEIGHT * style_loss(taps, wanted)
            adam.zero_grad()
            loss.backward()
            adam.step()
            with torch.no_grad():
                x.clamp_(0, 1)
        return x.detach()


def painter(
    ref: str | Path, device: str = "auto", *, dtype: str = "auto", **options: Unpack[StylizeOptions]
) -> Painter:
    """A decoder (known name, file or Hub id) as a function from photo and painting to picture."""
    return painting_with(AdaIN.from_pretrained(ref, device=device, dtype=dtype), **options)


def painting_with(model: AdaIN, **options: Unpack[StylizeOptions]) -> Painter:
    """A model as a function from photo and painting to picture."""
    layers = Options(**options).layers

    def paint(photo: Tensor, painting: Tensor) -> Tensor:
        style = model.style_of(painting.to(model.device), texture=layers)
        return model.stylize(photo, style, **options)

    return paint


def called(pair: Pair) -> str:
    """What a picture of a pair is called: ``PHOTO__PAINTING``, names without suffix."""
    return "__".join(Path(file.name).stem for file in pair)


def finished(folder: Path, size: int) -> Callable[[Pair], Tensor]:
    """Pictures that another program made: ``PHOTO__PAINTING.png`` (names without suffix) in a folder."""
    by_name = {Path(file.name).stem: file for file in find_pictures(folder, "finished pictures")}

    def look_up(pair: Pair) -> Tensor:
        name = called(pair)
        if name not in by_name:
            raise TrainingError(f"no picture {name!r} in {str(folder)!r}: every pair must be there")
        return square(by_name[name].open(), size)

    return look_up


def evaluate(
    pairs: Sequence[Pair],
    painters: dict[str, Painter],
    judge: Judge,
    size: int,
    *,
    folders: dict[str, Callable[[Pair], Tensor]] | None = None,
    direct: int = 0,
) -> tuple[Rows, list[list[Tensor]]]:
    """Figures of every painter on the same pairs, and pictures to look at.

    Args:
        pairs: photo and painting.
        painters: by name.
        judge: what computes the figures.
        size: pixels a side; pictures are shrunk and cut to a square, aspect kept.
        folders: pictures already made, by name.
        direct: how many pairs are optimised directly, for the floor.

    Returns:
        figures, and for the first pairs a row of pictures: photo, painting, one a painter.
    """
    rows: Rows = {UNCHANGED: [], PAINTING: [], **{name: [] for name in [*painters, *(folders or {})]}}
    sheet = []
    for number, pair in enumerate(tqdm(pairs, "pairs", unit="pair")):
        photo, painting = (square(file.open(), size) for file in pair)  # (1, 3, S, S)
        pictures = {UNCHANGED: photo, PAINTING: painting}
        pictures |= {name: paint(photo, painting).float().cpu() for name, paint in painters.items()}
        pictures |= {name: look_up(pair) for name, look_up in (folders or {}).items()}
        if number < direct:
            pictures[DIRECT] = judge.optimise(photo, painting)
        figures = judge.pair(photo, painting)
        for name, picture in pictures.items():
            rows.setdefault(name, []).append(figures(picture))
        if number < SHEET_ROWS:
            sheet.append([_cell(picture) for picture in pictures.values()])
    width = min(len(row) for row in sheet)
    return rows, [row[:width] for row in sheet]


def square(picture: Picture, size: int) -> Tensor:
    """The middle square of a picture, (1, 3, size, size) in [0, 1]."""
    x = picture.resized(size)
    top, left = (x.height - size) // 2, (x.width - size) // 2
    return x.crop(top, top + size, left, left + size)


def _cell(picture: Tensor) -> Tensor:
    side = min(CELL, picture.shape[-1])
    return torch.nn.functional.interpolate(picture, (side, side), mode="bilinear", antialias=True)[0]


def choose_pairs(photos: Sequence[PictureFile], paintings: Sequence[PictureFile], count: int) -> list[Pair]:
    """`count` pairs, always the same ones: every photo and painting is used before any is used again; 0 = all pairs."""
    if count <= 0 or count >= len(photos) * len(paintings):
        return [(photo, painting) for photo in photos for painting in paintings]
    rng = np.random.default_rng(0)
    orders = [rng.permutation(len(side)) for side in (photos, paintings)]
    chosen: dict[tuple[int, int], Pair] = {}
    turn = 0
    while len(chosen) < count:  # a shift a round, so that the same pair does not come back
        i, j = turn % len(photos), (turn + turn // int(np.lcm(len(photos), len(paintings)))) % len(paintings)
        key = (int(orders[0][i]), int(orders[1][j]))
        chosen.setdefault(key, (photos[key[0]], paintings[key[1]]))
        turn += 1
    return list(chosen.values())


def means(rows: Rows) -> dict[str, dict[str, float]]:
    """Mean of every figure over the pairs, and how many pairs there were."""
    return {
        name: {**{key: float(np.mean([row[key] for row in found])) for key in found[0]}, "pairs": len(found)}
        for name, found in rows.items()
    }


def as_markdown(table: dict[str, dict[str, float]], size: int) -> str:
    """The table of :func:`means` for reading."""
    keys = list(next(iter(table.values())))
    lines = [f"| {size}x{size} px | " + " | ".join(keys) + " |", "|---" * (len(keys) + 1) + "|"]
    for name, row in table.items():
        lines.append(f"| {name} | " + " | ".join(f"{v:.3f}" if k != "pairs" else str(v) for k, v in row.items()) + " |")
    return "\n".join(lines) + "\n"


def load_lpips() -> Callable[[Tensor, Tensor], Tensor]:
    """LPIPS (AlexNet) of torchmetrics, whose weights torchvision downloads once.

    Raises:
        TrainingError: they cannot be had.
    """
    from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity

    try:
        return LearnedPerceptualImagePatchSimilarity("alex", normalize=True)
    except (OSError, ModuleNotFoundError) as e:
        raise TrainingError(f"LPIPS needs AlexNet's weights, which cannot be had ({e}): leave --lpips out") from e


def write_results(folder: Path, rows: Rows, sheet: Sequence[Sequence[Tensor]], facts: dict[str, Any]) -> str:
    """table.md, table.json (means and every pair) and sheet.png; returns the Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    table = means(rows)
    text = as_markdown(table, facts["size"])
    write_atomically(folder / "table.md", text.encode())
    write_atomically(
        folder / "table.json", (json.dumps({**facts, "means": table, "pairs": rows}, indent=1) + "\n").encode()
    )
    with replacing(folder / "sheet.png") as path:
        grid(sheet).save(path)
    return text


def square_grid(photos: Iterable[Tensor], paintings: Iterable[Tensor], paint: Painter) -> Image.Image:
    """Each photo (left) in the style of each painting (above)."""
    above = list(paintings)
    rows = [[torch.ones_like(_cell(above[0])), *map(_cell, above)]]
    for photo in photos:
        rows.append([_cell(photo), *(_cell(paint(photo, painting).float().cpu()) for painting in above)])
    return grid(rows)


def main(
    content: Annotated[Path, typer.Argument(help="folder tree or tar of photos")],
    style: Annotated[Path, typer.Argument(help="of paintings")],
    out: Annotated[Path, typer.Argument(help="folder for table.md, table.json and sheets")],
    decoder: Annotated[list[str] | None, typer.Option(help="known name, file or Hub id; give several")] = None,
    pictures: Annotated[list[Path] | None, typer.Option(help="folder of PHOTO__PAINTING.png made elsewhere")] = None,
    size: Annotated[int, typer.Option(help="pixels a side, a multiple of 8")] = 384,
    pairs: Annotated[int, typer.Option(help="how many pairs, always the same; 0 = each photo with each painting")] = 25,
    only: Annotated[Path | None, typer.Option(help="holdout.json of a run: use these pictures only")] = None,
    direct: Annotated[int, typer.Option(help="optimise so many pairs directly, for the floor")] = 0,
    sheet: Annotated[int, typer.Option(help="also a sheet of so many photos x paintings a decoder")] = 0,
    lpips: Annotated[bool, typer.Option("--lpips", help="also LPIPS to the photo; downloads AlexNet")] = False,
    refine: Annotated[list[int] | None, typer.Option(help="each decoder also with so many steps; give several")] = None,
    texture: Annotated[float, typer.Option(help="of these steps, and also without")] = 0.0,
    keep: Annotated[float, typer.Option(help="of these steps, and also without")] = 0.0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, mps")] = "auto",
) -> None:
    """Compare decoders on the same photos and paintings."""
    refuse_mixed_up(content, style)
    if size < 16 or size % 8:
        raise TrainingError(f"--size is {size}: give a multiple of 8, 16 or more")
    photos, paintings = find_pictures(content, "photos"), find_pictures(style, "paintings")
    if only is not None:
        names = read_holdout(only)
        photos = [file for file in photos if file.name in set(names["content"])]
        paintings = [file for file in paintings if file.name in set(names["style"])]
        if not photos or not paintings:
            raise TrainingError(f"{only} names no picture of {str(content)!r} or of {str(style)!r}")
    for what, weight in (("texture", texture), ("keep", keep)):
        if weight and not refine:
            raise TrainingError(f"--{what} {weight:g} is painted by steps of refinement: give --refine, such as 3")
    painters = {}
    for ref in decoder or []:
        painters[ref] = painter(ref, device)
        for steps in refine or []:
            name = f"{ref}, {steps} steps of refinement"
            painters[name] = painter(ref, device, refine=steps)
            if texture:
                name += f", texture {texture:g}"
                painters[name] = painter(ref, device, refine=steps, texture=texture)
            if keep:
                painters[f"{name}, keep {keep:g}"] = painter(ref, device, refine=steps, texture=texture, keep=keep)
    folders = {folder.name: finished(folder, size) for folder in pictures or []}
    judge = Judge(load_vgg(find("vgg19")), load_lpips() if lpips else None)
    chosen = choose_pairs(photos, paintings, pairs)
    rows, cells = evaluate(chosen, painters, judge, size, folders=folders, direct=direct)
    facts = {"size": size, "photos": str(content), "paintings": str(style), "decoders": decoder or []}
    print(write_results(out, rows, cells, facts))
    for i, (ref, paint) in enumerate(painters.items() if sheet else []):
        left, above = ([square(file.open(), size) for file in side[:sheet]] for side in (photos, paintings))
        with replacing(out / f"grid-{i + 1}-{Path(ref).stem}.png") as path:
            square_grid(left, above, paint).save(path)


if __name__ == "__main__":
    run(main)
