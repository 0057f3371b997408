"""Publishing: only checked decoders go out, with a card that tells all, in one commit or not at all."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hub_upload_server import UploadHub, serving_uploads
from huggingface_hub import ModelCard, hf_hub_url
from huggingface_hub.constants import ENDPOINT
from PIL import Image

from adain_core import AdaIN, __version__
from adain_core.errors import WeightsError
from adain_core.networks.vgg_decoder import Decoder
from adain_core.weights.catalog import find
from adain_core.weights.metadata import read_metadata
from adain_core.weights.network_files import load_decoder, save_decoder
from training.pictures import TrainingError
from training.publish import main
from training.upload import upload

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def decoder(tmp_path_factory):
    """The bundled decoder as someone's own."""
    return write(tmp_path_factory.mktemp("run") / "best.safetensors")


def write(path: Path, **given: str) -> Path:
    facts = {"licence": "CC BY 4.0", "origin": "my photos", "recipe": '{"steps": 7}', "name": "mine", **given}
    encoder = read_metadata(find("vgg19"))["encoder"]
    save_decoder(load_decoder(find("vgg19-decoder")), path, encoder=encoder, **facts)
    return path


def publish(decoder: Path, photos: Path, paintings: Path, **given) -> None:
    main(decoder, "me/mine", photos=photos, paintings=paintings, **{"pairs": 2, "size": 64, **given})


@pytest.fixture(scope="module")
def dry_run(decoder, photos, paintings, tmp_path_factory):
    """The folder of a dry run."""
    folder = tmp_path_factory.mktemp("dry") / "run"
    publish(decoder, photos, paintings, dry_run=folder)
    return folder


def test_dry_run_writes_what_would_be_uploaded(dry_run):
    """Decoder, encoder, config, card, table, sheet and thumbnail; the folder is a model that loads."""
    folder = dry_run
    names = {"README.md", "config.json", "decoder.safetensors", "encoder.safetensors", "sheet.png", "table.json"}
    assert {path.name for path in folder.iterdir()} == names | {"thumbnail.jpg"}
    card = (folder / "README.md").read_text()
    assert card.startswith("---\n") and "\nlicense: cc-by-4.0\n" in card
    for told in ('"steps": 7', "my photos", "control: photo unchanged", "this decoder", 'from_pretrained("me/mine")'):
        assert told in card
    x = torch.rand(1, 3, 32, 32)
    ours, bundled = (AdaIN.from_pretrained(ref, device="cpu", dtype="float32") for ref in (folder, "vgg19"))
    torch.testing.assert_close(ours.stylize(x, ours.style_of(x)), bundled.stylize(x, bundled.style_of(x)))


def test_the_header_tells_the_figures_of_the_table(dry_run):
    """The Hub shows them beside those of other models."""
    told = {
        result.metric_type: result.metric_value for result in ModelCard.load(dry_run / "README.md").data.eval_results
    }
    found = json.loads((dry_run / "table.json").read_text())["means"]["this decoder"]
    assert told == {key: round(found[key], 3) for key in told}
    assert {"target", "content", "style"} <= set(told)


def test_the_thumbnail_is_a_small_picture_of_the_sheet(dry_run):
    """It is what a chat or a search shows."""
    with Image.open(dry_run / "thumbnail.jpg") as thumbnail, Image.open(dry_run / "sheet.png") as sheet:
        assert thumbnail.width == min(sheet.width, 600) and thumbnail.format == "JPEG"
    assert ModelCard.load(dry_run / "README.md").data.thumbnail == hf_hub_url("me/mine", "thumbnail.jpg")


@pytest.mark.slow
def test_upload_is_one_commit_with_a_tag(dry_run, decoder, photos, paintings, tmp_path):
    """What the Hub holds afterwards is what the dry run shows, byte by byte, under the tag that was asked for."""
    with serving_uploads(UploadHub()) as hub:
        done = run(hub, tmp_path, "--tag", "v1", decoder=decoder, photos=photos, paintings=paintings)
        assert done.returncode == 0, done.stderr[-2000:]
        assert f"{hub.url}/me/mine/commit/" in done.stdout
    assert hub.commits == 1 and hub.tags == {"me/mine": {"v1": f"{1:040x}"}}
    held = {path.name: path.read_bytes() for path in dry_run.iterdir()}
    held["README.md"] = held["README.md"].replace(ENDPOINT.encode(), hub.url.encode())  # address of the thumbnail
    assert hub.repos["me/mine"] == held
    assert all(f"adain-style-transfer/{__version__}" in agent for agent in hub.agents), hub.agents


def test_a_hub_that_cannot_be_reached_is_an_error_of_one_line(decoder, photos, paintings, tmp_path):
    """Nobody listens at the discard port."""
    done = run(UploadHub(url="http://127.0.0.1:9"), tmp_path, decoder=decoder, photos=photos, paintings=paintings)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    said = done.stderr.strip().splitlines()[-1]
    assert said.startswith("error: me/mine: upload failed (") and "refused" in said
    assert "run the same command again" in said


@pytest.mark.parametrize("request_", ["content", pytest.param("commit", marks=pytest.mark.slow)])
def test_a_connection_that_ends_midway_shows_nothing(request_, tmp_path):
    """In a large file, or in the commit itself: the error is of one line, the repo stays as it was."""
    hub = UploadHub(repos={"me/mine": {"README.md": b"old"}}, break_off=request_)
    said = failed_upload(hub, tmp_path)
    assert "me/mine: upload failed" in said and "run the same command again" in said
    assert hub.repos == {"me/mine": {"README.md": b"old"}} and hub.commits == 0


def test_a_tag_that_exists_is_said_with_what_was_uploaded(tmp_path):
    """The files are there by then: the error must not say that nothing is."""
    hub = UploadHub(tags={"me/mine": {"v1": "0" * 40}})
    said = failed_upload(hub, tmp_path, tag="v1")
    assert f"uploaded as {hub.url}/me/mine/commit/" in said and "without the tag 'v1'" in said
    assert set(hub.repos["me/mine"]) == {"README.md", "decoder.safetensors"}


def test_a_mistake_of_ours_is_no_failed_upload(tmp_path):
    """It must be seen as what it is: a traceback."""
    with pytest.raises(AttributeError):
        upload(None, "me/mine")


def test_upload_that_breaks_off_shows_nothing(tmp_path):
    """The error says so in one line and what to do; the repo stays as it was."""
    hub = UploadHub(repos={"me/mine": {"README.md": b"old"}}, fail_content=True)
    said = failed_upload(hub, tmp_path)
    assert "me/mine: upload failed" in said and "run the same command again" in said
    assert hub.repos == {"me/mine": {"README.md": b"old"}} and hub.commits == 0


def test_no_access_is_said(tmp_path):
    """A wrong token is a reason that can be read."""
    said = failed_upload(UploadHub(token="another"), tmp_path)
    assert "me/mine: upload failed" in said and "401" in said and "hf auth login" in said


def failed_upload(hub: UploadHub, tmp_path: Path, tag: str = "") -> str:
    """The error of uploading a card and a large file."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "README.md").write_text("new")
    (folder / "decoder.safetensors").write_bytes(bytes(1000))
    code = f"""
import pathlib, time
time.sleep = lambda seconds: None  # huggingface_hub waits up to 24 s between retries
from training.upload import upload
upload(pathlib.Path({str(folder)!r}), 'me/mine', tag={tag!r})
"""
    with serving_uploads(hub):
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=ROOT, env=settings(hub, tmp_path), capture_output=True, text=True)
    assert done.returncode == 1
    return next(line for line in done.stderr.splitlines() if "pictures.TrainingError: " in line)


def run(hub, tmp_path, *options, decoder, photos, paintings):
    command = [sys.executable, "-m", "training.publish", str(decoder), "me/mine", "--photos", str(photos)]
    command += ["--paintings", str(paintings), "--pairs", "2", "--size", "64", *options]
    return subprocess.run(command, cwd=ROOT, env=settings(hub, tmp_path), capture_output=True, text=True)


def settings(hub, tmp_path):
    """Another process: the Hub library reads these when it is imported."""
    home = {"HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_test", "HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_XET": "1"}
    return {**os.environ, **home, "PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize("key", ["licence", "recipe"])
def test_decoder_without_licence_or_recipe_is_not_published(key, photos, paintings, tmp_path):
    """Nobody could use it, or make it again."""
    path = write(tmp_path / "x.safetensors", **{key: " "})
    with pytest.raises(WeightsError, match=f"says nothing of its {key}"):
        publish(path, photos, paintings, dry_run=tmp_path / "out")


def test_untrained_decoder_is_not_published(photos, paintings, tmp_path):
    """One that does worse than leaving the photo alone is refused with its figure."""
    path = tmp_path / "x.safetensors"
    torch.manual_seed(0)
    noise = {name: tensor * 20 for name, tensor in Decoder().state_dict().items()}
    encoder = read_metadata(find("vgg19"))["encoder"]
    save_decoder(noise, path, encoder=encoder, licence="MIT", origin="x", recipe="none")
    with pytest.raises(TrainingError, match=r"no better than leaving the photo as it is: (target|style) \d"):
        publish(path, photos, paintings, dry_run=tmp_path / "out")


def test_decoder_of_an_unknown_encoder_is_not_published(photos, paintings, tmp_path):
    """It could not be used by anyone."""
    path = tmp_path / "x.safetensors"
    save_decoder(Decoder(), path, encoder="0123456789abcdef", licence="MIT", origin="x", recipe="x")
    with pytest.raises(WeightsError, match="needs encoder 0123456789abcdef"):
        publish(path, photos, paintings, dry_run=tmp_path / "out")


def test_what_was_asked_must_make_sense(decoder, photos, paintings, tmp_path):
    """A repo id of two parts, ids of datasets, and an empty folder for the dry run."""
    for name in ("mine", "me/my style"):
        with pytest.raises(TrainingError, match=f"'{name}' is no repo id"):
            main(decoder, name, photos=photos, paintings=paintings)
    with pytest.raises(TrainingError, match=r"--dataset 'a/b/c' is no id"):
        publish(decoder, photos, paintings, dataset=["a/b/c"])
    (tmp_path / "x").write_text("mine")
    with pytest.raises(TrainingError, match="is not empty"):
        publish(decoder, photos, paintings, dry_run=tmp_path)
