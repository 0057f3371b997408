"""The results of a session, to look at again and to go back to; the pictures are files that end with the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from .controls import Controls
from .request import Request

MOST, MASK_BYTES = 24, 4 * 2**20
"""Results of one session, and bytes of the painted masks that all of them may take together."""


@dataclass(frozen=True)
class Result:
    """One result and how it came about.

    Attributes:
        request: what was asked for.
        controls: what the page's controls were.
        before: path of the photo to look at.
        after: path of the result to look at.
        full: path of the result with every pixel, as PNG; None for that of the opening, which was painted elsewhere.
        name: file name of a download, without suffix.
        title: the styles' names.
        facts: a line on it.
    """

    request: Request
    controls: Controls
    before: str
    after: str
    full: str | None
    name: str
    title: str
    facts: str

    def there(self) -> bool:
        """Whether its files are; they are deleted after a while."""
        files = [self.before, self.after, *([] if self.full is None else [self.full])]
        return all(Path(file).exists() for file in files)

    @property
    def bytes(self) -> int:
        """What its painted masks take."""
        return sum(map(len, self.request.painted))


@dataclass(frozen=True)
class History:
    """Results in the order in which they were seen.

    Attributes:
        results: the first was seen longest ago; each with a number of its own.
        at: number of the one that is shown; None for none.
        next: the number of the next one.
    """

    results: tuple[tuple[int, Result], ...] = ()
    at: int | None = None
    next: int = 0

    @property
    def current(self) -> Result | None:
        """The result that is shown."""
        return dict(self.results).get(-1 if self.at is None else self.at)

    def added(self, result: Result) -> History:
        """With a new result. The one that was shown until now stands right before it, so that undo leads there."""
        seen = sorted(self.results, key=lambda row: row[0] == self.at)  # stable: the others keep their order
        rows = [*seen, (self.next, result)][-MOST:]
        while len(rows) > 1 and sum(row.bytes for _, row in rows) > MASK_BYTES:
            del rows[0]
        return History(tuple(rows), self.next, self.next + 1)

    def replaced(self, result: Result) -> History:
        """With the shown one's files made anew."""
        return replace(
            self, results=tuple((number, result if number == self.at else row) for number, row in self.results)
        )

    def back(self) -> History:
        """Showing the one before; the first one stays."""
        numbers = [number for number, _ in self.results]
        place = numbers.index(self.at) if self.at in numbers else len(numbers)
        return replace(self, at=numbers[max(0, place - 1)]) if numbers else self

    def showing(self, number: int) -> History:
        """Showing one by its number; as before, if it is gone."""
        return replace(self, at=number) if number in dict(self.results) else self
