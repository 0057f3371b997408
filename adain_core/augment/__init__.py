"""Style as an augmentation of training pictures: :class:`RandomStyle`, and what puts it into other libraries."""

from .random_style import RandomStyle

__all__ = ["RandomStyle"]
