"""`python -m adain_core` is the command `adain`, where the folder of its script is not on the path."""

from .cli import main

main()
