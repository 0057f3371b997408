"""Puts together the page that needs no server: python demo/make_browser_page.py OUT [--runtime FOLDER_OR_TGZ]

The folder can be put on any static host. It holds the page, the small network as two ONNX files, the built-in styles as
one file of numbers, the example photos, and what runs the network in a browser: onnxruntime-web, pinned by version and
hash, fetched by `npm pack` unless a copy is given.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT)]

import numpy as np  # noqa: E402
from adain_demo.catalogue import row_of  # noqa: E402

from adain_core import AdaIN, builtin_styles  # noqa: E402
from adain_core.errors import AdaINError  # noqa: E402
from adain_core.networks.vgg import STRIDE  # noqa: E402
from adain_core.onnx_export import check_onnx, export_onnx  # noqa: E402
from adain_core.options import STYLE_SIZE  # noqa: E402
from adain_core.styles.moments import EPS  # noqa: E402
from adain_core.styles.style import FORMAT  # noqa: E402
from adain_core.tiles.grid import MIN_SIDE  # noqa: E402

SITE = HERE / "browser" / "site"
RUNTIME = "onnxruntime-web@1.30.0"
RUNTIME_INTEGRITY = "sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
"""Of the package's archive, as npm publishes it."""

RUNTIME_FILES = {
    "ort.wasm.min.mjs": "219e6a1fc8a9938268d18efca3c91d310bd2f4a59bbd13744df5b2b7fc6cee3b",
    "ort-wasm-simd-threaded.mjs": "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b",
    "ort-wasm-simd-threaded.wasm": "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
    "ort.webgpu.min.mjs": "3dffff71811bc13a3a3d9591c57ca5ee5735b8f5f3eaf789510b02bb040ae3a0",
    "ort-wasm-simd-threaded.asyncify.mjs": "3d1c85995364bb643302fc6fd877a0c3ba5ae72401815e0f24828a53d9191e28",
    "ort-wasm-simd-threaded.asyncify.wasm": "39f9f0894d478800487ed9f7dbe92618498db320cf55c8e3d89adff8dce658da",
}
"""SHA-256 of each."""

ON_DEMAND = ("webgpu", "asyncify")
"""Parts of the names of what only a machine with WebGPU fetches."""

EXAMPLES = ("astronaut", "chelsea", "coffee")


def make(target: Path, runtime: Path | None = None) -> None:
    """Make the folder.

    Args:
        target: a folder that does not exist yet; it appears whole, or not at all.
        runtime: the archive of onnxruntime-web, or its unpacked folder; fetched when missing.

    Raises:
        AdaINError: the runtime cannot be fetched, or is another one; packages for the export are missing.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as made:
        folder = Path(made) / "page"
        shutil.copytree(SITE, folder)
        copy_runtime(runtime, folder / "runtime")
        write_networks(folder / "model")
        (folder / "examples").mkdir()
        for name in (*(f"{name}.jpg" for name in EXAMPLES), "README.md"):
            shutil.copy(ROOT / "examples" / name, folder / "examples")
        shutil.copy(ROOT / "LICENSE", folder / "LICENSE")
        list_files(folder)
        folder.rename(target)


def copy_runtime(given: Path | None, folder: Path) -> None:
    """The files of onnxruntime-web that the page uses, each checked by its hash."""
    with tempfile.TemporaryDirectory() as work:
        package = given if given is not None and given.is_dir() else unpacked(given or fetch(Path(work)), Path(work))
        for name, wanted in RUNTIME_FILES.items():
            [path, *_] = [*package.rglob(name), None]
            if path is None:
                raise AdaINError(f"{package} has no {name}: give the archive or the unpacked folder of {RUNTIME}")
            content = path.read_bytes()
            found = hashlib.sha256(content).hexdigest()
            if found != wanted:
                raise AdaINError(f"{path} has SHA-256 {found}, not {wanted}: give {RUNTIME}")
            write(folder / name, content, pack=name.endswith(".wasm"))


def fetch(folder: Path) -> Path:
    """The archive, by npm."""
    npm = shutil.which("npm")
    if npm is None:
        raise AdaINError(f"npm is not installed, by which {RUNTIME} is fetched: install it, or give --runtime")
    done = subprocess.run(
        [npm, "pack", RUNTIME, "--silent", "--pack-destination", str(folder)], capture_output=True, text=True
    )
    archives = sorted(folder.glob("*.tgz"))
    if done.returncode != 0 or not archives:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise AdaINError(f"npm pack {RUNTIME} failed ({said[-1]}): try again, or give --runtime")
    return archives[0]


def unpacked(archive: Path, folder: Path) -> Path:
    """What is in the archive, if it is the pinned one."""
    if not archive.is_file():
        raise AdaINError(f"no file {str(archive)!r}: give the archive or the unpacked folder of {RUNTIME}")
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != RUNTIME_INTEGRITY:
        raise AdaINError(f"{archive} has the integrity {found}, not {RUNTIME_INTEGRITY}: give {RUNTIME}")
    with tarfile.open(archive) as tar:
        for member in tar:
            if Path(member.name).name in RUNTIME_FILES and (content := tar.extractfile(member)):
                (folder / Path(member.name).name).write_bytes(content.read())
    return folder


def write_networks(folder: Path) -> None:
    """Encoder, decoder and styles, and what the page must know of them."""
    folder.mkdir()
    model = AdaIN.from_pretrained("lite", device="cpu", dtype="float32")
    for part in ("encoder", "decoder"):
        path = export_onnx(model, part, folder / f"{part}.onnx")
        check_onnx(model, part, path)
        write(path, path.read_bytes(), pack=True)
        path.unlink()
    styles = builtin_styles(model.encoder_id)
    numbers = np.stack([np.stack([style.mean.numpy(), style.std.numpy()]) for style in styles.values()])  # (N, 2, C)
    write(folder / "styles.f32", numbers.astype("<f4").tobytes(), pack=True)
    about: dict[str, Any] = {
        "encoder": model.encoder_id,
        "channels": model.encoder.channels,
        "phases": model.encoder.phases,
        "halo": {"encoder": model.encoder.halo, "decoder": model.decoder.halo},
        "stride": STRIDE,
        "smallest": MIN_SIDE,
        "eps": EPS,
        "styleSize": STYLE_SIZE,
        "styleFormat": FORMAT,
        "examples": EXAMPLES,
        "styles": [{**row_of(name, style.info), "info": style.info} for name, style in styles.items()],
    }
    (folder / "about.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")


def write(path: Path, content: bytes, *, pack: bool) -> None:
    """A file; packed ones end in .z, and the page unpacks them itself: not every host compresses what it sends."""
    if pack:
        path, content = path.with_name(f"{path.name}.z"), gzip.compress(content, 9, mtime=0)
    path.write_bytes(content)


def list_files(folder: Path) -> None:
    """What the service worker keeps for use without a network, and a version that changes with any of it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    version = hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in files)).hexdigest()[:16]
    names = [path.relative_to(folder).as_posix() for path in files]
    unread = ("README.md", "LICENSE", "LICENSE.txt", "sw.js", "index.html")  # the last one is "./"
    kept = [
        name
        for path, name in zip(files, names, strict=True)
        if path.name not in unread and not any(part in name for part in ON_DEMAND)
    ]
    text = f"self.VERSION = {json.dumps(version)};\nself.KEPT = {json.dumps(['./', *kept], indent=1)};\n"
    (folder / "kept.js").write_text(text, encoding="utf-8")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Makes the page that runs without a server.")
    parser.add_argument("out", type=Path, help="folder that does not exist yet")
    parser.add_argument("--runtime", type=Path, help=f"archive or unpacked folder of {RUNTIME}; fetched by npm if not")
    given = parser.parse_args()
    if given.out.exists():
        parser.error(f"{given.out} is there already: give a folder that does not exist yet")
    try:
        make(given.out, given.runtime)
    except AdaINError as e:
        sys.exit(f"error: {e}")
    size = sum(path.stat().st_size for path in given.out.rglob("*") if path.is_file())
    print(f"{given.out}: {size / 1e6:.1f} MB; try it: python -m http.server --directory {given.out}")


if __name__ == "__main__":
    main()
