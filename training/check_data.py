"""Look at every training picture before hours are spent on them.

    python -m training.check_data PHOTOS PAINTINGS --crop 256

Prints what cannot be read and how many pictures are smaller than the crop; ends with an error if a side is unusable.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from adain_core.errors import AdaINError
from training.data import refuse_mixed_up, windowed
from training.pictures import PictureFile, TrainingError, find_pictures
from training.program import run


@dataclass
class Report:
    """What was found on one side.

    Attributes:
        good: pictures that can be read.
        small: names of good ones with a side below the crop; they are enlarged, which blurs them.
        bad: one line for each that cannot be read: name and reason.
    """

    good: int = 0
    small: list[str] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)


def check(source: Path, role: str, crop: int) -> Report:
    """Decode every picture of a source in full.

    Raises:
        TrainingError: the source is missing, empty, or holds nothing that can be read.
    """
    files = find_pictures(source, role)
    report = Report()

    def shorter_side(file: PictureFile) -> int | str:
        try:
            picture = file.open()
        except (AdaINError, OSError) as e:
            return f"{file.name}: {e}"
        return min(picture.height, picture.width)

    with ThreadPoolExecutor() as pool:
        sides = windowed(pool, shorter_side, files)
        for file, side in tqdm(zip(files, sides, strict=True), role, total=len(files), unit="picture"):
            if isinstance(side, str):
                report.bad.append(side)
                continue
            report.good += 1
            if side < crop:
                report.small.append(file.name)
    if not report.good:
        raise TrainingError(f"{role}: none of {len(files)} pictures can be read; the first: {report.bad[0]}")
    return report


def main(
    content: Annotated[Path, typer.Argument(help="folder tree or tar of photos")],
    style: Annotated[Path, typer.Argument(help="of paintings")],
    crop: Annotated[int, typer.Option(help="pixels a side that training will cut out")] = 256,
) -> None:
    """Find bad and small pictures before training."""
    refuse_mixed_up(content, style)
    for source, role in ((content, "photos"), (style, "paintings")):
        report = check(source, role, crop)
        for line in report.bad:
            print("bad:", line)
        print(f"{role}: {report.good} good, {len(report.bad)} bad, {len(report.small)} below {crop} pixels (enlarged)")


if __name__ == "__main__":
    run(main)
