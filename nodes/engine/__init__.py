"""From ComfyUI's batches to `adain_core` and back: frames, lazy features, chunks and tiles. Needs torch only."""
