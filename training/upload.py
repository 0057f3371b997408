"""Put the files of a folder on the Hugging Face Hub, all together or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training.pictures import TrainingError


def upload(folder: Path, repo_id: str, *, private: bool = False, tag: str = "", message: str = "") -> str:
    """Upload all files of a folder in one commit; the repo is made if it does not exist.

    Returns:
        Address of the commit.

    Raises:
        TrainingError: no access, no connection, or it broke off: nothing of it is visible then.
    """
    from huggingface_hub import CommitOperationAdd, HfApi
    from huggingface_hub.errors import HfHubHTTPError

    api = HfApi()
    files = sorted(path for path in folder.iterdir() if path.is_file())
    add = [CommitOperationAdd(path.name, path) for path in files]
    try:
        api.create_repo(repo_id, private=private, exist_ok=True)
        # One commit, not upload_folder, which may make several: a reader never sees a card without its decoder.
        commit = api.create_commit(repo_id, add, commit_message=message or f"Upload {', '.join(p.name for p in files)}")
        if tag:
            api.create_tag(repo_id, tag=tag, revision=commit.oid)
    except Exception as e:
        if not isinstance(e, HfHubHTTPError | OSError | RuntimeError) and type(e).__module__ != "httpx":
            raise  # a mistake of ours; httpx is what the Hub library connects with since version 1
        raise TrainingError(
            f"{repo_id}: upload failed ({_first_line(e)}); nothing half-done is visible there: check "
            "`hf auth login` and the connection, then run the same command again"
        ) from e
    return str(commit.commit_url)


def _first_line(error: BaseException) -> str:
    cause: Any = error.__cause__ or error
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__
