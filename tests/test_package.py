"""The wheel holds what a user needs and works outside the checkout."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as pip builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    call = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-q", "-w", str(folder), str(ROOT)]
    done = subprocess.run(call, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    [found] = folder.glob("*.whl")
    return found


def test_the_wheel_holds_the_library_its_weights_and_the_web_page_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {t for t in tops if not t.endswith(".dist-info")} == {"adain_core", "adain_demo"}
    for file in ("vgg19-encoder.safetensors", "vgg19-decoder.safetensors", "styles.safetensors", "index.json"):
        assert f"adain_core/weights/{file}" in names
    assert wheel.stat().st_size < 20e6


@pytest.mark.slow
def test_the_wheel_stylizes_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    site, work = tmp_path / "site", tmp_path / "work"
    work.mkdir()
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(site), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    (work / "photo.jpg").write_bytes((ROOT / "examples" / "chelsea.jpg").read_bytes())
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r}); import adain_core; "
        f"assert adain_core.__file__.startswith({str(site)!r}), adain_core.__file__; "
        "from adain_core.cli import main; main()"
    )
    call = [sys.executable, "-I", "-c", code, "stylize", "photo.jpg", "-s", "scream", "--json", "-o", "out.png"]
    done = subprocess.run(call, cwd=work, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["output"] == "out.png" and (work / "out.png").stat().st_size > 10_000


def test_importing_the_library_loads_neither_torchvision_nor_the_hub() -> None:
    code = (
        "import sys, adain_core; from adain_core import AdaIN, Style, Region; "
        "print(sorted({'torchvision', 'huggingface_hub', 'tifffile', 'typer', 'gradio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
