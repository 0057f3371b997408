"""The transfer itself: features, statistics, affine maps, refinement, decoding, on one batch of equal size."""
