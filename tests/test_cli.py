"""The `adain` command on real files: a process of its own where that is the point, else in this one."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from command_here import adain_here
from PIL import Image

from adain_core import AdaIN, Style
from adain_core.commands import file_jobs as batch
from adain_core.commands.file_jobs import STANDARD_STREAM, Job
from adain_core.commands.parsing import parse_format, parse_mask, parse_tile, parse_weighted
from adain_core.commands.style_argument import blend_name
from adain_core.errors import AdaINError
from adain_core.system import file_names

COMMAND = [sys.executable, "-m", "adain_core"]


@pytest.fixture
def photos(tmp_path: Path, photo_file: Path) -> Path:
    """A folder tree of two small photos and a file that is no picture."""
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    photo = Image.open(photo_file)
    photo.crop((0, 0, 72, 56)).save(folder / "a.png")
    photo.crop((40, 40, 110, 90)).save(folder / "deep" / "b.jpg")
    (folder / "notes.txt").write_text("not a picture")
    return folder


def adain(*arguments: object, cwd: Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The command as a user runs it."""
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), "HF_HUB_OFFLINE": "1"}
    return subprocess.run([*COMMAND, *map(str, arguments)], cwd=cwd, input=stdin, capture_output=True, env=env)


def test_a_photo_and_a_style_name_make_a_picture(photos: Path, tmp_path: Path) -> None:
    options = ["--style", "starry-night", "--dtype", "float32"]
    done = adain("stylize", photos / "a.png", *options, "-o", "out.png", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert Image.open(tmp_path / "out.png").size == (72, 56) and b"out.png" in done.stdout
    expected = np.asarray(AdaIN.from_pretrained(dtype="float32").stylize(photos / "a.png", "starry-night")).astype(int)
    assert np.abs(np.asarray(Image.open(tmp_path / "out.png")) - expected).max() <= 1


def test_a_folder_keeps_its_tree_goes_past_a_bad_file_lists_it_and_exits_1(photos: Path, tmp_path: Path) -> None:
    (photos / "broken.jpg").write_bytes(b"these are not pixels")
    Style.load(_style_file(tmp_path))
    done = adain_here(
        "stylize", "photos", "-s", "mine.safetensors:2", "-s", "starry-night:1", "--json", "-o", "out", cwd=tmp_path
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert sorted(p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.*")) == [
        "a.png",
        "deep/b.jpg",
    ]
    assert [("error" in row) for row in rows] == [False, True, False]
    assert b"1 of 3 pictures failed" in done.stderr and b"broken.jpg" in done.stderr


def test_nothing_is_overwritten_without_force(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "out.png").write_bytes(b"precious")
    style = _style_file(tmp_path)
    call = ("stylize", photos / "a.png", "-s", style, "-o", "out.png")
    refused = adain_here(*call, cwd=tmp_path)
    assert refused.returncode == 1 and b"--force" in refused.stderr
    assert (tmp_path / "out.png").read_bytes() == b"precious"
    assert adain_here(*call, "--skip-existing", cwd=tmp_path).returncode == 0
    assert (tmp_path / "out.png").read_bytes() == b"precious"
    assert adain_here(*call, "--force", cwd=tmp_path).returncode == 0
    assert Image.open(tmp_path / "out.png").size == (72, 56)


@pytest.mark.parametrize("output", ["photos/a.png", "photos/deep/../a.png", "photos/"])
def test_a_picture_never_replaces_its_source(photos: Path, tmp_path: Path, output: str) -> None:
    before = (photos / "a.png").read_bytes()
    style = _style_file(tmp_path)
    refused = adain_here("stylize", photos / "a.png", "-s", style, "-o", output, "--force", cwd=tmp_path)
    assert refused.returncode == 1 and b"is the source: write the result to another file" in refused.stderr
    assert (photos / "a.png").read_bytes() == before


def test_standard_input_to_standard_output(photos: Path, tmp_path: Path) -> None:
    done = adain(
        "stylize", "-", "-s", _style_file(tmp_path), "-o", "-", cwd=tmp_path, stdin=(photos / "a.png").read_bytes()
    )
    assert done.returncode == 0, done.stderr
    assert Image.open(io.BytesIO(done.stdout)).size == (72, 56)


def test_masks_colours_sizes_and_tiles_reach_the_library(photos: Path, tmp_path: Path) -> None:
    mask = np.zeros((20, 20), np.uint8)
    mask[:, :10] = 255
    Image.fromarray(mask).save(tmp_path / "left.png")
    style = _style_file(tmp_path)
    options = [
        "--color",
        "luminance",
        "--size",
        "64",
        "--tile",
        "64",
        "--alpha",
        "0.5",
        "--feather",
        "2",
        "--dtype",
        "float32",
    ]
    done = adain_here("stylize", photos / "a.png", "-m", f"left.png={style}", *options, "-o", "o.png", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    out = Image.open(tmp_path / "o.png")
    from adain_core import Region

    regions = [Region(Style.load(style), Image.fromarray(mask))]
    expected = AdaIN.from_pretrained(dtype="float32").stylize(
        photos / "a.png", regions, color="luminance", size=64, alpha=0.5, feather=2.0
    )
    assert out.size == (82, 64) and np.abs(np.asarray(out).astype(int) - np.asarray(expected)).max() <= 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.png"], "--style"),
        (["a.png", "-s", "stary-night"], "starry-night"),
        (["a.png", "-s", "starry-night:0"], "sum to 0"),
        (["a.png", "-s", "starry-night:lots"], "'lots' is not a number"),
        (["a.png", "-s", "starry-night", "--alpha", "much"], "alpha"),
        (["a.png", "-s", "starry-night", "--alpha", "nan"], "alpha is nan"),
        (["a.png", "-s", "starry-night", "--color", "sepia"], "sepia"),
        (["a.png", "-s", "missing.jpg"], "missing.jpg"),
        (["a.png", "-m", "nomask.png=starry-night"], "nomask.png"),
        (["a.png", "-m", "a.png"], "FILE=STYLE"),
        (["a.png", "-s", "starry-night", "--tile", "-3"], "tile"),
        (["a.png", "-s", "starry-night", "--model", "nowhere"], "nowhere"),
        (["a.png", "-s", "starry-night", "--device", "gpu9"], "gpu9"),
        (["a.png", "deep/b.jpg", "-s", "starry-night", "-o", "one.png"], "one.png"),
    ],
)
def test_a_wrong_call_says_what_is_wrong_and_exits_2(photos: Path, arguments: list[str], said: str) -> None:
    before = sorted(photos.rglob("*"))
    done = adain_here("stylize", *arguments, cwd=photos)
    assert done.returncode == 2 and said in done.stderr.decode(), done.stderr
    assert b"Traceback" not in done.stderr and sorted(photos.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stylize"], "CONTENT...' (see `root stylize --help`)"),
        (["stylize", "a.png", "--nope"], "(see `root stylize --help`)"),
        (["stylise"], "No such command 'stylise'"),
        (["--nope"], "(see `root --help`)"),
        (["stylize", "a.png", "-s", "deep"], "style 'deep' is a folder: give one of its pictures"),
        (["style", "save", "a.png", "-o", "deep.safetensors"], "deep.safetensors is a folder"),
        (["styles", "--sheet", "sheet.gif"], "unknown suffix '.gif'"),
        (["dataset", "deep", "scream", "notes.txt"], "notes.txt is a file"),
    ],
)
def test_a_newcomers_mistake_is_answered_in_one_line(photos: Path, arguments: list[str], said: str) -> None:
    (photos / "deep.safetensors").mkdir()
    done = adain_here(*arguments, cwd=photos)
    assert done.returncode == 2 and said in done.stderr.decode() and done.stderr.strip().count(b"\n") == 0, done.stderr


@pytest.mark.parametrize("command", ["stylize", "video", "live", "dataset"])
def test_examples_in_a_help_have_a_line_each(command: str, tmp_path: Path) -> None:
    lines = [line.strip() for line in adain_here(command, "--help", cwd=tmp_path).stdout.decode().splitlines()]
    examples = [line for line in lines if line.startswith(f"adain {command} ")]
    assert len(examples) >= 2 and all(line.count("adain ") == 1 for line in examples)


def test_a_wrong_call_ends_the_process_with_2_and_one_line(photos: Path) -> None:
    done = adain("stylize", "a.png", "-s", "stary-night", cwd=photos)
    assert done.returncode == 2 and b"starry-night" in done.stderr and done.stderr.strip().count(b"\n") == 0
    assert done.stdout == b""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no.mp4", "-s", "scream"], "no video 'no.mp4'"),
        (["clip.mp4", "-s", "no-such-style"], "no built-in style 'no-such-style'"),
        (["clip.mp4", "-s", "no.jpg"], "no style picture 'no.jpg'"),
        (["clip.mp4", "--mask", "a.png=scream", "--background", "no.jpg"], "no style picture 'no.jpg'"),
    ],
)
def test_a_wrong_call_for_a_video_exits_2(photos: Path, arguments: list[str], said: str) -> None:
    pytest.importorskip("av", reason="PyAV is not installed: calls for videos were NOT tried (pip install '.[video]')")
    (photos / "clip.mp4").write_bytes(b"")
    done = adain_here("video", *arguments, "-o", "out.mp4", cwd=photos)
    assert done.returncode == 2 and said in done.stderr.decode() and not (photos / "out.mp4").exists()


def test_a_file_that_is_no_picture_exits_1_with_one_line(photos: Path) -> None:
    done = adain("stylize", "notes.txt", "-s", "starry-night", "-o", "x.png", cwd=photos)
    assert done.returncode == 1 and done.stderr.decode().strip().count("\n") == 0 and b"notes.txt" in done.stderr


def heed_ctrl_c() -> None:
    """For a process that is to be interrupted: jobs in the background are started so that they ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_stop_leaves_no_broken_file(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (1400, 1400, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "big.png")
    style = _style_file(tmp_path)
    before = sorted(tmp_path.iterdir())
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    call = [*COMMAND, "stylize", "big.png", "-s", str(style), "--tile", "256", "--dtype", "float32", "-o", "out.tif"]
    process = subprocess.Popen(call, cwd=tmp_path, env=env, stderr=subprocess.PIPE, preexec_fn=heed_ctrl_c)
    deadline = time.monotonic() + 60
    while len(list(tmp_path.iterdir())) == len(before) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)  # until the temporary file is there: the work has begun
    process.terminate()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM and b"stopped" in said and b"Traceback" not in said
    assert sorted(tmp_path.iterdir()) == before


def test_styles_are_listed(tmp_path: Path) -> None:
    listed = adain_here("styles", cwd=tmp_path)
    assert listed.returncode == 0 and b"starry-night" in listed.stdout and b"Vincent van Gogh" in listed.stdout
    rows = json.loads(adain_here("styles", "--json", cwd=tmp_path).stdout)
    assert len(rows) >= 40 and all(row["title"] and row["artist"] and row["licence"] for row in rows)


def test_a_style_is_saved_with_what_is_known_about_it(photos: Path, tmp_path: Path) -> None:
    done = adain_here(
        "style", "save", photos / "a.png", "--artist", "me", "--licence", "CC0", "-o", "s.safetensors", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    style = Style.load(tmp_path / "s.safetensors")
    assert style.name == "a" and style.info == {"artist": "me", "licence": "CC0"}
    again = adain_here("style", "save", photos / "a.png", "-o", "s.safetensors", cwd=tmp_path)
    assert again.returncode == 2 and b"--force" in again.stderr
    told = adain_here("info", "s.safetensors", cwd=tmp_path)
    assert told.returncode == 0 and style.encoder.encode() in told.stdout


def test_other_projects_weights_are_converted_and_used(photos: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    sizes = [
        (3, 3),
        (3, 64),
        (64, 64),
        (64, 128),
        (128, 128),
        (128, 256),
        (256, 256),
        (256, 256),
        (256, 256),
        (256, 512),
    ]
    places = [0, 2, 5, 9, 12, 16, 19, 22, 25, 29]
    vgg = {}
    for place, (cin, cout) in zip(places, sizes, strict=True):
        side = 1 if place == 0 else 3
        vgg[f"{place}.weight"] = torch.randn(cout, cin, side, side) * (2 / (cin * side * side)) ** 0.5
        vgg[f"{place}.bias"] = torch.zeros(cout)
    save_file(vgg, tmp_path / "vgg.safetensors")
    done = adain_here("convert", "--vgg", "vgg.safetensors", "-o", "other", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert b"encoder" in adain_here("info", "other/encoder.safetensors", cwd=tmp_path).stdout
    unsafe = adain_here("convert", photos / "notes.txt", "--vgg", "vgg.safetensors", "-o", "bad", cwd=tmp_path)
    assert unsafe.returncode == 1 and b"notes.txt" in unsafe.stderr and b"Traceback" not in unsafe.stderr


def test_info_tells_what_is_installed(tmp_path: Path) -> None:
    rows = json.loads(adain_here("info", "--json", cwd=tmp_path).stdout)
    assert {"adain", "torch", "device", "dtype", "vgg19-encoder.safetensors", "vgg19-decoder.safetensors"} <= set(rows)


def test_help_does_not_wait_for_torch(tmp_path: Path) -> None:
    code = "import sys, adain_core.cli; sys.exit('torch' in sys.modules)"
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    assert subprocess.run([sys.executable, "-c", code], env=env, cwd=tmp_path).returncode == 0
    helped = adain("--help", cwd=tmp_path)
    assert helped.returncode == 0 and all(
        word in helped.stdout for word in (b"stylize", b"styles", b"convert", b"info")
    )


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("a.jpg", ("a.jpg", 1.0)),
        ("a.jpg:0.3", ("a.jpg", 0.3)),
        ("starry-night:2", ("starry-night", 2.0)),
        (r"C:\a.jpg", (r"C:\a.jpg", 1.0)),
    ],
)
def test_a_weight_may_follow_a_style(text: str, pair: tuple[str, float]) -> None:
    assert parse_weighted(text) == pair


def test_a_mask_names_its_styles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sky.png").touch()
    assert parse_mask("sky.png=a:0.3+b.jpg") == (Path("sky.png"), [("a", 0.3), ("b.jpg", 1.0)])
    Path("a+b.safetensors").touch()  # what `adain style save a.jpg b.jpg` writes
    assert parse_mask("sky.png=a+b.safetensors") == (Path("sky.png"), [("a+b.safetensors", 1.0)])


def test_a_masks_path_may_hold_an_equals_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("date=2024").mkdir()
    for file in ("date=2024/m.png", "date=2024/p.jpg", "m.png"):
        Path(file).touch()
    assert parse_mask("date=2024/m.png=scream") == (Path("date=2024/m.png"), [("scream", 1.0)])
    assert parse_mask("m.png=date=2024/p.jpg") == (Path("m.png"), [("date=2024/p.jpg", 1.0)])
    with pytest.raises(AdaINError, match=r"no mask file 'date=2025/m\.png'"):
        parse_mask("date=2025/m.png=scream")


def test_tiles_and_formats_are_checked() -> None:
    assert (parse_tile("auto"), parse_tile("none"), parse_tile("512")) == ("auto", None, 512)
    assert parse_format("JPG") == ".jpg"
    with pytest.raises(AdaINError, match="gif"):
        parse_format("gif")


def test_results_within_the_content_folder_are_not_painted_again(tmp_path: Path) -> None:
    out = tmp_path / "photos" / "out"
    out.mkdir(parents=True)
    for file in (tmp_path / "photos" / "a.png", out / "a.png"):
        file.write_bytes(b"")
    assert [job.output for job in batch.plan([str(tmp_path / "photos")], str(out), "x")] == [str(out / "a.png")]
    assert len(batch.plan([str(tmp_path / "photos")], str(tmp_path / "other"), "x")) == 2


def test_a_picture_that_does_not_fit_in_memory_does_not_end_a_batch() -> None:
    """On a CPU PyTorch raises a RuntimeError; one that means something else is a bug and is raised."""

    def work(job: Job) -> None:
        if job.source == "b":
            torch.empty(1 << 60, dtype=torch.uint8)
        if job.source == "d":
            raise RuntimeError("something else")

    outcomes = batch.run([Job(name, STANDARD_STREAM) for name in "abcd"], work)
    errors = [next(outcomes).error for _ in "abc"]
    assert errors[0] == errors[2] == "" and errors[1].startswith("not enough memory (")
    with pytest.raises(RuntimeError, match="something else"):
        next(outcomes)


def test_lines_for_a_file_reach_it_while_a_bar_is_on_the_terminal(tmp_path: Path) -> None:
    """rich would print them above its bar, which is on stderr."""
    script = (
        "import sys, time\nfrom adain_core.commands.progress import progress_bar\n"
        "with progress_bar([1, 2]) as (advance, tile):\n"
        "    time.sleep(1.1); advance(); print('one'); time.sleep(0.3); advance(); print('two')\n"
    )
    pty = pytest.importorskip("pty", reason="no pseudo terminals here: NOT tried what a bar does to lines for a file")
    ours, theirs = pty.openpty()
    try:
        run = subprocess.run(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=theirs, text=True, timeout=60
        )
    finally:
        os.close(theirs)
        shown = os.read(ours, 1 << 16).decode()
        os.close(ours)
    assert run.stdout.split() == ["one", "two"], shown
    assert "pictures" in shown


def test_of_two_pictures_with_one_result_the_second_is_refused_and_the_rest_done(tmp_path: Path) -> None:
    for name in ("one/a.png", "one/b.png", "two/a.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    jobs = batch.plan([str(tmp_path / "one"), str(tmp_path / "two"), str(tmp_path / "one")], "out/", "style")
    done: list[str] = []
    outcomes = list(
        batch.run(
            [replace(job, output=str(tmp_path / job.output)) for job in jobs], lambda job: done.append(job.source)
        )
    )
    assert done == [str(tmp_path / "one" / "a.png"), str(tmp_path / "one" / "b.png")]  # each once
    first, second = str(tmp_path / "one" / "a.png"), str(tmp_path / "two" / "a.png")
    assert [o.source for o in outcomes if o.error] == [second]
    assert f"{second} would become {Path('out/a.png')}, as {first} does" in outcomes[-1].error


def test_results_that_differ_in_case_alone_are_told_apart_as_the_disk_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = [tmp_path / "one" / "A.png", tmp_path / "two" / "a.png"]
    for blind, refused in ((True, 1), (False, 0)):
        monkeypatch.setattr(file_names, "same_file", lambda one, other, blind=blind: blind)
        jobs = batch.plan([str(content) for content in contents], f"{tmp_path}/", "style")
        assert sum(bool(job.refused) for job in jobs) == refused


def test_a_name_that_is_too_long_for_the_disk_is_an_error_of_that_picture_alone(tmp_path: Path) -> None:
    jobs = [Job("a.png", str(tmp_path / ("x" * 300 + ".png"))), Job("b.png", str(tmp_path / "b.png"))]
    first, second = batch.run(jobs, lambda job: None)
    assert "File name too long" in first.error and not second.error


def test_a_blend_of_many_styles_is_named_after_the_first_of_them(tmp_path: Path) -> None:
    few, many = [f"style-{i}" for i in range(3)], [f"style-{i}" for i in range(22)]
    assert blend_name(few) == "style-0+style-1+style-2"
    assert blend_name(many).startswith("style-0+style-1+style-2+style-3+style-4+17-more-")
    assert blend_name(many) != blend_name([*many[:-1], "another"])
    [job] = batch.plan(["p" * 250 + ".jpg"], None, blend_name(many))
    (tmp_path / job.output).touch()


def test_a_picture_with_the_longest_name_is_painted(photos: Path, tmp_path: Path) -> None:
    content = tmp_path / f"{'n' * 251}.png"
    (photos / "a.png").rename(content)
    done = adain_here("stylize", content, "-s", _style_file(tmp_path), "--size", "32", "-o", "out/", cwd=tmp_path)
    assert done.returncode == 0 and [p.name for p in (tmp_path / "out").iterdir()] == [content.name], done.stderr


def test_pictures_behind_links_are_painted_but_not_results_behind_a_link(tmp_path: Path) -> None:
    inside, out = tmp_path / "disk" / "inside", tmp_path / "disk" / "out"
    for folder in (inside, out, tmp_path / "photos"):
        folder.mkdir(parents=True)
    for file in (inside / "a.png", out / "b.png"):
        file.touch()
    (tmp_path / "photos" / "more").symlink_to(tmp_path / "disk")
    jobs = batch.plan([str(tmp_path / "photos")], str(out), "style")
    assert [job.output for job in jobs] == [str(out / "more" / "inside" / "a.png")]


def _style_file(folder: Path) -> Path:
    """A style file made by the library."""
    import torch

    path = folder / "mine.safetensors"
    if not path.exists():
        torch.manual_seed(0)
        AdaIN.from_pretrained(device="cpu").style_of(torch.rand(1, 3, 64, 64)).save(path)
    return path
