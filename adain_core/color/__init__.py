"""Colour: histogram matching and luminance."""
