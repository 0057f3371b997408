"""How long a user waits before anything happens: imports, `adain --help`, the first picture.

python -m benchmarks.startup
"""

from __future__ import annotations

import subprocess
import sys
from functools import partial

from benchmarks.machine import median_seconds, print_table

CALLS = {
    "import torch": "import torch",
    "import adain_core": "import adain_core",
    "from adain_core import AdaIN": "from adain_core import AdaIN",
    "adain --help": "import sys; sys.argv = ['adain', '--help']; from adain_core.cli import main; main()",
    "AdaIN.from_pretrained()": "from adain_core import AdaIN; AdaIN.from_pretrained()",
    "adain stylize examples/chelsea.jpg": (
        "from adain_core import AdaIN; AdaIN.from_pretrained().stylize('examples/chelsea.jpg', 'starry-night')"
    ),
}


def main() -> None:
    def run(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)

    seconds = median_seconds({name: partial(run, code) for name, code in CALLS.items()}, rounds=3)
    print_table("Start-up, whole process", [{"": name, "seconds": t} for name, t in seconds.items()])


if __name__ == "__main__":
    main()
