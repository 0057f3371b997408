"""Keeping the content's colours: histogram matching of the style before transfer, or transfer of the luminance alone.

Both ways are those of Gatys et al. 2016, "Preserving Color in Neural Artistic Style Transfer" (arXiv 1606.05897).
Matching is one linear map of RGB, so a picture contributes only its mean colour and its 3x3 covariance, divided by
the number of pixels: pictures of different sizes go together.
"""

from collections.abc import Sequence
from typing import Literal, get_args

import torch
from torch import Tensor

from ..errors import AdaINError

HistogramMethod = Literal["cholesky", "eigen", "monge-kantorovich"]

HISTOGRAM_METHODS: tuple[HistogramMethod, ...] = get_args(HistogramMethod)

ColorMap = tuple[Tensor, Tensor]
"""Matrix (3, 3) and offset (3,): ``matrix @ rgb + offset`` for each pixel, float64 on the CPU."""

NOISE = 1 / 255
"""Spread (std) up to which a direction of colour is rounding noise, one step of an 8-bit picture: never amplified.

Of 1,050 paintings and photos (at 256 px), 4 varied by less in their least varied direction: grey ones, lithographs.
"""

TRUSTED = 1.5 * NOISE
"""Spread from which a direction of colour is matched in full (all but 25 of those pictures in all three directions).

Between the two the map goes over without a jump.
"""

STRIP_PIXELS = 1 << 18
"""Pixels turned to float64 at a time."""

# NTSC. The rows of I and Q sum to 0, so a change of Y alone adds the same number to R, G and B.
YIQ = ((0.299, 0.587, 0.114), (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112))


class ColorMoments:
    """Mean colour and covariance of RGB, gathered piece by piece in float64.

    Pieces may be tiles of one picture: the result does not depend on how it was cut.
    """

    def __init__(self) -> None:
        self._total = 0.0  # sum of weights
        self._sum = torch.zeros(3, dtype=torch.float64, device="cpu")
        self._sum2 = torch.zeros(3, 3, dtype=torch.float64, device="cpu")

    @classmethod
    def of(cls, x: Tensor, weights: Tensor | None = None) -> "ColorMoments":
        """The moments of one picture (1, 3, H, W), or of the pictures of a batch together."""
        moments = cls()
        moments.add(x, weights)
        return moments

    def add(self, x: Tensor, weights: Tensor | None = None) -> None:
        """Add the pixels of a piece.

        Args:
            x: (B, 3, H, W) float RGB in [0, 1]; a batch counts as one large picture.
            weights: (H, W) non-negative weight of each pixel; 1 when missing.

        Raises:
            AdaINError: a wrong shape or type, NaN, or a negative weight.
        """
        check_picture(x, "the picture")
        if weights is not None and weights.shape != x.shape[2:]:
            raise AdaINError(
                f"pixel weights of shape {tuple(weights.shape)} for a picture of {tuple(x.shape[2:])}: "
                "give (H, W), one for each pixel"
            )
        if weights is not None and not bool((weights >= 0).all()):
            raise AdaINError(f"the least pixel weight is {float(weights.min())}: give numbers of 0 and above")
        rows = max(1, STRIP_PIXELS // x.shape[3])
        masks = [None] * -(-x.shape[2] // rows) if weights is None else weights.detach().split(rows)
        for strip, mask in zip(x.detach().split(rows, 2), masks, strict=True):
            if strip.device.type == "mps":  # has no float64
                strip = strip.cpu()
            pixels = strip.double().transpose(0, 1).flatten(1)  # (3, B h w)
            weighted = pixels
            if mask is None:
                self._total += pixels.shape[1]
            else:
                w = mask.to(strip.device).double().flatten().repeat(x.shape[0])  # (B h w,)
                self._total += float(w.sum())
                weighted = pixels * w
            # Not in place: pieces may be added inside and outside of torch.inference_mode.
            self._sum = self._sum + weighted.sum(1).cpu()  # (3,)
            self._sum2 = self._sum2 + (weighted @ pixels.T).cpu()  # (3, 3)
        if not bool(self._sum2.isfinite().all()):
            raise AdaINError("the picture holds NaN or infinite values: it has no colour statistics")

    def numbers(self) -> Tensor:
        """Mean of 1, RGB and its products, (13,) float64: linear in the pixels, so that pictures can be averaged."""
        return torch.cat(
            [torch.ones(1, dtype=torch.float64, device="cpu"), self.mean, (self._sum2 / self._counted()).flatten()]
        )

    @classmethod
    def from_numbers(cls, numbers: Tensor) -> "ColorMoments":
        """The inverse of :meth:`numbers`, for a picture of one pixel's weight."""
        moments = cls()
        moments._total, moments._sum, moments._sum2 = float(numbers[0]), numbers[1:4], numbers[4:].view(3, 3)
        return moments

    @property
    def mean(self) -> Tensor:
        """(3,) mean colour, float64.

        Raises:
            AdaINError: nothing was added, or only pixels of weight 0.
        """
        return self._sum / self._counted()

    @property
    def cov(self) -> Tensor:
        """(3, 3) covariance, divided by the number of pixels (the sum of weights), float64.

        Raises:
            AdaINError: nothing was added, or only pixels of weight 0.
        """
        mean = self.mean
        return self._sum2 / self._counted() - torch.outer(mean, mean)

    @property
    def luminance(self) -> tuple[float, float]:
        """Mean and std of Y, which is linear in RGB: ``w . mean`` and ``sqrt(w . cov w)``."""
        w = _yiq()[0]
        return float(w @ self.mean), float((w @ self.cov @ w).clamp_min(0).sqrt())

    def _counted(self) -> float:
        if self._total <= 0:
            raise AdaINError("no pixel to take colour statistics of: the mask is empty")
        return self._total


def add_pictures(moments: Sequence[ColorMoments], x: Tensor, opacity: Tensor | None = None) -> None:
    """Add a window of each picture of a batch to that picture's moments.

    Args:
        moments: B of them.
        x: (B, 3, h, w) float RGB in [0, 1].
        opacity: (1 or B, h, w) in [0, 1], how far pixels are visible: what they weigh; all are when missing.
    """
    for number, (each, picture) in enumerate(zip(moments, x.split(1), strict=True)):
        each.add(picture, None if opacity is None else opacity[number % len(opacity)])


def histogram_map(source: ColorMoments, target: ColorMoments, method: HistogramMethod = "cholesky") -> ColorMap:
    """The linear map that gives the source's pixels the target's mean and covariance.

    ``A`` with ``A S A^T = T`` for covariances S (source) and T (target); the methods differ by a rotation:

    - ``cholesky``: ``A = L_T L_S^-1`` (Gatys et al. 2016; depends on the order R, G, B),
    - ``eigen``: ``A = T^1/2 S^-1/2``, symmetric roots (Gatys et al. 2016, there called Image Analogies),
    - ``monge-kantorovich``: ``A = S^-1/2 (S^1/2 T S^1/2)^1/2 S^-1/2``, the map that moves colours least
      (Pitie and Kokaram 2007, "The linear Monge-Kantorovitch linear colour mapping").

    Mean and covariance are the target's up to rounding if the source varies by more than ``TRUSTED`` in every
    direction of colour space, whatever the target (grey and flat ones too).

    No linear map gives spread to a direction in which the source has none (a flat picture, or all of chroma in a
    grey one), and what an 8-bit picture has there is rounding noise, so directions of a spread below ``NOISE`` are
    left out. Then the mean still is the target's, and so are the variance in every direction that the source does
    span and its covariance with all others. A grey source so takes, at each lightness, the colour which the target
    has there on average (the linear regression of colour on lightness). A flat source becomes the mean colour.

    Args:
        source: moments of the picture to change.
        target: moments of the picture whose colours to take.
        method: one of ``HISTOGRAM_METHODS``.

    Returns:
        Matrix (3, 3) and offset (3,), for :func:`apply_map`.

    Raises:
        AdaINError: unknown method, or moments of nothing.
    """
    if method not in HISTOGRAM_METHODS:
        raise AdaINError(f"no histogram method {method!r}: choose one of {', '.join(HISTOGRAM_METHODS)}")
    spread, axes = torch.linalg.eigh(source.cov)  # (3,), (3, 3) columns; ascending
    spread, axes = spread.flip(0), axes.flip(1)
    # Weight of "the k most varied directions count", k = 1, 2, 3: all on k = 3 for a colourful source, and
    # continuous, so that the frames of a video that fades to grey do not jump.
    trust = [*(_trust(v) for v in spread.clamp_min(0).sqrt().tolist()), 0.0]
    matrix = torch.zeros(3, 3, dtype=torch.float64, device="cpu")
    for k in (1, 2, 3):
        share = trust[k - 1] - trust[k]
        if share > 0:
            matrix += share * _map_of_span(source.cov, target.cov, axes[:, :k], method)
    return matrix, target.mean - matrix @ source.mean


def apply_map(x: Tensor, color_map: ColorMap) -> Tensor:
    """``matrix @ rgb + offset`` for each pixel, not clipped.

    Args:
        x: (B, 3, H, W) float RGB.
        color_map: from :func:`histogram_map`.

    Returns:
        (B, 3, H, W) in x's dtype, on its device; computed in float32 (float64 for float64 pictures).
    """
    check_picture(x, "the picture")
    y = _at_least_float32(x)
    matrix, offset = (part.to(y.dtype).to(y.device)[..., None, None] for part in color_map)
    # Three products rather than a matrix product, which TF32 would round to 3 digits on GPUs that are told to.
    out = matrix[:, 0] * y[:, 0:1] + matrix[:, 1] * y[:, 1:2] + matrix[:, 2] * y[:, 2:3] + offset  # (B, 3, H, W)
    return out.to(x.dtype)


def luminance(x: Tensor) -> Tensor:
    """Y of YIQ: (B, 3, H, W) RGB in [0, 1] to (B, 1, H, W) in [0, 1]."""
    check_picture(x, "the picture")
    y = _at_least_float32(x)
    r, g, b = YIQ[0]
    return (r * y[:, 0:1] + g * y[:, 1:2] + b * y[:, 2:3]).to(x.dtype)


def keep_color(stylized: Tensor, content: Tensor, *, luminance_map: tuple[float, float] | None = None) -> Tensor:
    """The luminance of the stylized picture with the colour of the content (Gatys et al. 2016).

    Y is the stylized picture's, I and Q are the content's. Since a change of Y alone adds the same number to R, G
    and B, that is the content plus the difference of the two luminances.

    Args:
        stylized: (B, 3, H, W) float RGB in [0, 1].
        content: (B or 1, 3, H, W), of the same size.
        luminance_map: scale and shift of the stylized luminance, from :func:`luminance_map`.

    Returns:
        (B, 3, H, W) in [0, 1], in the stylized picture's dtype; a pixel that had to be clipped has other I and Q.

    Raises:
        AdaINError: wrong shapes, or pictures of different sizes.
    """
    check_picture(stylized, "the stylized picture")
    check_picture(content, "the content")
    if stylized.shape[2:] != content.shape[2:] or content.shape[0] not in (1, stylized.shape[0]):
        raise AdaINError(
            f"a stylized picture of shape {tuple(stylized.shape)} and a content of {tuple(content.shape)}: "
            "resize one to the other"
        )
    scale, shift = luminance_map or (1.0, 0.0)
    base = _at_least_float32(content)
    change = luminance(_at_least_float32(stylized)) * scale + shift - luminance(base)  # (B, 1, H, W)
    return (base + change).clamp_(0, 1).to(stylized.dtype)


def luminance_map(source: ColorMoments, target: ColorMoments) -> tuple[float, float]:
    """Scale and shift that give the source's luminance the target's mean and std.

    ``L' = sigma_T / sigma_S (L - mu_S) + mu_T`` (Gatys et al. 2016). A source whose luminance varies by
    no more than ``NOISE`` is flat: it becomes the target's mean, its noise is not amplified.

    Returns:
        scale and shift: ``scale * L + shift``.

    Raises:
        AdaINError: moments of nothing.
    """
    (source_mean, source_std), (target_mean, target_std) = source.luminance, target.luminance
    trust = _trust(source_std)
    scale = trust * target_std / source_std if trust > 0 else 0.0
    return scale, target_mean - scale * source_mean


def match_luminance(style: Tensor, content: Tensor, clip: bool = True) -> Tensor:
    """The style picture in grey, with the luminance mean and std of the content (:func:`luminance_map`).

    Args:
        style: (B, 3, H, W) float RGB in [0, 1].
        content: (B or 1, 3, h, w), of any size.
        clip: clip to [0, 1]; without, mean and std are exact.

    Returns:
        (B, 3, H, W), three equal channels, in the style's dtype.

    Raises:
        AdaINError: wrong shapes.
    """
    grey = []
    for picture, target in _pairs(style, content):
        scale, shift = luminance_map(ColorMoments.of(picture), target)
        grey.append(luminance(_at_least_float32(picture)) * scale + shift)  # (1, 1, H, W)
    out = torch.cat(grey)
    return (out.clamp_(0, 1) if clip else out).to(style.dtype).repeat(1, 3, 1, 1)


def check_picture(x: Tensor, what: str) -> None:
    """Refuse anything but a non-empty (B, 3, H, W) tensor of floats.

    Raises:
        AdaINError: says what it is instead.
    """
    if not isinstance(x, Tensor) or x.ndim != 4 or x.shape[1] != 3 or x.numel() == 0:
        shape = tuple(x.shape) if isinstance(x, Tensor) else type(x).__name__
        raise AdaINError(f"{what} is {shape}: give a tensor (B, 3, H, W) of RGB, without alpha channel")
    if not x.is_floating_point():
        raise AdaINError(f"{what} is of type {x.dtype}: give floats in [0, 1]")


def _pairs(source: Tensor, target: Tensor) -> list[tuple[Tensor, ColorMoments]]:
    """Each source picture (1, 3, H, W) with the moments of its target."""
    check_picture(source, "the source")
    check_picture(target, "the target")
    if target.shape[0] not in (1, source.shape[0]):
        raise AdaINError(f"{source.shape[0]} source pictures and {target.shape[0]} targets: give one, or one for each")
    moments = [ColorMoments.of(t) for t in target.split(1)]
    return list(zip(source.split(1), moments * (source.shape[0] // len(moments)), strict=True))


def _trust(std: float) -> float:
    """0 for noise, 1 for spread, on a line between."""
    return min(max((std - NOISE) / (TRUSTED - NOISE), 0.0), 1.0)


def _map_of_span(source: Tensor, target: Tensor, axes: Tensor, method: HistogramMethod) -> Tensor:
    """The matrix (3, 3) for a source that counts only in the span of the axes (3, k), its first k eigenvectors."""
    if axes.shape[1] == 3:
        return _matching(source, target, method)
    s, t = axes.T @ source @ axes, axes.T @ target @ axes  # (k, k)
    # The target's colour as far as it follows from its component in the span: cov(colour, component) t^+.
    regression = target @ axes @ torch.linalg.pinv(t, rtol=1e-12, hermitian=True)  # (3, k)
    return regression @ _matching(s, t, method) @ axes.T


def _matching(s: Tensor, t: Tensor, method: HistogramMethod) -> Tensor:
    """A (k, k) with A s A^T = t, for s positive definite and t positive semidefinite."""
    if method == "cholesky":
        return torch.linalg.solve_triangular(torch.linalg.cholesky(s), _cholesky(t), upper=False, left=False)
    root = _root(s)
    if method == "eigen":
        return torch.linalg.solve(root, _root(t), left=False)
    inverse = torch.linalg.inv(root)
    return inverse @ _root(root @ t @ root) @ inverse


def _root(m: Tensor) -> Tensor:
    """Symmetric square root of a positive semidefinite matrix, (k, k)."""
    values, vectors = torch.linalg.eigh(m)
    return vectors * values.clamp_min(0).sqrt() @ vectors.T


def _cholesky(m: Tensor) -> Tensor:
    """Lower triangular L with L L^T = m for positive semidefinite m: exact without a ridge, unlike Cholesky's steps."""
    upper = torch.linalg.qr(_root(m)).R  # root^T root = R^T Q^T Q R
    return torch.where(upper.diagonal() < 0, -1.0, 1.0) * upper.T


def _yiq() -> Tensor:
    return torch.tensor(YIQ, dtype=torch.float64, device="cpu")  # (3, 3)


def _at_least_float32(x: Tensor) -> Tensor:
    return x if x.dtype in (torch.float32, torch.float64) else x.float()
