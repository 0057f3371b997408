"""A job from beginning to end: what is written, what is said of bad files, and that only the options decide."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from dataset_pictures import MANIFEST, SIZES, fill, manifest, photo, tree
from PIL import Image

from adain_core import AdaIN
from adain_core.dataset import JobOptions, Report, stylize_dataset, verify
from adain_core.dataset.workers.painting import cells, paint
from adain_core.errors import AdaINError, StyleError
from adain_core.pictures.picture import Picture

OPTIONS = JobOptions(seed=7, per_picture=2, alpha=(0.5, 1.0), dtype="float32")


@pytest.fixture(scope="module")
def job(contents: Path, styles: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    """An undisturbed run in this process."""
    out = tmp_path_factory.mktemp("job") / "out"
    return out, stylize_dataset(contents, styles, out, OPTIONS, workers=0)


def test_the_tree_is_kept_and_every_picture_has_its_results(job: tuple[Path, Report], contents: Path) -> None:
    written = {name for name in tree(job[0]) if name != MANIFEST}
    expected = {
        f"{path.parent.name}/{path.stem}_{k}{path.suffix}" for path in contents.rglob("picture*") for k in range(2)
    }
    assert written == expected and len(written) == 40
    for name in sorted(written)[:6]:
        source = contents / name.replace("_0.", ".").replace("_1.", ".")
        assert Image.open(job[0] / name).size == Image.open(source).size


def test_the_manifest_names_source_style_strength_seed_and_digest_in_order(job: tuple[Path, Report]) -> None:
    rows, digests = manifest(job[0]), tree(job[0])
    assert [row["source"] for row in rows] == sorted(row["source"] for row in rows) and len(rows) == 42
    for row in rows:
        assert set(row) == {"source", "output", "style", "alpha", "seed", "sha256", "status", "error"}
        assert row["seed"] == 7 and 0.5 <= row["alpha"] <= 1.0 and str(row["style"]).startswith("style")
        if row["status"] == "done":
            assert row["sha256"] == digests[str(row["output"])] and row["error"] == ""


def test_a_bad_picture_and_a_bad_style_are_listed_and_the_rest_goes_on(job: tuple[Path, Report]) -> None:
    report = job[1]
    assert report.results == 42 and report.made == 40
    assert [row["output"] for row in report.failed] == ["class1/broken_0.jpg", "class1/broken_1.jpg"]
    assert all("no picture" in row["error"] for row in report.failed)
    assert list(report.bad_styles) == ["torn.jpg"]
    assert not any(row["style"] == "torn.jpg" for row in manifest(job[0]))


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_results_are_equal_whatever_the_number_of_workers(
    job: tuple[Path, Report], contents: Path, styles: Path, tmp_path: Path, workers: int
) -> None:
    stylize_dataset(contents, styles, tmp_path / "out", OPTIONS, workers=workers)
    assert tree(tmp_path / "out") == tree(job[0])


def test_another_seed_gives_other_results(
    job: tuple[Path, Report], contents: Path, styles: Path, tmp_path: Path
) -> None:
    options = JobOptions(seed=8, per_picture=2, alpha=(0.5, 1.0), dtype="float32")
    stylize_dataset(contents, styles, tmp_path / "out", options, workers=0)
    old, new = tree(job[0]), tree(tmp_path / "out")
    assert set(old) == set(new)
    assert sum(old[name] != new[name] for name in old) > 30


def test_a_result_is_the_one_that_the_library_makes_of_the_picture_alone(
    job: tuple[Path, Report], contents: Path, styles: Path, model: AdaIN
) -> None:
    for row in manifest(job[0])[5:20:3]:
        if row["status"] == "done" and str(row["output"]).endswith("png"):
            style = styles / str(row["style"])
            alone = np.asarray(model.stylize(contents / str(row["source"]), style, alpha=float(str(row["alpha"]))))
            stored = np.asarray(Image.open(job[0] / str(row["output"])))
            assert np.abs(stored.astype(int) - alone.astype(int)).max() <= 1


def test_pictures_of_other_sizes_in_a_batch_come_out_as_alone(model: AdaIN) -> None:
    """Sizes that need equal numbers of cells share a batch: each is padded as it would be alone."""
    pictures = [
        Picture(np.asarray(photo(i, h, w))) for i, (h, w) in enumerate([(17, 24), (24, 17), (23, 23), (24, 24)])
    ]
    assert {cells(picture) for picture in pictures} == {(3, 3)}
    style = model.style("starry-night")
    [together] = paint(model, pictures, [[style]] * 4, [[0.3], [1.0], [2.0], [0.0]])
    for picture, painted, alpha in zip(pictures, together, [0.3, 1.0, 2.0, 0.0], strict=True):
        [[alone]] = paint(model, [picture], [[style]], [[alpha]])
        library = model.stylize(picture.tensor(), style, alpha=alpha)[0]
        visible = painted[:, : picture.height, : picture.width]
        assert (visible - alone[:, : picture.height, : picture.width]).abs().max() < 1e-4
        assert (visible - library).abs().max() < 1e-4


@pytest.mark.parametrize("color", ["cholesky", "luminance", "luminance-matched"])
def test_colours_are_kept_as_the_library_keeps_them(contents: Path, tmp_path: Path, model: AdaIN, color: str) -> None:
    source = tmp_path / "in"
    fill(source, 2)
    options = JobOptions(color=color, suffix=".png", dtype="float32")  # type: ignore[arg-type]
    stylize_dataset(source, "scream", tmp_path / "out", options, workers=0)
    for path in source.rglob("picture*"):
        stored = np.asarray(Image.open(tmp_path / "out" / path.relative_to(source).with_suffix(".png")))
        alone = np.asarray(model.stylize(path, "scream", color=color))  # type: ignore[call-overload]
        assert np.abs(stored.astype(int) - alone.astype(int)).max() <= 1


def test_size_crop_format_and_quality(tmp_path: Path) -> None:
    fill(tmp_path / "in", 4)
    options = JobOptions(size=32, crop=True, suffix=".jpg", quality=40)
    stylize_dataset(tmp_path / "in", "builtin", tmp_path / "out", options, workers=0)
    written = sorted((tmp_path / "out").rglob("*.jpg"))
    assert len(written) == 4 and all(Image.open(path).size == (32, 32) for path in written)
    better = JobOptions(size=32, crop=True, suffix=".jpg", quality=95)
    stylize_dataset(tmp_path / "in", "builtin", tmp_path / "out2", better, workers=0)
    assert all(p.stat().st_size < (tmp_path / "out2" / p.relative_to(tmp_path / "out")).stat().st_size for p in written)


def test_a_large_picture_is_painted_in_tiles_and_equals_the_library(
    tmp_path: Path, model: AdaIN, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adain_core.dataset.workers.worker.LARGE_PIXELS", 150 * 100)
    monkeypatch.setattr("adain_core.dataset.workers.worker.BATCH_PIXELS", 1)
    monkeypatch.setattr("adain_core.dataset.workers.painting.TILE", 64)
    (tmp_path / "in").mkdir()
    photo(0, 150, 170).save(tmp_path / "in" / "a.png")
    stylize_dataset(tmp_path / "in", "scream", tmp_path / "out", JobOptions(dtype="float32"), workers=0)
    stored = np.asarray(Image.open(tmp_path / "out" / "a.png")).astype(int)
    assert np.abs(stored - np.asarray(model.stylize(tmp_path / "in" / "a.png", "scream"))).max() <= 1


def test_a_finished_job_makes_nothing_again_and_only_tries_what_failed(
    job: tuple[Path, Report], contents: Path, styles: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(job[0], out)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("picture*")}
    report = stylize_dataset(contents, styles, out, OPTIONS, workers=0)
    assert report.made == 0 and len(report.failed) == 2
    assert {path: path.stat().st_mtime_ns for path in out.rglob("picture*")} == before
    assert tree(out) == tree(job[0])


def test_a_repaired_picture_is_made_when_the_job_goes_on(styles: Path, tmp_path: Path) -> None:
    fill(tmp_path / "in", 3)
    broken = tmp_path / "in" / "class0" / "broken.png"
    broken.write_bytes(b"")
    assert len(stylize_dataset(tmp_path / "in", "scream", tmp_path / "out", workers=0).failed) == 1
    photo(9, *SIZES[0]).save(broken)
    report = stylize_dataset(tmp_path / "in", "scream", tmp_path / "out", workers=0)
    assert report.made == 1 and not report.failed and not verify(tmp_path / "out")


def test_verify_names_what_is_missing_changed_or_failed(job: tuple[Path, Report], tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(job[0], out)
    failed = verify(out)
    assert len(failed) == 2 and all("broken" in line for line in failed)
    (out / "class0" / "picture000_0.png").unlink()
    (out / "class0" / "picture003_1.png").write_bytes(b"changed")
    said = "\n".join(verify(out))
    assert "class0/picture000_0.png is missing" in said and "class0/picture003_1.png was changed" in said
    assert len(said.splitlines()) == 4


def test_a_second_run_in_the_same_folder_is_refused(job: tuple[Path, Report], contents: Path, styles: Path) -> None:
    from filelock import FileLock

    with FileLock(job[0] / ".adain-lock"), pytest.raises(AdaINError, match="another run is at work"):
        stylize_dataset(contents, styles, job[0], OPTIONS, workers=0)


def test_another_job_is_refused_and_told_what_differs(job: tuple[Path, Report], contents: Path, styles: Path) -> None:
    before = tree(job[0])
    with pytest.raises(AdaINError, match=r"another job \(seed was 7 and is 1\)"):
        options = JobOptions(seed=1, per_picture=2, alpha=(0.5, 1.0), dtype="float32")
        stylize_dataset(contents, styles, job[0], options, workers=0)
    with pytest.raises(AdaINError, match=r"another job \(styles was"):
        stylize_dataset(contents, "builtin", job[0], OPTIONS, workers=0)
    assert tree(job[0]) == before


def test_the_order_of_batches_does_not_depend_on_what_is_done_already(
    job: tuple[Path, Report], contents: Path, styles: Path, tmp_path: Path
) -> None:
    """Results are equal bit by bit even where a batch of another size would round differently."""
    out = tmp_path / "out"
    shutil.copytree(job[0], out)
    for path in sorted(out.rglob("picture*"))[::3]:
        path.unlink()
    report = stylize_dataset(contents, styles, out, OPTIONS, workers=0)
    assert report.made == 14 and tree(out) == tree(job[0])


def test_built_in_styles_are_those_of_the_model_and_others_styles_are_refused(tmp_path):
    """The small network paints with its own reading of a painting, never with the statistics of the other one."""
    (tmp_path / "in").mkdir()
    Image.open(Path(__file__).parents[2] / "examples" / "chelsea.jpg").resize((96, 64)).save(tmp_path / "in" / "a.png")
    options = JobOptions(model="lite", dtype="float32", suffix=".png")
    stylize_dataset(tmp_path / "in", "scream", tmp_path / "out", options, workers=0)
    model = AdaIN.from_pretrained("lite", device="cpu", dtype="float32")
    [made] = (tmp_path / "out").glob("a*.png")
    expected = np.asarray(model.stylize(tmp_path / "in" / "a.png", "scream").convert("RGB"), dtype=int)
    assert np.abs(np.asarray(Image.open(made).convert("RGB"), dtype=int) - expected).max() <= 1
    stray = tmp_path / "stray.safetensors"
    AdaIN.from_pretrained(device="cpu").encode_style(tmp_path / "in" / "a.png").save(stray)
    with pytest.raises(StyleError, match="made with encoder"):
        stylize_dataset(tmp_path / "in", stray, tmp_path / "other", options, workers=0)
