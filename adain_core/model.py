"""AdaIN: the encoder and decoder that belong together, and what one does with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

import numpy as np
import torch
from torch import Tensor
from typing_extensions import Unpack

from .engine.content import Content
from .engine.grain import amount
from .engine.networks import Networks
from .engine.regions import Regions
from .engine.transfer import Progress
from .errors import AdaINError, ImageError, StyleError
from .networks.architectures import AnyDecoder, Encoder
from .networks.vgg import encoder_id
from .options import STYLE_SIZE, Grain, Kept, Options, check_grain, check_side
from .pictures.masks import fit
from .pictures.picture import Picture
from .pictures.reading import PictureSource, open_picture
from .pictures.writing import TileWriter
from .request import StyleArgument, StyleLike, StylizeOptions, open_style, plan, tiles
from .styles.style import Style
from .subject.find import find_subject
from .subject.masks import region_masks
from .system.device import pick_device, pick_dtype
from .system.precision import own_formats
from .tiles.grid import Grid, PixelSource
from .tiles.sinks import ArraySink, TensorSink
from .tiles.sources import TensorSource
from .weights.catalog import encoder_name
from .weights.find import resolve_model
from .weights.metadata import read_metadata
from .weights.network_files import check_pair, load_decoder, load_encoder

if TYPE_CHECKING:
    from PIL import Image


class AdaIN:
    """An encoder, the decoder trained for it, and a device to run them on.

    Attributes:
        encoder: VGG-19 to relu4_1, or the small network's.
        decoder: its mirror.
        encoder_id: names the encoder's weights; styles of another one are refused.
        info: the decoder's metadata (licence, origin, recipe ...).
        device: where it computes.
        dtype: in which format; statistics are float32 or better in any case.

    Examples:
        >>> import torch
        >>> from adain_core import AdaIN
        >>> model = AdaIN.from_pretrained("lite", device="cpu")
        >>> photo = torch.rand(3, 48, 64)
        >>> model.stylize(photo, "scream", alpha=0.8).shape
        torch.Size([3, 48, 64])
    """

    def __init__(
        self,
        encoder: Encoder,
        decoder: AnyDecoder,
        *,
        info: dict[str, str] | None = None,
        device: str | torch.device = "auto",
        dtype: str | torch.dtype = "auto",
    ) -> None:
        self.encoder_id = encoder_id(encoder.state_dict())
        self.info = info or {}
        check_pair(self.encoder_id, self.info)
        self.device = pick_device(device)
        self.dtype = pick_dtype(dtype, self.device)
        self.encoder = encoder.eval().requires_grad_(False).to(self.device, self.dtype)
        self.decoder = decoder.eval().requires_grad_(False).to(self.device, self.dtype)
        for net in (self.encoder, self.decoder):
            net.to(memory_format=torch.channels_last)

    @classmethod
    def from_pretrained(
        cls, name: str | Path = "vgg19", *, device: str | torch.device = "auto", dtype: str | torch.dtype = "auto"
    ) -> AdaIN:
        """Load a model: the bundled one, your own, or one from the Hub.

        Args:
            name: "vgg19" or "lite" (bundled), a decoder file made by `training/`, a folder that holds one, or a Hub
                id ("user/repo", "user/repo@revision").
            device: "auto", "cpu", "cuda", "cuda:1", "mps" ...
            dtype: "auto", "float32", "float16" or "bfloat16".

        Raises:
            WeightsError: not found, damaged, of another architecture, or a decoder of another encoder.
        """
        encoder, decoder = resolve_model(name)
        return cls(
            load_encoder(encoder), load_decoder(decoder), info=read_metadata(decoder), device=device, dtype=dtype
        )

    @property
    def networks(self) -> Networks:
        """Both networks, as the engine takes them."""
        return Networks(self.encoder, self.decoder, self.device, self.dtype)

    @property
    def halo(self) -> int:
        """Cells around a tile that its pixels depend on, there and back."""
        return self.networks.halo

    # no_grad, not inference_mode: what comes out may be used in training.
    @torch.no_grad()
    @own_formats()
    def encode(self, x: Tensor) -> Tensor:
        """Features (relu4_1, or both levels of the small network), in the model's dtype and on its device.

        Args:
            x: (B, 3, H, W) RGB in [0, 1], any size from 1x1; padded by reflection to whole cells of 8 px.

        Returns:
            (B, 512, ceil(H/8), ceil(W/8)) for both networks, at least 2 cells each way.
        """
        source = TensorSource(x)
        grid = Grid(source.height, source.width, tile=max(source.height, source.width))
        return Content(self.networks, source, grid).features.encode(grid.whole)

    @torch.no_grad()
    @own_formats()
    def decode(self, f: Tensor) -> Tensor:
        """Features to pictures.

        Args:
            f: (B, 512, h, w).

        Returns:
            (B, 3, 8h, 8w) float32 RGB in [0, 1]; crop to the content's size if that was no multiple of 8.
        """
        return self.decoder(self.networks.place(f)).float().clamp_(0, 1)

    @torch.no_grad()
    @own_formats()
    def encode_content(
        self,
        content: PictureSource | Picture | Tensor,
        *,
        size: int | None = None,
        tile: int | Literal["auto"] | None = "auto",
        grain: Grain = Options.grain,
    ) -> Content:
        """Read a content once, to be painted many times: :meth:`stylize` takes what comes out in place of the picture.

        Its features are kept while they take no more than an eighth of the free memory (else they are encoded again
        for each painting), its statistics always: another strength, style or blend costs one decode.

        Args:
            content: as for :meth:`stylize`; a tensor must not change afterwards.
            size: shorter side to resize a picture to, in pixels; None keeps its size.
            tile: edge of the tiles it is encoded in, as for :meth:`stylize`.
            grain: with which grain it will be painted, as for :meth:`stylize`; another one encodes it anew.

        Raises:
            AdaINError: what was wrong with the input, its value and what to do.

        Examples:
            >>> import torch
            >>> from adain_core import AdaIN
            >>> model = AdaIN.from_pretrained("lite", device="cpu")
            >>> content = model.encode_content(torch.rand(3, 48, 64))
            >>> [model.stylize(content, "scream", alpha=alpha).shape[-1] for alpha in (0.3, 0.6, 1.0)]
            [64, 64, 64]
        """
        source = self._read(content, size)
        check_grain(grain)
        cells, as_array = tiles(self, source, tile), isinstance(content, np.ndarray)
        encoded = Content(self.networks, source, cells, as_array, amount(grain, self.networks))
        encoded.measure()
        return encoded

    def encode_style(
        self,
        picture: PictureSource,
        *,
        mask: PictureSource | None = None,
        size: int | None = STYLE_SIZE,
        name: str = "",
        texture: bool = False,
    ) -> Style:
        """The style of a picture, or of a part of it.

        Args:
            picture: file, bytes, PIL image, array, or tensor (3, H, W).
            mask: white where the style is to be taken from, of any size; or "subject" or "background", which are found.
            size: shorter side the picture is reduced to (never enlarged); None keeps its own
                size. It sets the scale of the strokes.
            name: what to call it; the file's name when missing.
            texture: take the statistics of the layers before relu4_1, too: for the ``texture`` of :meth:`stylize`.

        Raises:
            ImageError: unreadable picture or mask, or a mask without white.
            StyleError: texture asked of another network than the paper's.

        Examples:
            >>> import torch
            >>> from adain_core import AdaIN
            >>> model = AdaIN.from_pretrained("lite", device="cpu")
            >>> style = model.encode_style(torch.rand(3, 64, 64), name="noise")
            >>> style.name, style.mean.shape, style.std.shape
            ('noise', torch.Size([512]), torch.Size([512]))
        """
        opened = open_style(picture, size)
        region = None
        if mask is not None:
            [region] = region_masks(mask, lambda: find_subject(opened, self.device))
            if not bool(region.any()):  # of a word: a drawn one without white is refused where it is opened
                raise ImageError(f"there is no {mask!s} in {opened.name or 'the picture'}: give a mask, white inside")
        return self.style_of(opened, region, name or opened.name, texture)

    @torch.no_grad()
    @own_formats()
    def style_of(
        self, pixels: Tensor | PixelSource, mask: Tensor | None = None, name: str = "", texture: bool = False
    ) -> Style:
        """The style of pixels, within a mask (h, w) if given.

        Args:
            pixels: a picture of which something is visible, or a tensor (B, 3, H, W) in [0, 1].
            mask: where, in [0, 1].
            name: what to call it.
            texture: take the statistics of the layers before relu4_1, too.

        Returns:
            One style, or for a batch one a picture.
        """
        source = TensorSource(pixels) if isinstance(pixels, Tensor) else pixels
        grid = Grid(source.height, source.width, tile=max(source.height, source.width))
        regions = None if mask is None else Regions([[fit(mask, source.height, source.width)]], False, grid)
        found = Content(self.networks, source, grid).measure(regions, texture)
        style = found.whole if regions is None else found.parts[0]
        return replace(style, encoder=self.encoder_id, name=name)

    def style(self, ref: StyleLike, *, size: int | None = STYLE_SIZE, texture: bool = False) -> Style:
        """Anything that names a style: a :class:`Style`, a built-in name, a style file, or a picture.

        Size and texture are for pictures, as for :meth:`encode_style`.

        Raises:
            StyleError: unknown name (near ones are suggested) or a style of another encoder.
            ImageError: an unreadable picture.
        """
        stored = self.stored_style(ref)
        return self.encode_style(ref, size=size, texture=texture) if stored is None else stored  # type: ignore[arg-type]

    def stored_style(self, ref: StyleLike) -> Style | None:
        """The :class:`Style` that `ref` is or names; None if `ref` is a picture."""
        if isinstance(ref, str | Path):
            path = Path(ref)
            if path.suffix.lower() == ".safetensors":
                ref = Style.load(path)
            elif not path.suffix and not path.is_file():  # a folder is no style, whatever its name
                from .styles.builtin import find_builtin

                ref = find_builtin(str(ref), self.encoder_id)
        if not isinstance(ref, Style):
            return None
        if ref.encoder and ref.encoder != self.encoder_id:
            from .styles.builtin import read_by

            ref = read_by(ref, self.encoder_id)
        if ref.encoder and ref.encoder != self.encoder_id:
            raise StyleError(
                f"style {ref.name!r} was made with encoder {encoder_name(ref.encoder)}, this model's is "
                f"{encoder_name(self.encoder_id)}: encode its picture with this model"
            )
        return ref.to(self.device)

    @overload
    def stylize(
        self,
        content: Tensor,
        style: StyleArgument,
        *,
        size: None = None,
        progress: Progress | None = None,
        **options: Unpack[StylizeOptions],
    ) -> Tensor: ...
    @overload
    def stylize(
        self,
        content: np.ndarray,
        style: StyleArgument,
        *,
        size: int | None = None,
        progress: Progress | None = None,
        **options: Unpack[StylizeOptions],
    ) -> np.ndarray: ...
    @overload
    def stylize(
        self,
        content: str | Path | bytes | Image.Image | Picture,
        style: StyleArgument,
        *,
        size: int | None = None,
        progress: Progress | None = None,
        **options: Unpack[StylizeOptions],
    ) -> Image.Image: ...
    @overload
    def stylize(
        self,
        content: Content,
        style: StyleArgument,
        *,
        size: None = None,
        progress: Progress | None = None,
        **options: Unpack[StylizeOptions],
    ) -> Tensor | np.ndarray | Image.Image: ...

    @torch.no_grad()
    @own_formats()
    def stylize(
        self,
        content: PictureSource | Picture | Content,
        style: StyleArgument,
        *,
        size: int | None = None,
        progress: Progress | None = None,
        **options: Unpack[StylizeOptions],
    ) -> Tensor | np.ndarray | Image.Image:
        """Repaint a picture in a style.

        Args:
            content: picture file, bytes, PIL image, array, or a tensor (3, H, W) or (B, 3, H, W); or one of these that
                :meth:`encode_content` has read before.
            style: one style (a :class:`Style`, built-in name, style file or picture); or several to blend, as
                (style, weight) pairs; or one a region, as :class:`Region` list. Regions may overlap.
            alpha: strength, 0 (content, as the decoder draws it) to 1 (style); above 1 exaggerates.
            color: None for the style's colours. "cholesky", "eigen", "monge-kantorovich" give the style the
                content's colours before the transfer (Gatys et al. 2016, arXiv 1606.05897); where a style is known
                by its statistics only, the result gets them after. "luminance" keeps the content's I and Q of YIQ;
                "luminance-matched" also gives the style the content's mean and spread of brightness.
            size: shorter side to resize the content to, in pixels; None keeps its size.
            style_size: shorter side that style pictures are reduced to, in pixels: the scale of the strokes.
            tile: edge of a tile in pixels, "auto" (by free memory), or None for the picture in one piece. The result
                is the same.
            grain: smooth noise that flat places take before they are encoded, so that strokes come there: "auto" where
                a picture is truly flat (a drawing, not a photo), a number up to 1 wherever it is smooth, 0 nowhere.
            feather: softness of mask edges: standard deviation in pixels of the picture.
            background: style for what no mask reaches; None keeps the content's pixels there.
            refine: steps by which the picture is brought closer to what AdaIN asks for, each about three times
                the work of painting it: more strokes, sharper detail. 2 is a good choice; vgg19 only.
            texture: how much these steps also bring the style's finer texture (statistics of relu1_1, relu2_1 and
                relu3_1) into the picture. 1 with 3 steps is a good choice. Styles saved without texture are refused.
            keep: how much these steps also keep the content's structure, by bringing relu3_1 to AdaIN of the content's
                own. 1 with 3 steps and texture 1 is a good choice. Styles saved without texture are refused.
            progress: called with (tiles done, tiles in all); raise from it to cancel.

        Returns:
            A picture of the content's size (or of `size`): a tensor (B, 3, H, W) or (3, H, W) float32 in [0, 1] on the
            content's device for a tensor, an array (H, W, 3 or 4) of the content's dtype (float32 for any floats) for
            an array, else a PIL image with the content's transparency and ICC profile.

        Raises:
            AdaINError: what was wrong with the input, its value and what to do.

        Examples:
            >>> import numpy as np
            >>> from adain_core import AdaIN, Region
            >>> model = AdaIN.from_pretrained("lite", device="cpu")
            >>> photo = np.zeros((48, 64, 3), np.uint8)
            >>> model.stylize(photo, "scream").shape
            (48, 64, 3)
            >>> blended = model.stylize(photo, [("scream", 0.3), ("irises", 0.7)], color="luminance")
            >>> upper = np.vstack([np.ones((24, 64)), np.zeros((24, 64))])
            >>> half = model.stylize(photo, [Region("scream", upper)])
            >>> int(half[40:].max())  # what no mask covers stays as it is
            0
        """
        if isinstance(content, Content):
            self._check_content(content, size)
        what = content if isinstance(content, Content) else self._read(content, size)
        transfer = plan(self, what, style, Options(**options), progress)
        source = transfer.source
        if isinstance(source, TensorSource):
            tensors = TensorSink(source.tensor)
            transfer.run(tensors)
            return tensors.result
        assert isinstance(source, Picture)
        arrays = ArraySink(source)
        transfer.run(arrays)
        as_array = content.as_array if isinstance(content, Content) else isinstance(content, np.ndarray)
        return arrays.result.to_array() if as_array else arrays.result.to_pil()

    @torch.no_grad()
    @own_formats()
    def stylize_to_file(
        self,
        content: PictureSource | Picture,
        style: StyleArgument,
        path: str | Path,
        *,
        size: int | None = None,
        quality: int = 95,
        metadata: Kept = "no-gps",
        progress: Progress | None = None,
        **options: Unpack[StylizeOptions],
    ) -> Path:
        """:meth:`stylize` straight into a file, written whole or not at all.

        A TIFF is written tile by tile as it is computed: neither the picture nor the result need fit in memory (an
        uncompressed TIFF is read tile by tile too). 16-bit pictures stay 16-bit where the format allows.

        Args:
            content: picture file, bytes, PIL image, array or tensor (3, H, W).
            style: as for :meth:`stylize`.
            path: where to write; its suffix chooses the format. A file of that name is replaced, even the content.
            size: shorter side to resize the content to.
            quality: of JPEG and WebP, 1..100.
            metadata: what of the content's EXIF, XMP and resolution goes into the file: "none", "no-gps" (all but the
                place) or "all".
            progress: as for :meth:`stylize`.
            **options: as for :meth:`stylize`.

        Returns:
            The path.
        """
        picture = self._content(content, size)
        transfer = plan(self, picture, style, Options(**options), progress)
        with TileWriter(
            path, picture.height, picture.width, like=picture, quality=quality, metadata=metadata
        ) as writer:
            transfer.run(writer)
        return Path(path)

    def _check_content(self, content: Content, size: int | None) -> None:
        """Refuse what :meth:`encode_content` of another model read, and a size that comes too late."""
        if content.networks.encoder is not self.encoder:
            raise AdaINError("the content was read by another model: encode it with this one (encode_content)")
        if size is not None:
            raise AdaINError(f"size is {size}, but the content was read before: give the size to encode_content")

    def _read(self, content: PictureSource | Picture, size: int | None) -> TensorSource | Picture:
        """The pixels of what is to be painted."""
        if not isinstance(content, Tensor):
            return self._content(content, size)
        if size is not None:
            raise AdaINError("size is for pictures: resize the tensor before")
        return TensorSource(content)

    @staticmethod
    def _content(content: PictureSource | Picture, size: int | None) -> Picture:
        picture = open_picture(content)
        return picture if size is None else picture.resized(check_side(size, "size"))
