"""Small graphs of nodes in the form that the server runs, for tests: the examples are in tests/nodes/workflows.py."""

from __future__ import annotations

from typing import Any

Workflow = dict[str, dict[str, Any]]


class Graph:
    """Nodes and links, written down briefly."""

    def __init__(self) -> None:
        self.nodes: Workflow = {}

    def add(self, kind: str, **inputs: Any) -> list[Any]:
        """A node; returns its first output. Dots in input names are written as two underscores."""
        name = str(len(self.nodes) + 1)
        self.nodes[name] = {"class_type": kind, "inputs": {k.replace("__", "."): v for k, v in inputs.items()}}
        return [name, 0]

    def content(self) -> tuple[list[Any], list[Any], list[Any]]:
        """Model, picture and its features."""
        model = self.add("AdaINLoadModel", model="vgg19", precision="auto", hub_id="")
        image = self.add("LoadImage", image="example.png")
        return model, image, self.encode(model, image)

    def encode(self, model: list[Any], image: list[Any]) -> list[Any]:
        """Features of a picture."""
        return self.add("AdaINEncode", model=model, image=image, style_size=512)

    def style(self, name: str) -> list[Any]:
        """A built-in style."""
        return self.add("AdaINLoadStyle", style=name)

    def mix(self, first: str, first_weight: float, second: str, second_weight: float) -> list[Any]:
        """Two built-in styles as one; the weights by their names of before."""
        return self.add(
            "AdaINMixStyles", count="2", style_1=self.style(first), count__weight_1=first_weight,
            style_2=self.style(second), count__weight_2=second_weight,
        )  # fmt: skip

    def blend(self, features: list[Any], style: list[Any], **inputs: Any) -> list[Any]:
        """AdaIN in full strength, if not told otherwise."""
        settings = {"strength": 1.0, "boost": 1.0, "frames": "independent", "smoothing": 4.0, **inputs}
        return self.add("AdaINBlend", features=features, style=style, **settings)

    def decode(self, model: list[Any], features: list[Any]) -> list[Any]:
        """The picture."""
        return self.add("AdaINDecode", model=model, features=features, tile=0)

    def save(self, image: list[Any], name: str) -> list[Any]:
        """Into the output folder."""
        return self.add("SaveImage", images=image, filename_prefix=f"adain/{name}")


def one_style() -> Workflow:
    """A picture in one built-in style."""
    g = Graph()
    model, _, features = g.content()
    stylized = g.blend(features, g.style("starry-night"), strength=0.9)
    g.save(g.decode(model, stylized), "one_style")
    return g.nodes


def two_styles_mixed() -> Workflow:
    """A picture in a mixture of two styles."""
    g = Graph()
    model, _, features = g.content()
    mixed = g.mix("starry-night", 1.0, "composition-viii", 1.0)
    g.save(g.decode(model, g.blend(features, mixed)), "two_styles_mixed")
    return g.nodes


def luminance_colors() -> Workflow:
    """The strokes of a style, the colours of the photo."""
    g = Graph()
    model, image, features = g.content()
    stylized = g.decode(model, g.blend(features, g.style("scream")))
    kept = g.add("AdaINColorPreserve", content=image, image=stylized, method="luminance", strength=1.0)
    g.save(kept, "luminance_colors")
    return g.nodes


def two_styles_by_masks() -> Workflow:
    """One style above, another below: with a hard border, and with a soft one."""
    g = Graph()
    model, _, features = g.content()
    black = g.add("SolidMask", value=0.0, width=64, height=64)
    half = g.add("SolidMask", value=1.0, width=64, height=32)
    top = g.add("MaskComposite", destination=black, source=half, x=0, y=0, operation="add")
    bottom = g.add("InvertMask", mask=top)
    above, below = g.style("starry-night"), g.style("sunflowers")
    for name, feather in (("hard", 0.0), ("soft", 60.0)):
        stylized = g.add(
            "AdaINMaskedTransfer",
            features=features,
            regions="2",
            style_1=above,
            mask_1=top,
            regions__strength_1=1.0,
            style_2=below,
            mask_2=bottom,
            regions__strength_2=1.0,
            strength=1.0,
            boost=1.0,
            feather=feather,
            frames="independent",
            smoothing=4.0,
        )
        g.save(g.decode(model, stylized), f"two_styles_{name}")
    return g.nodes


def batch_of_frames() -> Workflow:
    """A pan over a picture as four frames, with statistics smoothed over time."""
    g = Graph()
    model = g.add("AdaINLoadModel", model="vgg19", precision="auto", hub_id="")
    image = g.add("LoadImage", image="example.png")
    batch: list[Any] | None = None
    for frame in range(4):
        crop = g.add("ImageCrop", image=image, width=256, height=256, x=64 + 8 * frame, y=64)
        batch = crop if batch is None else g.add("ImageBatch", image1=batch, image2=crop)
    assert batch is not None
    features = g.add("AdaINEncode", model=model, image=batch, style_size=512, grain="off")
    stylized = g.blend(features, g.style("composition-viii"), frames="smooth", smoothing=4.0)
    frames = g.decode(model, stylized)
    g.add(
        "SaveAnimatedWEBP",
        images=frames,
        filename_prefix="adain/frames",
        fps=6.0,
        lossless=True,
        quality=90,
        method="default",
    )
    g.save(frames, "frames")
    return g.nodes


def save_a_style() -> Workflow:
    """Two built-in styles mixed, kept as a file of 4 KB, and used."""
    g = Graph()
    model, _, features = g.content()
    mixed = g.mix("kiss", 3.0, "sunflowers", 1.0)
    g.add("AdaINSaveStyle", style=mixed, name="kiss-of-sunflowers", overwrite=False)
    g.save(g.decode(model, g.blend(features, mixed, strength=0.8)), "saved_style")
    return g.nodes


GRAPHS = {
    "one_style": one_style,
    "two_styles_mixed": two_styles_mixed,
    "luminance_colors": luminance_colors,
    "two_styles_by_masks": two_styles_by_masks,
    "batch_of_frames": batch_of_frames,
    "save_a_style": save_a_style,
}
