"""ONNX files: the same pictures as PyTorch at any size, from plain operators, in a runtime without PyTorch."""

import copy
from functools import cache

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from typer.testing import CliRunner

from adain_core import AdaIN
from adain_core.cli import app
from adain_core.errors import AdaINError
from adain_core.onnx_export import PARTS, TOLERANCE, check_onnx, export_onnx

onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install 'adain-style-transfer[onnx]'")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: see the onnx extra")
pytest.importorskip("onnxscript", reason="onnxscript is not installed: see the onnx extra")

PLAIN = {
    "Add", "Clip", "Concat", "Conv", "DepthToSpace", "Div", "Expand", "Gather", "MaxPool", "Mod", "Mul", "Neg", "Pad",
    "Pow", "ReduceMean", "Relu", "Reshape", "Resize", "Shape", "Slice", "Split", "Sqrt", "Squeeze", "Sub", "Tile",
    "Transpose", "Unsqueeze",
}  # fmt: skip


@pytest.fixture(scope="module", params=[pytest.param("vgg19", marks=pytest.mark.slow), "lite"])
def model(request):
    """A bundled model, exact."""
    return AdaIN.from_pretrained(request.param, device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def file(model, tmp_path_factory):
    """A function from a part to its file: each is exported once, when it is first asked for."""
    folder = tmp_path_factory.mktemp("onnx")
    return cache(lambda part: export_onnx(model, part, folder / f"{part}.onnx"))


WHOLE = [pytest.param(part, marks=[] if part == "stylize" else pytest.mark.slow) for part in PARTS]
"""All parts; what is quick looks at the one that holds the others."""


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_same_values_as_pytorch_at_five_sizes(model, file, part):
    """One file serves any height and width."""
    assert check_onnx(model, part, file(part)) <= TOLERANCE


@pytest.mark.parametrize("part", WHOLE)
def test_only_operators_that_every_runtime_has(file, part):
    """No standard deviation, no scatter, no resize whose meaning differs between runtimes; the weights are inside."""
    proto = onnx.load(str(file(part)), load_external_data=False)
    assert {node.op_type for node in proto.graph.node} <= PLAIN
    for node in proto.graph.node:
        if node.op_type == "Resize":
            facts = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            assert facts["mode"] == b"linear"  # not nearest, of which there are four kinds of rounding
            assert facts["coordinate_transformation_mode"] in (b"half_pixel", b"pytorch_half_pixel")
    assert not any(tensor.external_data for tensor in proto.graph.initializer)


def test_file_says_which_styles_fit(model, file):
    """The encoder's id, origin and licence travel with it."""
    facts = {p.key: p.value for p in onnx.load(str(file("stylize"))).metadata_props}
    assert facts["encoder"] == model.encoder_id and facts["licence"] and facts["origin"]


def test_style_file_and_onnxruntime_are_all_one_needs(model, file, tmp_path):
    """A picture by numpy, a style file and onnxruntime, at a size that is no multiple of 8."""
    rng = np.random.default_rng(0)
    photo = rng.random((1, 3, 45, 70), np.float32)
    style = model.style_of(torch.rand(1, 3, 64, 64))
    style.save(tmp_path / "style.safetensors")
    stored = load_file(tmp_path / "style.safetensors")
    vector = np.stack([stored["mean"], stored["std"]]).reshape(2, -1)
    session = onnxruntime.InferenceSession(str(file("stylize")), providers=["CPUExecutionProvider"])
    feeds = {"content": photo, "style": vector, "alpha": np.array([0.5], np.float32)}
    [found] = session.run(None, feeds)
    wanted = model.stylize(torch.from_numpy(photo), style, alpha=0.5).numpy()
    assert found.shape == wanted.shape and np.abs(found - wanted).max() < 1e-3


def test_wrong_file_is_noticed(model, file):
    """Checking fails when the file is of another decoder."""
    changed = copy.copy(model)
    changed.decoder = copy.deepcopy(model.decoder)
    with torch.no_grad():
        list(changed.decoder.parameters())[-1].add_(0.05)  # the last bias
    with pytest.raises(AdaINError, match="differs from PyTorch"):
        check_onnx(changed, "stylize", file("stylize"), sizes=[(64, 64)])


def test_half_precision_model_is_refused(tmp_path):
    """An export is exact or not at all."""
    half = AdaIN.from_pretrained(device="cpu", dtype="bfloat16")
    with pytest.raises(AdaINError, match="bfloat16"):
        export_onnx(half, "encoder", tmp_path / "x.onnx")
    assert not list(tmp_path.iterdir())


def test_command_writes_checks_and_does_not_overwrite(tmp_path):
    """`adain export decoder --model lite -o FOLDER`."""
    call = ["export", "decoder", "--model", "lite", "-o", str(tmp_path / "new")]
    run = CliRunner().invoke(app, call)
    assert run.exit_code == 0, run.output
    assert "decoder.onnx" in run.output and "differs from PyTorch by" in run.output
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["decoder.onnx"]
    again = CliRunner().invoke(app, call)
    assert again.exit_code != 0
