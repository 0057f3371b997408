"""A window that shows pictures and tells which keys were pressed."""

from __future__ import annotations

import os
from typing import Literal

import numpy as np

from ..errors import AdaINError

Key = Literal["next", "previous", "stronger", "weaker", "keep", "quit"]


class Window:
    """Shows pictures as large as fits, aspect kept.

    Args:
        title: what stands above.

    Raises:
        AdaINError: pygame-ce is missing, or there is no screen.
    """

    def __init__(self, title: str) -> None:
        os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
        try:
            import pygame
        except ImportError as e:
            raise AdaINError(f"a window needs pygame-ce ({e}): pip install 'adain-style-transfer[live]'") from e
        self._pygame, self._title = pygame, title
        try:
            pygame.display.init()
        except pygame.error as e:
            raise AdaINError(f"no screen to open a window on ({e}): write a video with --output instead") from e
        self._screen: pygame.Surface | None = None
        self._keys: dict[int, Key] = {
            pygame.K_RIGHT: "next", pygame.K_SPACE: "next", pygame.K_LEFT: "previous", pygame.K_UP: "stronger",
            pygame.K_DOWN: "weaker", pygame.K_s: "keep", pygame.K_q: "quit", pygame.K_ESCAPE: "quit",
        }  # fmt: skip

    def show(self, pixels: np.ndarray, caption: str = "") -> list[Key]:
        """Show a picture (H, W, 3) uint8.

        Returns:
            the keys pressed since the last one.
        """
        pygame = self._pygame
        height, width = pixels.shape[:2]
        if self._screen is None:
            self._screen = pygame.display.set_mode((width, height), pygame.RESIZABLE)
        pygame.display.set_caption(f"{self._title}  {caption}")
        surface = pygame.image.frombuffer(np.ascontiguousarray(pixels), (width, height), "RGB")
        wide, high = self._screen.get_size()
        scale = min(wide / width, high / height)
        fitted = max(1, round(width * scale)), max(1, round(height * scale))
        if fitted != (width, height):
            surface = pygame.transform.smoothscale(surface, fitted)
        self._screen.fill(0)
        self._screen.blit(surface, ((wide - fitted[0]) // 2, (high - fitted[1]) // 2))
        pygame.display.flip()
        found: list[Key] = []
        for event in pygame.event.get():
            if event.type == pygame.QUIT:
                found.append("quit")
            elif event.type == pygame.KEYDOWN and event.key in self._keys:
                found.append(self._keys[event.key])
        return found

    def close(self) -> None:
        """Close the window."""
        self._pygame.display.quit()
