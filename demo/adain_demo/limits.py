"""What one request may ask for: every number the page, the API and the server refuse above."""

from __future__ import annotations

from dataclasses import dataclass

from adain_core.errors import AdaINError


@dataclass(frozen=True)
class Limits:
    """The caps of one running app.

    Attributes:
        upload_bytes: size of one uploaded file.
        photo_pixels: pixels of an uploaded picture; more are refused from the file's header, before it is decoded.
        side: largest shorter side of a result, in pixels.
        result_pixels: largest result, in pixels.
        stroke: largest shorter side that style pictures are reduced to, in pixels.
        style_pixels: largest style picture after that, in pixels: it is encoded in one piece.
        refine: most steps of refinement.
        texture: most texture in these.
        styles: most styles in one result.
        mask_bytes: length of one painted mask as the page sends it.
        video_seconds: longest clip.
        video_frames: most frames of a clip.
        video_side: shorter side that clips are reduced to, in pixels.
        waiting: requests that may wait in the queue; more are told to come back.
        keep_seconds: how long files of users are kept.
        cache_bytes: memory for opened pictures, and as much for encoded ones.
    """

    upload_bytes: int = 20 * 2**20
    photo_pixels: int = 50_000_000
    side: int = 1536
    result_pixels: int = 6_000_000
    stroke: int = 1024
    style_pixels: int = 4_000_000
    refine: int = 4
    texture: float = 3.0
    styles: int = 4
    mask_bytes: int = 2 * 2**20
    video_seconds: float = 10.0
    video_frames: int = 300
    video_side: int = 360
    waiting: int = 64
    keep_seconds: int = 3600
    cache_bytes: int = 256 * 2**20

    def check_result(self, height: int, width: int) -> None:
        """Refuse a result that is too large.

        Raises:
            AdaINError: more than `side` or `result_pixels`.
        """
        shorter = min(height, width)
        if shorter > self.side or height * width > self.result_pixels:
            raise AdaINError(
                f"The result would have {width} x {height} pixels. This page draws up to {self.side} on the shorter"
                f" side and {self.result_pixels / 1e6:.0f} megapixels: choose a smaller size. The adain command has"
                " no such limit."
            )
