"""Which files are pictures, and as which results are written: by suffix. Needs neither torch nor Pillow."""

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".jp2", ".avif")
"""What counts as a picture in a folder."""

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF"}
"""What results are written as; a content of another format becomes a PNG."""
