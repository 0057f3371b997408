"""What stops a job that had begun."""

from ..errors import AdaINError


class StoppedError(AdaINError):
    """A job that cannot go on now: a full disk, a worker that died. What is done is kept; the same call goes on."""
