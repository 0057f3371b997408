"""The example workflows as they are written down: what `example_workflows/*.json` are made from.

`python docs/comfyui/make.py workflows` builds them in a browser and saves them as users get them. A node's place is a
column and a row; wires go from left to right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Link = tuple[str, int]
"""A node and the number of its output."""


@dataclass
class Node:
    """A node, where it stands, and what is set or connected."""

    kind: str
    place: tuple[int, int]
    inputs: dict[str, Any]
    size: tuple[int, int] = (0, 0)
    title: str = ""
    bypassed: bool = False


@dataclass
class Graph:
    """A workflow."""

    about: str
    nodes: dict[str, Node] = field(default_factory=dict)
    groups: list[tuple[str, list[str]]] = field(default_factory=list)
    shown: list[tuple[str, str]] = field(default_factory=list)
    """Of a blueprint: the widgets of its nodes that are shown on it."""

    def add(self, kind: str, column: int, row: int, **inputs: Any) -> Link:
        """A node; returns its first output. Dots in input names are written as two underscores."""
        kept = {name: inputs.pop(name) for name in ("size", "title", "bypassed") if name in inputs}
        name = str(len(self.nodes) + 1)
        self.nodes[name] = Node(kind, (column, row), {k.replace("__", "."): v for k, v in inputs.items()}, **kept)
        return name, 0

    def note(self, text: str, column: int = 0, row: int = 0, height: int = 330) -> None:
        """What the user may change."""
        self.add("MarkdownNote", column, row, text=text, size=(300, height), title="What to change")

    def group(self, title: str, *members: Link) -> None:
        """A frame with a title around nodes."""
        self.groups.append((title, [name for name, _ in members]))

    def photo(self, example: str, row: int = 0, column: int = 1, title: str = "Your photo") -> Link:
        """An example, and the place of the user's own picture."""
        load = self.add("LoadImage", column, row, image="example.png", bypassed=True, size=(250, 330))
        photo = self.add("AdaINExamplePhoto", column + 1, row, photo=example, image=load, size=(250, 330))
        self.group(title, load, photo)
        return photo

    def style(self, name: str, column: int, row: int) -> Link:
        """A built-in style."""
        return self.add("AdaINLoadStyle", column, row, style=name, size=(300, 370))

    def stylize(self, column: int, row: int, **inputs: Any) -> Link:
        """All in one node."""
        settings = {"style_name": "Van Gogh: The Starry Night", "strength": 1.0, "color": "style", **inputs}
        return self.add("AdaINStylize", column, row, size=(340, 460), **settings)  # with what is painted so far

    def save(self, image: Link, name: str, column: int, row: int = 0) -> Link:
        """Into the output folder."""
        return self.add("SaveImage", column, row, images=image, filename_prefix=f"adain/{name}", size=(400, 460))

    def api(self) -> dict[str, dict[str, Any]]:
        """As the server runs it: without notes, nor bypassed nodes and their links."""
        run = {k: node for k, node in self.nodes.items() if node.kind != "MarkdownNote" and not node.bypassed}
        return {
            k: {
                "class_type": node.kind,
                "inputs": {
                    name: list(value) if isinstance(value, tuple) else value
                    for name, value in node.inputs.items()
                    if not isinstance(value, tuple) or value[0] in run
                },
            }
            for k, node in run.items()
        }


def out(link: Link, number: int) -> Link:
    """Another output of the same node."""
    return link[0], number


OWN_PHOTO = (
    "**Your photo:** choose it in *Load Image* (purple), then press Ctrl+B on that node. Until then the example is "
    "used."
)


def my_photo_my_picture() -> Graph:
    """A photo in the style of a picture: both can be your own."""
    g = Graph("A photo in the style of a picture. Both can be your own.")
    g.note(
        "Paints a photo in the style of any picture.\n\n"
        "**Your own:** choose a file in *Load Image* (purple), then press Ctrl+B on that node. Until then the examples "
        "are used.\n\n"
        "**strength:** 1 is the full style, up to 2 exaggerates it, 0.5 is half of it.\n\n"
        "**color:** *luminance* keeps the photo's own colours."
    )
    photo = g.photo("chelsea")
    picture = g.photo("painting", row=1, title="Your style picture")
    stylized = g.stylize(3, 0, image=photo, style_image=picture)
    g.group("Result", stylized, g.save(stylized, "my_picture", 4))
    return g


def one_node() -> Graph:
    """A photo in the style of a famous painting, with one node."""
    g = Graph("A photo in the style of a famous painting, with one node.")
    g.note(
        "One node does it all.\n\n"
        f"{OWN_PHOTO}\n\n"
        "**style_name:** more than a hundred paintings are built in.\n\n"
        "**strength:** 1 is the full style, up to 2 exaggerates it."
    )
    photo = g.photo("astronaut")
    stylized = g.stylize(3, 0, image=photo, style_name="Kandinsky: Composition VIII")
    g.group("Result", stylized, g.save(stylized, "one_node", 4))
    return g


def two_styles_mixed() -> Graph:
    """A photo in a mixture of two styles."""
    g = Graph("A photo in a mixture of two styles.")
    g.note(
        "Mixes styles in any proportion.\n\n"
        f"{OWN_PHOTO}\n\n"
        "**weight_1, weight_2:** 1 and 3 is a quarter and three quarters. Up to eight styles: connect more, and raise "
        "*count* to see their weights.\n\n"
        "*AdaIN Encode* makes a style of any picture."
    )
    photo = g.photo("coffee")
    styles = [
        g.style(name, 1, row) for row, name in ((1, "Van Gogh: The Starry Night"), (2, "Kandinsky: Composition VIII"))
    ]
    mixed = g.add(
        "AdaINMixStyles",
        2,
        1,
        size=(250, 0),
        count="2",
        style_1=styles[0],
        style_2=styles[1],
        count__weight_1=1.0,
        count__weight_2=1.0,
    )
    g.group("Styles", *styles, mixed)
    stylized = g.stylize(3, 0, image=photo, style=mixed)
    g.group("Result", stylized, g.save(stylized, "two_styles_mixed", 4))
    return g


def two_styles_by_masks() -> Graph:
    """Two styles, each in its own part of the photo."""
    g = Graph("Two styles, each in its own part of the photo.")
    g.note(
        "Who stands out is painted in one style, all else in another.\n\n"
        f"{OWN_PHOTO}\n\n"
        "**Masks:** any node that gives a MASK will do, also one that you paint in Load Image (right click > Open in "
        "MaskEditor). Up to eight regions.\n\n"
        "**feather:** how softly the styles meet, in pixels.",
        row=1,
    )
    photo = g.photo("astronaut", row=1)
    model = g.add("AdaINLoadModel", 3, 0, model="vgg19", size=(250, 0))
    g.group("Network", model)
    masks = g.add("AdaINSubjectMask", 4, 2, image=photo, size=(250, 0))
    g.group("Two regions", masks)
    inside, outside = (g.style(name, 4, row) for row, name in ((3, "Munch: The Scream"), (4, "Van Gogh: Irises")))
    g.group("Two styles", inside, outside)
    features = g.add("AdaINEncode", 4, 1, model=model, image=photo, size=(250, 0))
    g.group("The photo as features", features)
    painted = g.add(
        "AdaINMaskedTransfer",
        5,
        2,
        size=(270, 0),
        features=features,
        style_1=inside,
        mask_1=masks,
        style_2=outside,
        mask_2=out(masks, 1),
        regions="2",
        regions__strength_1=1.0,
        regions__strength_2=1.0,
        strength=1.0,
        feather=4.0,
    )
    g.group("One style a region", painted)
    decoded = g.add("AdaINDecode", 6, 0, model=model, features=painted, size=(250, 0))
    g.group("Result", decoded, g.save(decoded, "two_styles_by_masks", 7, 1))
    return g


def subject_only() -> Graph:
    """Only the subject is painted."""
    g = Graph("Only the subject is painted; the background stays a photo.")
    g.note(
        "Finds who or what stands out, and paints only that.\n\n"
        f"{OWN_PHOTO}\n\n"
        "**The other way round:** connect *background* instead of *subject*.\n\n"
        "Outside the mask the photo stays as it is, to the pixel."
    )
    photo = g.photo("astronaut")
    mask = g.add("AdaINSubjectMask", 3, 1, image=photo, size=(250, 0))
    g.group("What is painted", mask)
    stylized = g.stylize(4, 0, image=photo, mask=mask, style_name="Munch: The Scream")
    g.group("Result", stylized, g.save(stylized, "subject_only", 5))
    return g


def colors_kept() -> Graph:
    """The strokes of a painting, the colours of the photo."""
    g = Graph("The strokes of a painting, the colours of the photo.")
    g.note(
        "The same style twice: with its own colours, and with those of the photo.\n\n"
        f"{OWN_PHOTO}\n\n"
        "**color:** *luminance* takes only the brightness from the style. *monge-kantorovich* moves the style's "
        "colours towards those of the photo."
    )
    photo = g.photo("coffee")
    both = []
    for row, (color, name) in enumerate((("style", "colors_of_the_style"), ("luminance", "colors_of_the_photo"))):
        stylized = g.stylize(3, row, image=photo, style_name="Van Gogh: The Starry Night", color=color)
        both.append((stylized, g.save(stylized, name, 4, row)))
    g.group("Colours of the style", *both[0])
    g.group("Colours of the photo", *both[1])
    return g


def every_style() -> Graph:
    """One photo in many styles, to choose from."""
    g = Graph("One photo in many styles, as one picture with names: which one suits it?")
    g.note(
        "Shows a photo in many styles at once, in seconds: by the small, fast network.\n\n"
        f"{OWN_PHOTO}\n\n"
        "**only:** names of painters, or words of a title or a year. Empty it for all styles.\n\n"
        "Then choose the one you like in *AdaIN Stylize*."
    )
    photo = g.photo("chelsea")
    sheet = g.add(
        "AdaINStyleSheet",
        3,
        0,
        size=(280, 420),
        image=photo,
        only="van gogh, hokusai, klimt, munch, kandinsky",
        strength=1.0,
        side=192,
        columns=6,
    )
    g.group("Result", sheet, g.save(sheet, "every_style", 4))
    return g


def saved_style() -> Graph:
    """A style of your own is saved, and used."""
    g = Graph("The style of a picture is saved in a small file, for any photo later.")
    g.note(
        "Makes a style of a picture, and keeps it: 8 KB in *models/adain_styles*.\n\n"
        "**Your own:** choose a file in *Load Image* (purple), then press Ctrl+B on that node.\n\n"
        "**name:** of the style and its file.\n\n"
        "Later *AdaIN Load Style* lists it (press R), and the picture is not needed any more."
    )
    photo = g.photo("astronaut", column=2)
    picture = g.photo("painting", row=1, title="Your style picture")
    model = g.add("AdaINLoadModel", 2, 2, model="vgg19", size=(250, 0))
    encoded = g.add("AdaINEncode", 3, 1, model=model, image=picture, size=(250, 0))
    kept = g.add("AdaINSaveStyle", 4, 1, style=out(encoded, 1), name="my-style", overwrite=True, size=(270, 0))
    g.group("The style, saved", encoded, kept)
    g.group("Network", model)
    stylized = g.stylize(5, 0, image=photo, style=kept)
    g.group("Result", stylized, g.save(stylized, "saved_style", 6))
    return g


def step_by_step() -> Graph:
    """The steps one by one: strengths can be tried out without reading the photo again."""
    g = Graph("The steps one by one: strengths can be tried out without reading the photo again.")
    g.note(
        "The same as the one node, in its parts. What has not changed is not computed again: move **strength**, and "
        "only *Blend* and *Decode* run.\n\n"
        f"{OWN_PHOTO}\n\n"
        "Between *Encode* and *Decode* more can be done: several *Blend*, or *Masked Transfer*.",
        row=1,
    )
    photo = g.photo("chelsea", row=1)
    model = g.add("AdaINLoadModel", 3, 0, model="vgg19", size=(250, 0))
    g.group("Network", model)
    features = g.add("AdaINEncode", 4, 1, model=model, image=photo, size=(250, 0))
    style = g.style("Van Gogh: The Starry Night", 4, 2)
    g.group("Style", style)
    blended = g.add("AdaINBlend", 5, 1, features=features, style=style, strength=0.9, size=(250, 0))
    g.group("Encode and blend", features, blended)
    decoded = g.add("AdaINDecode", 6, 0, model=model, features=blended, size=(250, 0))
    g.group("Decode", decoded, g.save(decoded, "step_by_step", 7, 1))
    return g


def film() -> Graph:
    """A film, from file to file."""
    g = Graph("A film of any length, steadily painted, with its sound.")
    g.note(
        "Paints a film a few frames at a time: an hour needs no more memory than a minute. Sound and times stay.\n\n"
        "**Your film:** choose it in *Load Video* (purple), then press Ctrl+B on that node. Until then the example is "
        "used.\n\n"
        "**steady** against flicker, **follow** for strokes that move along. **area:** only the subject, or only the "
        "background."
    )
    load = g.add("LoadVideo", 1, 0, file="", bypassed=True, size=(250, 330))
    clip = g.add("AdaINExampleClip", 2, 0, video=load, size=(250, 0))
    g.group("Your film", load, clip)
    model = g.add("AdaINLoadModel", 2, 1, model="lite", size=(250, 0))
    g.group("A small, fast network", model)
    painted = g.add(
        "AdaINStylizeVideo",
        3,
        0,
        size=(360, 640),
        video=clip,
        model=model,
        style_name="Van Gogh: Wheat Field with Cypresses",
        strength=1.0,
        color="style",
    )
    save = g.add(
        "SaveVideo", 4, 0, video=painted, filename_prefix="adain/film", format="auto", codec="auto", size=(400, 400)
    )
    g.group("Result", painted, save)
    return g


WORKFLOWS: dict[str, Callable[[], Graph]] = {
    "01 My photo in the style of my picture": my_photo_my_picture,
    "02 A photo in the style of a famous painting": one_node,
    "03 Two styles mixed": two_styles_mixed,
    "04 Two styles by masks": two_styles_by_masks,
    "05 Only the subject is painted": subject_only,
    "06 The photo keeps its colours": colors_kept,
    "07 A film is painted": film,
    "08 One photo in many styles": every_style,
    "09 A style is saved and used": saved_style,
    "10 The steps one by one": step_by_step,
}
"""By the names that the template browser shows, in this order."""


def subject_blueprint() -> Graph:
    """One node that paints only the subject."""
    g = Graph("Paints who or what stands out in a picture; the rest stays as it is.")
    photo = g.add("AdaINExamplePhoto", 0, 0, photo="astronaut")
    mask = g.add("AdaINSubjectMask", 1, 1, image=photo, size=(250, 0))
    stylized = g.stylize(2, 0, image=photo, mask=mask, style_name="Munch: The Scream")
    g.add("PreviewImage", 3, 0, images=stylized)
    g.shown = [(stylized[0], name) for name in ("style_name", "strength", "color")]
    return g


def film_blueprint() -> Graph:
    """One node that paints a film with the fast network."""
    g = Graph("Paints a film of any length with the small, fast network, in little memory; its sound stays.")
    clip = g.add("AdaINExampleClip", 0, 0)
    model = g.add("AdaINLoadModel", 1, 1, model="lite", size=(250, 0))
    painted = g.add(
        "AdaINStylizeVideo",
        2,
        0,
        size=(280, 0),
        video=clip,
        model=model,
        style_name="Van Gogh: The Starry Night",
        strength=1.0,
    )
    g.add("SaveVideo", 3, 0, video=painted, filename_prefix="x", format="auto", codec="auto")
    g.shown = [(painted[0], name) for name in ("style_name", "strength", "area", "steady", "follow")]
    return g


def masks_blueprint() -> Graph:
    """One node that paints what a mask reaches in one style, and the rest in another."""
    g = Graph("Paints what is white in a mask in one style, and what is black in another.")
    photo = g.add("AdaINExamplePhoto", 0, 0, photo="astronaut")
    mask = g.add("SolidMask", 0, 1, value=1.0, width=64, height=64)
    model = g.add("AdaINLoadModel", 1, 0, model="vgg19", size=(250, 0))
    features = g.add("AdaINEncode", 2, 1, model=model, image=photo, size=(250, 0))
    outside = g.add("InvertMask", 2, 2, mask=mask, size=(250, 0))
    white, black = (g.style(name, 2, row) for row, name in ((3, "Munch: The Scream"), (4, "Van Gogh: Irises")))
    painted = g.add(
        "AdaINMaskedTransfer",
        3,
        1,
        size=(270, 0),
        features=features,
        style_1=white,
        mask_1=mask,
        style_2=black,
        mask_2=outside,
        regions="2",
        regions__strength_1=1.0,
        regions__strength_2=1.0,
        strength=1.0,
        feather=4.0,
    )
    decoded = g.add("AdaINDecode", 4, 0, model=model, features=painted, size=(250, 0))
    g.add("PreviewImage", 5, 0, images=decoded)
    g.shown = [(white[0], "style"), (black[0], "style"), (painted[0], "strength"), (painted[0], "feather")]
    return g


BLUEPRINTS: dict[str, Callable[[], Graph]] = {
    "AdaIN Film": film_blueprint,
    "AdaIN Subject Only": subject_blueprint,
    "AdaIN Two Styles by Mask": masks_blueprint,
}
"""Subgraphs that are found among the nodes; first and last nodes only say what they are connected to."""

OUTER = ("AdaINExamplePhoto", "AdaINExampleClip", "SolidMask", "PreviewImage", "SaveVideo")
