# ruff: noqa: RUF009 (a field with its reason is made by a call)
"""Every option of training with its reason, and the recipes: one line an option, one column a recipe."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import typer

from training.pictures import TrainingError
from training.run.checkpoint import latest_checkpoint, read_facts

RECIPES = ("paper", "fast", "finetune", "lite")
"""``paper``: the original's. ``fast``: a good decoder in a fraction of the steps. ``finetune``: from the bundled
decoder to one's own paintings in a few hundred steps. ``lite``: the small network, encoder and decoder."""

DEFAULT_RECIPE = "fast"
"""Of a new run that does not say otherwise."""

ARGUMENTS = {
    "content": ("PHOTOS", "folder tree or tar of photos"),
    "style": ("PAINTINGS", "of paintings"),
    "out": ("RUN", "the run's folder"),
}
"""What the command calls the options without a default, and their help."""

GROUPS = {
    "model": "What is trained",
    "batch": "What is learned from",
    "steps": "How it is learned",
    "style_from": "What is asked for",
    "precision": "How it runs",
    "name": "What the result says of itself",
}
"""Headings of the help, each above the options from this one on."""

FIRST = {
    "model", "recipe", "batch", "crop", "resize", "cache", "workers", "steps", "lr", "init", "compile", "cpu",
    "time_limit", "licence",
}  # fmt: skip
"""Options that the short help shows."""


def option(help: str, default: Any, *, fast: Any = None, finetune: Any = None, lite: Any = None) -> Any:
    """A field with its reason, its value in the paper's recipe, and in others where that differs (else: fast's)."""
    fast = default if fast is None else fast
    values = {
        "paper": default,
        "fast": fast,
        "finetune": fast if finetune is None else finetune,
        "lite": fast if lite is None else lite,
    }
    return dataclasses.field(default=default, metadata={"help": help, "values": values})


@dataclass(frozen=True)
class Config:
    """What a run is made of. Where nothing else is said, a value is the paper's (arXiv 1703.06868) or its code's."""

    content: Path
    style: Path
    out: Path
    model: Literal["vgg19", "lite"] = option(
        "what is trained: the decoder of the paper's network, or the small network as a whole", "vgg19", lite="lite"
    )
    recipe: Literal["paper", "fast", "finetune", "lite"] = option(
        "where options that are not given come from. fast: a new decoder; finetune: the bundled one on your paintings; "
        "lite: the small network; paper: as it was published, ten times the updates",
        "paper",
    )
    # What is learned from
    batch: int = option("pairs a step and process", 8, fast=16, finetune=8, lite=8)
    accumulate: int = option("batches added up before an update", 1)
    crop: int = option("pixels a side of a crop", 256)
    resize: int = option("shorter side before cropping; aspect kept", 512, fast=320, finetune=512, lite=512)
    jitter: float = option("crops vary in scale by this share: styles of more brush sizes", 0.0, fast=0.2)
    style_crop: int = option("pixels a side of a painting's crop, a multiple of 8; 0 = as the photo's", 0)
    views: int = option(
        "so many crops of a picture, the same throughout, encoded by the judge once and kept; 0 = new ones", 0
    )
    drawn: float = option("share of the photos in whose place a flat picture is drawn: shapes, text", 0.0, lite=0.15)
    grain: float = option("share of the photos with grain where they are flat, as stylizing lays it", 0.0, lite=0.4)
    holdout: int = option("photos and paintings set aside to judge by (at most a tenth)", 100)
    holdout_file: Path | None = option('JSON file {"content": names, "style": names} to set aside instead', None)
    cache: Path | None = option("keep decoded pictures here, as a file mapped into memory", None)
    workers: int = option("processes that prepare batches", 4)
    seed: int = option("of the order, the crops and the first weights", 0)
    # How it is learned
    steps: int = option("updates", 160_000, fast=16_800, finetune=400, lite=40_000)
    optimizer: Literal["adam", "soap"] = option(
        "adam, or soap: Adam in the eigenbases of the gradients, fewer updates for the same loss",
        "adam",
        fast="soap",
        finetune="adam",
    )
    lr: float = option("learning rate", 1e-4, fast=8e-4, finetune=3e-5, lite=1.5e-3)
    schedule: Literal["inverse", "cosine"] = option(
        "inverse (lr / (1 + decay step)) or cosine", "inverse", fast="cosine"
    )
    decay: float = option("of the inverse schedule", 5e-5)
    warmup: int = option(
        "updates to reach the full rate: first gradients are largest", 0, fast=200, finetune=20, lite=100
    )
    clip: float = option("largest norm of a gradient, 0 = any: activations have heavy tails", 0.0, fast=5.0)
    ema: float = option("of the average of the weights that ships, 0 = the last ones", 0.0, fast=0.999, finetune=0.99)
    init: str = option(
        "random, lstsq (layers fitted first, vgg19 only), a known decoder or a file",
        "random",
        fast="lstsq",
        finetune="vgg19-decoder",
        lite="random",
    )
    encoder: str = option("whose features judge: a known encoder or an encoder file", "vgg19")
    # What is asked for
    style_from: Literal["crop", "picture"] = option(
        "statistics of a crop, or of the whole painting, taken once: a step then encodes no painting",
        "crop",
        finetune="picture",
    )
    relative: bool = option(
        "losses as shares of the style's power: strong paintings do not drown the rest", False, fast=True
    )
    style_weight: float = option("lambda of eq. 11, for the normalised encoder", 10.0, fast=8.0, lite=2.5)
    tv_weight: float = option("of total variation: less grain", 0.0)
    own_style: float = option("share of the pairs whose style is the photo itself", 0.0, fast=0.125)
    identity_weight: float = option("of the pixels of those pairs: the photo comes back in detail", 0.0, fast=20.0)
    range_weight: float = option("of colours outside [0, 1], which would be cut off", 0.0, fast=20.0)
    pattern_weight: float = option("of what repeats every 4 or 8 pixels, the networks' cells", 0.0, fast=1000.0)
    block_weight: float = option("of edges that keep to a grid of 8 pixels", 0.0, lite=4.0)
    luminance: float = option("share of batches in grey, style's luminance matched to the photo's", 0.0)
    # How it runs
    precision: Literal["auto", "no", "bf16", "fp16"] = option(
        "of the networks; losses are float32; auto: half precision where the machine gains by it", "no", fast="auto"
    )
    compile: bool = option("compile the networks: slower start, faster steps on a GPU", False)
    cpu: bool = option("do not use a GPU", False)
    time_limit: float = option("stop after so many seconds, ready to go on; 0 = never", 0.0)
    log_every: int = option("updates between log lines", 20)
    judge_every: int = option("updates between sample grids and validation", 1000, finetune=100)
    save_every: int = option("updates between checkpoints", 1000, finetune=100)
    keep: int = option("checkpoints kept", 2)
    # What the result says of itself
    name: str = option("of the decoder", "")
    licence: str = option("of the decoder: publishing asks for one", "")

    def __post_init__(self) -> None:
        for name in ("batch", "accumulate", "steps", "log_every", "judge_every", "save_every", "keep"):
            if getattr(self, name) < 1:
                raise TrainingError(f"--{name.replace('_', '-')} is {getattr(self, name)}: give 1 or more")
        for name, side in (("crop", self.crop), ("style-crop", self.style_crop or self.crop)):
            if side < 16 or side % 8:
                raise TrainingError(f"--{name} is {side}: give a multiple of 8, 16 or more")
            if self.resize < side:
                raise TrainingError(f"--resize {self.resize} is below --{name} {side}: pictures must not be smaller")
        if self.model == "lite" and (self.style_from == "picture" or self.luminance or self.init == "lstsq"):
            raise TrainingError(
                "--model lite sees paintings itself: no --style-from picture, --luminance, --init lstsq"
            )
        if self.views < 0 or (self.views and self.luminance):
            raise TrainingError(f"--views {self.views}: 0 or more, without --luminance, which changes the crops")
        for name in ("jitter", "ema", "luminance", "own_style", "drawn", "grain"):
            share = getattr(self, name)
            if not 0 <= share <= 1 or (share == 1 and name in ("jitter", "ema")):
                raise TrainingError(f"--{name.replace('_', '-')} is {share}: give a share of 1")
        if self.luminance and self.style_from == "picture":
            raise TrainingError("--luminance changes the painting in every step: it needs --style-from crop")
        if self.identity_weight and not self.own_style:
            raise TrainingError("--identity-weight judges pairs whose style is the photo: give --own-style 0.25 too")

    def as_json(self) -> dict[str, Any]:
        """All options, paths as text."""
        return {key: str(v) if isinstance(v, Path) else v for key, v in dataclasses.asdict(self).items()}


FREE = {"out", "cache", "workers", "compile", "cpu", "time_limit", "log_every", "judge_every", "save_every", "keep"}
"""Options that may change when a run goes on: they do not change what is computed."""


def from_recipe(recipe: str, **given: Any) -> Config:
    """A config of a recipe with some options given.

    Raises:
        TrainingError: an option that makes no sense.
    """
    values = {f.name: f.metadata["values"][recipe] for f in dataclasses.fields(Config) if "values" in f.metadata}
    return Config(**{**values, **given, "recipe": recipe})


def command(run: Callable[[Config], object]) -> Callable[..., None]:
    """A typer command that takes every option of :class:`Config` and calls `run`."""

    def train(**options: Any) -> None:
        """Train a decoder on photos and paintings, or the small network as a whole.

        The same command again goes on from the last checkpoint. To begin with, look at the pictures, then fine-tune:

        \b
        python -m training.check_data PHOTOS PAINTINGS
        python -m training.train PHOTOS PAINTINGS runs/mine --recipe finetune
        adain stylize photo.jpg --style painting.jpg --model runs/mine/best.safetensors

        --help-all lists every option with its value in each recipe; training/README.md says what to expect.
        """
        options.pop("help_all")
        given = {key: value for key, value in options.items() if value is not None}
        recipe = given.pop("recipe", None) or _recipe_of(given["out"], given.get("model"))
        run(from_recipe(recipe, **given))

    hints = get_type_hints(Config)
    parameters, group = [], ""
    for field in dataclasses.fields(Config):
        kind = hints[field.name]
        if "values" not in field.metadata:
            metavar, told = ARGUMENTS[field.name]
            annotation: Any = Annotated[kind, typer.Argument(metavar=metavar, help=told)]
            parameters.append(inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation))
            continue
        values = field.metadata["values"]
        shown = {v: [r for r in RECIPES if values[r] == v] for v in values.values() if v not in (None, "")}
        defaults = "; ".join(str(v) if len(of) == len(RECIPES) else f"{', '.join(of)}: {v}" for v, of in shown.items())
        if field.name == "recipe":
            defaults = f"that of the run it goes on with; of a new one {DEFAULT_RECIPE}, or lite with --model lite"
        text = field.metadata["help"] + (f" ({defaults})" if defaults else "")
        group = GROUPS.get(field.name, group)
        annotation = Annotated[
            kind | None,
            typer.Option(help=text, show_default=False, rich_help_panel=group, hidden=field.name not in FIRST),
        ]
        parameters.append(
            inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        )
    everything: Any = Annotated[
        bool, typer.Option("--help-all", is_eager=True, callback=_help_all, help="Show every option and exit.")
    ]
    parameters.append(
        inspect.Parameter("help_all", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=everything)
    )
    train.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    train.__annotations__ = {p.name: p.annotation for p in parameters}
    return train


def _help_all(context: typer.Context, asked: bool) -> None:
    """The help with the options that the short one leaves out."""
    if asked:
        for parameter in context.command.params:
            parameter.hidden = False  # type: ignore[attr-defined]
        typer.echo(context.get_help())
        raise typer.Exit


def _recipe_of(out: Path, model: str | None) -> str:
    """The recipe of a call that names none: that of the run it goes on with, whatever was the default then."""
    checkpoint = latest_checkpoint(out / "checkpoints")
    if checkpoint:
        return str(read_facts(checkpoint)["config"]["recipe"])
    return "lite" if model == "lite" else DEFAULT_RECIPE
