"""The commands of `adain`, one file each, and what they share. Nothing heavy is imported before one runs."""
