"""Where pixels come from and go to, tile by tile."""
