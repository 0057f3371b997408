"""What surrounds the learning: a run's folder, its log, its checkpoints, and how it stops and goes on."""
