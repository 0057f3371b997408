"""Golden results: recorded anew, or compared between two versions of the code. `__init__` says how."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

sys.path[0] = str(Path(__file__).resolve().parents[1])  # the names in this folder are other packages' names, too

from golden import inputs, store  # noqa: E402
from golden.compute import CALLERS, ROOT, Computed, compute, read  # noqa: E402


def make_inputs() -> None:
    """Cut the crops out of the examples, once: another JPEG decoder may give others."""
    crops = {}
    for name, (example, top, left, height, width) in inputs.CROPS.items():
        pixels = np.asarray(Image.open(ROOT / "examples" / f"{example}.jpg").convert("RGB"))
        crops[name] = torch.from_numpy(pixels[top : top + height, left : left + width].copy())
    save_file(crops, inputs.FILE)


def distances(caller: str, now: Computed) -> dict[str, str]:
    """How far results are from the stored ones, as shares of full scale."""
    golden, told = store.load(caller), {}
    for name in golden.keys() | now.results.keys():
        x, wanted = now.results.get(name), golden.get(name)
        if x is None or wanted is None:
            told[name] = "is not stored" if wanted is None else "is stored only"
        elif tuple(x.shape) != wanted.shape:
            told[name] = f"{wanted.shape} became {tuple(x.shape)}"
        else:
            off = wanted.off(x)
            shares = "  ".join(f"{share:.1%} {off.quantile(share):.1e}" for share in (0.99, 0.999))
            told[name] = f"max {off.max():.1e}  {shares}  mean {off.mean():.1e}"
    return told


def differences(before: Computed, now: Computed) -> dict[str, str]:
    """The largest difference of each exact result; "0" where all bits are equal."""
    told = {}
    for name in before.results.keys() | now.results.keys():
        a, b = before.results.get(name), now.results.get(name)
        if a is None or b is None:
            told[name] = "is new" if a is None else "is gone"
        elif a.shape != b.shape or a.dtype != b.dtype:
            told[name] = f"{a.dtype} {tuple(a.shape)} became {b.dtype} {tuple(b.shape)}"
        else:
            told[name] = "0" if torch.equal(a, b) else f"{float((a.double() - b.double()).abs().max()):.3g}"
    return told


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="say how far results are from the stored ones")
    what.add_argument("--record", type=Path, metavar="FOLDER", help="write exact results there")
    what.add_argument("--compare", type=Path, metavar="FOLDER", help="compare with exact results there, bit by bit")
    parser.add_argument(
        "--code", type=Path, default=ROOT, metavar="FOLDER", help="checkout to run; this one by default"
    )
    parser.add_argument("--threads", type=int, default=1, help="of torch: sums may be taken in another order")
    parser.add_argument("callers", nargs="*", metavar="CALLER", help=f"of {', '.join(CALLERS)}; all by default")
    given = parser.parse_args()
    if unknown := set(given.callers) - set(CALLERS):
        parser.error(f"no caller is named {', '.join(sorted(unknown))}: give some of {', '.join(CALLERS)}")
    return given


def main() -> int:
    """The command: 1 if a case failed, or if exact results differ."""
    given = arguments()
    if not inputs.FILE.exists():
        make_inputs()
    fine = True
    for caller in given.callers or CALLERS:
        with tempfile.TemporaryDirectory() as folder:
            file = (given.record or Path(folder)) / f"{caller}.safetensors"
            file.parent.mkdir(parents=True, exist_ok=True)
            now = compute(caller, file, given.code, given.threads)
        told = dict.fromkeys(now.results, "")
        if given.compare:
            told = differences(read(given.compare / f"{caller}.safetensors"), now)
            fine &= set(told.values()) <= {"0"}
        elif given.check:
            told = distances(caller, now)
        elif not given.record and not now.failures:
            store.save(caller, now.results)
        for name in sorted(told):
            print(f"{caller:8} {name:45} {told[name]}".rstrip())
        for name, failure in now.failures.items():
            print(f"{caller:8} {name:45} FAILED\n{failure}")
        fine &= not now.failures
        sys.stdout.flush()
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
