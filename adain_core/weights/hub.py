"""Files from the Hugging Face Hub: checked, cached, and with errors of one line."""

from __future__ import annotations

import hashlib
from importlib import import_module
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import WeightsError, one_line

CALLER: dict[str, Any] = {"library_name": "adain-style-transfer", "library_version": __version__}
"""Who asks, for the user-agent of every request: the Hub tells downloads apart by it."""


def hub_errors() -> tuple[type[Exception], ...]:
    """All that huggingface_hub raises when the Hub cannot be reached, refuses or answers nonsense.

    Whatever else comes out of a call to it is a mistake of the caller.

    Its `HfHubHTTPError` descends from the `HTTPError` of the client it connects with. In httpx (version 1) and httpx2
    (version 2) that is the base of all errors of a request but a malformed address; those of requests (version 0) are
    OSErrors, as are those of the disk and of offline mode. A RuntimeError wraps what went wrong in an upload; a
    ValueError is an answer that is not the Hub's (a login page, say), a refusal by its storage, or an id that is none.
    """
    from huggingface_hub.errors import HfHubHTTPError

    client = import_module(HfHubHTTPError.__bases__[0].__module__.partition(".")[0])
    return (*HfHubHTTPError.__bases__, getattr(client, "InvalidURL", OSError), OSError, RuntimeError, ValueError)


def fetch(repo_id: str, file: str, revision: str = "main", *, sha256: str = "") -> Path:
    """A file of a Hub repo, from the Hub cache or by download.

    With a known hash the cache is looked up first and nothing is asked of the network if the file is there; without
    one the Hub is asked whether the revision moved, and the cache serves when it cannot be reached.

    Args:
        repo_id: "user/repo".
        file: name of the file in the repo.
        revision: branch, tag or commit.
        sha256: hex digest the file must have; a file of another one is removed from the cache.

    Raises:
        WeightsError: offline or not reachable and not cached, no such repo, revision or file, a download that broke
            off, or one of another hash.
    """
    from huggingface_hub import hf_hub_download, try_to_load_from_cache

    if sha256:
        cached = try_to_load_from_cache(repo_id, file, revision=revision)
        if isinstance(cached, str):
            if file_sha256(cached) == sha256:
                return Path(cached)
            discard(Path(cached))
    try:
        path = Path(hf_hub_download(repo_id, file, revision=revision, **CALLER))
    except hub_errors() as e:
        raise WeightsError(explain(e, repo_id, file, revision)) from e
    if sha256 and (found := file_sha256(path)) != sha256:
        discard(path)
        raise WeightsError(
            f"{file} from {repo_id} has SHA-256 {found}, expected {sha256}: it was removed from the cache; try again, "
            "and if it stays so do not use that repo"
        )
    return path


def is_hub_id(name: str) -> bool:
    """Whether it may be the id of a Hub repo, "user/name" or "name": asks nobody."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return True


def is_known(repo_id: str, file: str, revision: str) -> bool:
    """Whether the Hub cache holds the file as of the revision, or knows that there is none: asks nobody."""
    from huggingface_hub import try_to_load_from_cache

    return try_to_load_from_cache(repo_id, file, revision=revision) is not None


def explain(error: Exception, repo_id: str, file: str, revision: str) -> str:
    """Why `hf_hub_download` failed and what to do, in one line."""
    from huggingface_hub import constants
    from huggingface_hub.errors import (
        EntryNotFoundError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    what = f"{file} of {repo_id} (revision {revision})"
    if isinstance(error, LocalEntryNotFoundError):
        missing = f"{what} is not in the Hub cache {constants.HF_HUB_CACHE} and "
        if constants.HF_HUB_OFFLINE:
            return missing + "HF_HUB_OFFLINE is set: unset it to download the file once"
        reason = one_line(error.__cause__ or error)
        return missing + f"{constants.ENDPOINT} did not serve it ({reason}): check the connection and try again"
    if isinstance(error, RepositoryNotFoundError):
        return f"no repo {repo_id!r} at {constants.ENDPOINT}: check the id; for a private one run `hf auth login`"
    if isinstance(error, RevisionNotFoundError):
        return f"repo {repo_id!r} has no revision {revision!r}: name a branch, tag or commit that exists"
    if isinstance(error, EntryNotFoundError):
        return f"repo {repo_id!r} has no file {file!r} at revision {revision!r}: check the repo"
    if isinstance(error, HFValidationError):
        return f"{repo_id!r} is no Hub id: write user/repo or user/repo@revision"
    return f"download of {what} broke off ({one_line(error)}): try again"


def file_sha256(path: str | Path) -> str:
    """Hex SHA-256 of a file."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def discard(path: Path) -> None:
    """Remove a file from the Hub cache, where it is a link to the content: links and content."""
    while path.is_symlink():
        target = path.parent / path.readlink()
        path.unlink()
        path = target
    path.unlink(missing_ok=True)
