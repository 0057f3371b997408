"""The files that the pages speak of, tiny."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

EXAMPLES = Path(__file__).parents[2] / "examples"
SIZE = (64, 48)

PHOTOS = [
    "photo.jpg",
    "photos/one.jpg",
    "photos/trip/two.jpg",
    "huge.tif",
    "examples/astronaut.jpg",
    "examples/chelsea.jpg",
    "examples/coffee.jpg",
]
PAINTINGS = ["painting.jpg", "starry_night.jpg", "a.jpg", "paintings/one.jpg", "paintings/two.jpg"]
MASKS = ["sky.png", "land.png", "ground.png"]


def picture(name: str, size: tuple[int, int] = SIZE) -> Image.Image:
    """One of the example photos, small."""
    with Image.open(EXAMPLES / f"{name}.jpg") as image:
        return image.convert("RGB").resize(size)


def make_pictures(folder: Path) -> None:
    for names, example in ((PHOTOS, "chelsea"), (PAINTINGS, "coffee")):
        for number, name in enumerate(names):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            picture(example, (SIZE[0] + 8 * (number % 2), SIZE[1])).save(folder / name)
    upper = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    upper[: SIZE[1] // 2] = 255
    for name in MASKS:
        Image.fromarray(upper if name == "sky.png" else 255 - upper).save(folder / name)


def make_clips(folder: Path) -> None:
    """Videos of a second and a half with sound, and the same as pictures and as a GIF."""
    from demo_clips import make_clip

    clip = make_clip(folder / "clip.mp4", frames=12, rate=8)
    for name in ("one.mp4", "two.mov", "clip.mov", "dancer.mp4"):
        shutil.copy(clip, folder / name)
    frames = [picture("astronaut", (64 + number, 48)).resize(SIZE) for number in range(4)]
    frames[0].save(folder / "cat.gif", save_all=True, append_images=frames[1:], duration=100)
    (folder / "frames").mkdir()
    for number, frame in enumerate(frames, 1):
        frame.save(folder / "frames" / f"f_{number:04d}.png")


def make_datasets(folder: Path) -> None:
    """Pictures with boxes beside them, and tar shards."""
    (folder / "coco").mkdir()
    picture("coffee").save(folder / "coco" / "a.jpg")
    (folder / "coco" / "a.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    (folder / "train-shards").mkdir()
    with tarfile.open(folder / "train-shards" / "train-0000.tar", "w") as shard:
        shard.add(folder / "coco" / "a.jpg", "a.jpg")


def make_weights(folder: Path) -> None:
    """`decoder.pth` and `vgg_normalised.pth` as other projects have them: random numbers in their layout."""
    from test_convert import legacy_decoder_network, legacy_vgg_network

    torch.save(legacy_decoder_network().state_dict(), folder / "decoder.pth")
    torch.save(legacy_vgg_network().state_dict(), folder / "vgg_normalised.pth")


def make_inputs(folder: Path) -> Path:
    make_pictures(folder)
    make_clips(folder)
    make_datasets(folder)
    make_weights(folder)
    return folder
