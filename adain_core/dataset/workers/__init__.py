"""Who works: one worker and its batches; processes, the calling process, or a Ray cluster that run them."""
