"""The wheel holds what a user needs and works outside the checkout."""

import json
import os
import subprocess
import sys
import venv
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


@pytest.mark.slow
def test_the_wheel_holds_the_library_its_weights_and_the_web_page_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {t for t in tops if not t.endswith(".dist-info")} == {"adain_core", "adain_demo"}
    for file in (
        "vgg19-encoder.safetensors",
        "vgg19-decoder.safetensors",
        "styles.safetensors",
        "subject.safetensors",
        "index.json",
    ):
        assert f"adain_core/weights/{file}" in names
    assert {"adain_core/py.typed", "adain_demo/py.typed"} <= set(names)
    assert wheel.stat().st_size < 25e6


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


PROGRAM = """
from adain_core import AdaIN, Style
from adain_demo.limits import Limits

style: Style = AdaIN.from_pretrained().encode_style("a.jpg")
style.save({argument})
limits: Limits
"""


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a virtual environment that holds the wheel and nothing else."""
    folder = tmp_path_factory.mktemp("typed") / "venv"
    builder = venv.EnvBuilder()
    builder.create(folder)
    python = Path(builder.ensure_directories(folder).env_exe)
    place = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = subprocess.run(place, check=True, capture_output=True, text=True).stdout.strip()
    zipfile.ZipFile(wheel).extractall(site)
    return python


@pytest.mark.needs("mypy")
@pytest.mark.parametrize(
    ("argument", "said"),
    [("'a.safetensors'", "Success: no issues found"), ("3", 'Argument 1 to "save" of "Style" has incompatible type')],
)
def test_the_types_of_the_wheel_reach_programs_that_use_it(
    installed: Path, tmp_path: Path, argument: str, said: str
) -> None:
    """Of both packages: without py.typed a type checker takes all of it for Any, and says so."""
    (tmp_path / "program.py").write_text(PROGRAM.format(argument=argument))
    call = [sys.executable, "-m", "mypy", "--python-executable", str(installed), "--cache-dir", str(tmp_path / "cache")]
    env = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "MYPYPATH")}
    done = subprocess.run([*call, "program.py"], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert said in done.stdout, done.stdout + done.stderr


def test_importing_the_library_loads_neither_torchvision_nor_the_hub() -> None:
    code = (
        "import sys, adain_core; from adain_core import AdaIN, Style, Region; "
        "print(sorted({'torchvision', 'huggingface_hub', 'tifffile', 'typer', 'gradio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
