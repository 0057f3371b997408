"""Put the files of a folder on the Hugging Face Hub, all together or not at all."""

from __future__ import annotations

from pathlib import Path

from adain_core.errors import one_line
from adain_core.weights.hub import CALLER, hub_errors
from training.pictures import TrainingError


def upload(folder: Path, repo_id: str, *, private: bool = False, tag: str = "", message: str = "") -> str:
    """Upload all files of a folder in one commit; the repo is made if it does not exist.

    Returns:
        Address of the commit.

    Raises:
        TrainingError: no access, no connection, or it broke off: nothing of it is visible then, unless the error says
            that only the tag is missing.
    """
    from huggingface_hub import CommitOperationAdd, HfApi

    api = HfApi(**CALLER)
    files = sorted(path for path in folder.iterdir() if path.is_file())
    add = [CommitOperationAdd(path.name, path) for path in files]
    try:
        api.create_repo(repo_id, private=private, exist_ok=True)
        # One commit, not upload_folder, which may make several: a reader never sees a card without its decoder.
        commit = api.create_commit(repo_id, add, commit_message=message or f"Upload {', '.join(p.name for p in files)}")
    except hub_errors() as e:
        raise TrainingError(
            f"{repo_id}: upload failed ({_reason(e)}); nothing half-done is visible there: check "
            "`hf auth login` and the connection, then run the same command again"
        ) from e
    if tag:
        try:
            api.create_tag(repo_id, tag=tag, revision=commit.oid)
        except hub_errors() as e:
            raise TrainingError(
                f"{repo_id}: uploaded as {commit.commit_url}, but without the tag {tag!r} ({_reason(e)}): set it with "
                f"`hf repos tag create {repo_id} {tag} --revision {commit.oid}`"
            ) from e
    return str(commit.commit_url)


def _reason(error: Exception) -> str:
    return one_line(error.__cause__ or error)
