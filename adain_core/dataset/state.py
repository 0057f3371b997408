"""The folder of a job: whose it is, and what lies there beside the results.

Everything but results is a hidden file at the top, of a name that begins with ".adain-", never a folder: loaders take
folders for classes (torchvision's ImageFolder, hidden ones too) and visible files for data (`datasets`), and a file
beside the folder would be lost where the folder is a disk of its own.
"""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import AdaINError
from ..system.atomic_files import TEMPORARY, write_atomically
from .job import FORMAT, fingerprint


@dataclass(frozen=True)
class JobFolder:
    """The folder of a job: results, and beside them what the job needs to go on.

    Attributes:
        root: the output folder.
    """

    root: Path

    def own(self, name: str) -> Path:
        """A file that is no result."""
        return self.root / f".adain-{name}"

    @property
    def manifest(self) -> Path:
        """One JSON line a result."""
        return self.own("manifest.jsonl")

    @property
    def identity(self) -> Path:
        """What the job is: another one is refused."""
        return self.own("job.json")

    @property
    def pictures(self) -> Path:
        """Keys of the pictures, as they were when the job began and each time it was extended."""
        return self.own("pictures.json.gz")

    @property
    def styles(self) -> Path:
        """Statistics of the styles, a library of :mod:`adain_core.styles.builtin`."""
        return self.own("styles.safetensors")

    @property
    def bad_styles(self) -> Path:
        """Style pictures that cannot be used, and why."""
        return self.own("bad_styles.json")

    @property
    def lock(self) -> Path:
        """Held by the run that is at work."""
        return self.own("lock")

    def temporary(self) -> Path:
        """A new name for a result being written; on the same disk, so that renaming it is all or nothing."""
        return self.root / f"{TEMPORARY}-{uuid.uuid4().hex}"

    def rows(self, shard: str) -> Path:
        """Manifest lines of a shard, written before it and kept until the manifest has them."""
        return self.own(f"rows-{fingerprint([shard])}.jsonl")

    def drop_temporary(self) -> None:
        """Delete what a kill left half written."""
        for path in self.root.glob(f"{TEMPORARY}-*"):
            path.unlink(missing_ok=True)

    def drop_rows(self) -> None:
        """Delete lines of shards, which the manifest has."""
        for path in self.root.glob(self.own("rows-*").name):
            path.unlink(missing_ok=True)

    def began(self) -> bool:
        """Whether a job began here."""
        return self.identity.is_file()

    def listed(self) -> list[list[str]]:
        """Keys of the pictures: those it began with, then those of each extension; empty if there is no list."""
        if not self.pictures.is_file():
            return []
        try:
            return [list(keys) for keys in json.loads(gzip.decompress(self.pictures.read_bytes()))]
        except (OSError, EOFError, ValueError) as e:
            raise AdaINError(f"{self.pictures} is damaged ({e}): use another output folder") from e

    def list_pictures(self, generations: Sequence[Sequence[str]]) -> None:
        """Keep the keys of the pictures."""
        write_atomically(self.pictures, gzip.compress(json.dumps(generations).encode(), 1, mtime=0))


def claim(folder: JobFolder, identity: dict[str, Any]) -> bool:
    """Make the folder this job's, or find that it is already.

    Args:
        folder: the folder; made if it is not there.
        identity: what makes it this job and no other, but for its pictures; JSON values.

    Returns:
        Whether the job had begun before.

    Raises:
        AdaINError: it holds another job, or files that are no job's, or it is a file.
    """
    wanted = json.loads(json.dumps({"format": FORMAT, **identity}))
    if folder.root.exists() and not folder.root.is_dir():
        raise AdaINError(f"{folder.root} is a file: give a new or an empty folder for the results")
    if folder.identity.is_file():
        try:
            found = dict(json.loads(folder.identity.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as e:
            raise AdaINError(f"{folder.identity} is damaged ({e}): use another output folder") from e
        changed = [
            f"{key} was {found.get(key)!r} and is {wanted.get(key)!r}"
            for key in {**wanted, **found}
            if found.get(key) != wanted.get(key)
        ]
        if changed:
            raise AdaINError(
                f"{folder.root} holds another job ({'; '.join(changed)}): repeat that job's call to go on with it, or "
                "give another output folder"
            )
        return True
    folder.root.mkdir(parents=True, exist_ok=True)
    if folder.manifest.is_file():
        raise AdaINError(f"{folder.manifest} is of a job that this command did not start: give another output folder")
    held = [path.name for path in folder.root.iterdir() if not path.name.startswith(".adain-")]
    if held:
        raise AdaINError(f"{folder.root} is not empty ({held[0]}, {len(held)} in all): give a new or an empty folder")
    write_atomically(folder.identity, (json.dumps(wanted, indent=1) + "\n").encode())
    return False


def generations(folder: JobFolder, keys: Sequence[str], extend: bool) -> list[list[str]]:
    """The job's pictures: those it began with, then those of each extension. Nothing is written.

    Args:
        folder: of a job that was claimed.
        keys: of the pictures that are there now.
        extend: whether new ones may be added.

    Raises:
        AdaINError: there are others than before.
    """
    listed = folder.listed()
    if not listed:
        return [list(keys)]
    known, here = {key for part in listed for key in part}, set(keys)
    new, gone = [key for key in keys if key not in known], [key for part in listed for key in part if key not in here]
    if gone:
        raise AdaINError(
            f"{folder.root} holds another job: {len(gone)} of its {len(known)} pictures are gone (the first: "
            f"{gone[0]}): bring them back, or give another output folder"
        )
    if new and not extend:
        raise AdaINError(
            f"{folder.root} holds another job: {len(new)} pictures are new (the first: {new[0]}): add --extend to "
            "paint them, too, or give another output folder"
        )
    return [*listed, new] if new else listed


def check_apart(out: Path, content: str, styles: str | None) -> None:
    """Refuse an output folder within an input: results would be taken for pictures to stylize.

    Args:
        out: the output folder.
        content: where the pictures are.
        styles: where the styles are; None for built-in ones, which are in no folder.

    Raises:
        AdaINError: it is one, or in one.
    """
    inside = out.resolve()
    for what, ref in (("pictures", content), ("styles", styles)):
        if ref is None:
            continue
        folder = Path(ref)
        if folder.is_dir() and (inside == folder.resolve() or folder.resolve() in inside.parents):
            raise AdaINError(
                f"the output folder {out} lies in the folder of {what} {ref}, where results would be taken for input: "
                "give a folder outside of it"
            )
