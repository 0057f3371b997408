"""What can go wrong, in words: every message says what was wrong, the actual value and what to do."""


class AdaINError(ValueError):
    """Input that cannot be used: the base of all errors this library raises on purpose."""


class ImageError(AdaINError):
    """A picture or mask that cannot be read, or is no picture."""


class StyleError(AdaINError):
    """A style that does not exist, cannot be read, or belongs to another encoder."""


class WeightsError(AdaINError):
    """Weights that are missing, damaged, of another architecture, or do not belong together."""


def counted(number: int, noun: str) -> str:
    """ "1 frame", "2 frames"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
