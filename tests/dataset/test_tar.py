"""What names in a tar can do to the results: nothing."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest
from dataset_pictures import manifest, photo, tree
from PIL import Image

from adain_core.dataset import JobOptions, stylize_dataset, verify
from adain_core.dataset.packing import siblings
from adain_core.dataset.state import JobFolder
from adain_core.dataset.storing import write_whole
from adain_core.errors import AdaINError


def encoded(number: int, kind: str) -> bytes:
    """A small picture file."""
    out = io.BytesIO()
    photo(number, 16, 24).save(out, kind)
    return out.getvalue()


def pack(path: Path, members: list[tuple[str, bytes]]) -> Path:
    """A tar of these members."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def members(path: Path) -> dict[str, bytes]:
    """Of a tar, by name."""
    with tarfile.open(path) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


def results(out: Path, store: str) -> dict[str, bytes]:
    """What users find, by the name in the shard."""
    if store == "tar":
        return members(out / "s.tar")
    return {path.name: path.read_bytes() for path in (out / "s").iterdir()}


@pytest.mark.parametrize("store", ["files", "tar"])
@pytest.mark.parametrize(("picture", "suffix"), [("x.jpg", ".png"), ("x.bmp", None)])
def test_a_member_with_the_results_name_is_kept_under_another(
    tmp_path: Path, store: str, picture: str, suffix: str | None
) -> None:
    mask = encoded(1, "PNG")
    kind = {"x.jpg": "JPEG", "x.bmp": "BMP"}[picture]
    pack(tmp_path / "in" / "s.tar", [(picture, encoded(0, kind)), ("x.png", mask), ("x.cls", b"3")])
    options = JobOptions(store=store, suffix=suffix, model="lite", dtype="float32")
    stylize_dataset(tmp_path / "in", "scream", tmp_path / "out", options, workers=0)
    found = results(tmp_path / "out", store)
    assert set(found) == {"x.png", "x.orig.png", "x.cls"}
    assert found["x.orig.png"] == mask and found["x.png"] != mask
    [row] = manifest(tmp_path / "out")
    assert row["sha256"] == hashlib.sha256(found["x.png"]).hexdigest() and not verify(tmp_path / "out")


def test_a_new_name_is_one_that_no_other_member_has() -> None:
    fields = {"PNG": b"in capitals", "orig.PNG": b"taken", "cls": b"3"}
    assert siblings("a/x.png", fields) == {
        "a/x.orig.orig.PNG": b"in capitals", "a/x.orig.PNG": b"taken", "a/x.cls": b"3",
    }  # fmt: skip


def test_a_damaged_header_between_two_members_is_told(tmp_path: Path) -> None:
    """Python's reader takes it for the end, and what follows would be lost without a word."""
    shard = pack(tmp_path / "in" / "s.tar", [(f"{name}.png", encoded(0, "PNG")) for name in "abc"])
    data = bytearray(shard.read_bytes())
    second = data.index(b"b.png")
    data[second + 150] ^= 1  # of its checksum
    shard.write_bytes(data)
    with pytest.raises(
        AdaINError, match=rf"s\.tar cannot be read as a tar file \(the header at byte {second} is damaged"
    ):
        stylize_dataset(tmp_path / "in", "scream", tmp_path / "out", workers=0)


def test_a_size_that_no_file_has_is_told(tmp_path: Path) -> None:
    shard = pack(tmp_path / "in" / "s.tar", [("a.png", encoded(0, "PNG"))])
    info = tarfile.TarInfo("b.png")
    info.size = 1 << 80
    shard.write_bytes(info.tobuf(tarfile.GNU_FORMAT) + shard.read_bytes())
    with pytest.raises(AdaINError, match=r"s\.tar cannot be read as a tar file"):
        stylize_dataset(tmp_path / "in", "scream", tmp_path / "out", workers=0)


@pytest.mark.parametrize("store", ["files", "tar"])
def test_of_two_members_with_one_name_the_last_counts(tmp_path: Path, store: str) -> None:
    """As for `tar -x`: `tar -r` appends the newer one."""
    pack(tmp_path / "twice" / "s.tar", [("x.png", encoded(0, "PNG")), ("x.png", encoded(5, "PNG"))])
    pack(tmp_path / "once" / "s.tar", [("x.png", encoded(5, "PNG"))])
    options = JobOptions(store=store, model="lite", dtype="float32")
    for name in ("twice", "once"):
        stylize_dataset(tmp_path / name, "scream", tmp_path / f"out-{name}", options, workers=0)
    assert tree(tmp_path / "out-twice") == tree(tmp_path / "out-once")
    found = results(tmp_path / "out-twice", store)
    assert list(found) == ["x.png"] and Image.open(io.BytesIO(found["x.png"])).size == (24, 16)
    assert not verify(tmp_path / "out-twice")


@pytest.mark.parametrize("name", ["../../escaped/x", "/escaped/x", "a/../../../escaped/x", "a\\..\\..\\x"])
def test_members_that_lead_out_of_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    shard = pack(tmp_path / "in" / "s.tar", [(f"{name}.jpg", encoded(0, "JPEG")), (f"{name}.py", b"print(1)")])
    before = tree(tmp_path)
    with pytest.raises(AdaINError) as refused:
        stylize_dataset(
            shard, "scream", tmp_path / "deep" / "out", JobOptions(store="files", model="lite", dtype="float32"),
            workers=0,
        )  # fmt: skip
    assert str(shard) in str(refused.value) and repr(f"{name}.jpg") in str(refused.value)
    assert tree(tmp_path) == before


def test_nothing_is_written_outside_of_the_output_folder(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    folder = JobFolder(tmp_path / "out")
    with pytest.raises(AdaINError, match="outside of the output folder"):
        write_whole(folder, folder.root / "a" / ".." / ".." / "escaped.cls", b"3")
    assert not (tmp_path / "escaped.cls").exists()
    folder.root.mkdir()
    (folder.root / "linked").symlink_to(tmp_path / "disk")  # the user's own doing
    write_whole(folder, folder.root / "linked" / "x.cls", b"3")
    assert (tmp_path / "disk" / "x.cls").read_bytes() == b"3"
