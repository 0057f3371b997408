"""The job in pieces: chunks of neighbouring pictures, the same whatever works on them.

A chunk is what a worker takes at a time. Batches form within one, so results do not depend on how many workers
there are or where a job was stopped: sums in a network are rounded a little differently in batches of another size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .job import JobOptions
from .pairing import draw_alpha, draw_styles
from .sources.samples import Group, Item, result_name


@dataclass(frozen=True)
class Draw:
    """One result of a picture.

    Attributes:
        name: its path: in the shard, or below the output folder.
        output: its name in the manifest.
        style: drawn for it.
        alpha: drawn for it.
        wanted: whether it is still to be made.
    """

    name: str
    output: str
    style: str
    alpha: float
    wanted: bool = True


@dataclass(frozen=True)
class Task:
    """A picture and its results."""

    item: Item
    draws: tuple[Draw, ...]


@dataclass(frozen=True)
class Chunk:
    """Pictures that are worked on together.

    Attributes:
        number: from 0.
        shard: file below the output folder that takes all results; empty for a file each.
        tasks: in their order.
    """

    number: int
    shard: str
    tasks: tuple[Task, ...]

    @property
    def results(self) -> int:
        """How many there are."""
        return sum(len(task.draws) for task in self.tasks)

    @property
    def wanted(self) -> bool:
        """Whether anything is still to be made."""
        return any(draw.wanted for task in self.tasks for draw in task.draws)


def chunk_size(pictures: int) -> int:
    """Pictures a chunk: large enough for full batches, small enough for workers to finish together."""
    return min(max(pictures // 64, 8), 256)


@dataclass(frozen=True)
class Layout:
    """Where the results of a dataset go.

    Attributes:
        options: of the job.
        kind: of the source.
        groups: its pictures.
    """

    options: JobOptions
    kind: str
    groups: Sequence[Group]

    @property
    def store(self) -> str:
        """What results are stored in."""
        return self.options.store or {"hf": "parquet"}.get(self.kind, self.kind)

    def pieces(self) -> Iterator[tuple[str, Group, Sequence[Item]]]:
        """Shard, group and pictures of each chunk."""
        follow = self.kind in ("tar", "parquet") and self.store != "files"
        if self.store == "files":
            step = chunk_size(sum(len(group.items) for group in self.groups))
        else:
            step = self.options.shard_size
        cuts = [
            (group, group.items[start : start + length])
            for group in self.groups
            for length in [len(group.items) if follow else step]
            for start in range(0, len(group.items), length)
        ]
        split = self.groups[0].name if self.kind == "hf" else "train"
        for number, (group, items) in enumerate(cuts):
            if self.store == "parquet":  # the layout that load_dataset knows
                yield f"data/{split}-{number:05d}-of-{len(cuts):05d}.parquet", group, items
            elif self.store == "tar":
                yield (f"{group.name}.tar" if follow else f"{split}-{number:06d}.tar"), group, items
            else:
                yield "", group, items

    def name(self, group: Group, item: Item, k: int) -> str:
        """Path of a picture's k-th result, in its shard or below the output folder."""
        key = item.key if self.store == "files" else group.inner(item)
        return result_name(key, k, self.options.per_picture, self.options.suffix)

    def outputs(self) -> Iterator[tuple[Item, list[str]]]:
        """Each picture with the names of its results in the manifest, in order."""
        for shard, group, items in self.pieces():
            for item in items:
                names = [self.name(group, item, k) for k in range(self.options.per_picture)]
                yield item, [f"{shard}/{name}" if shard else name for name in names]

    def chunks(self, styles: Sequence[str], bad: Sequence[str], done: set[str]) -> Iterator[Chunk]:
        """The chunks with something left to make.

        Args:
            styles: names of all.
            bad: those that cannot be used.
            done: outputs that are made; a shard counts as a whole.
        """
        options = self.options
        unusable = {styles.index(name) for name in bad}
        for number, (shard, group, items) in enumerate(self.pieces()):
            tasks = []
            for item in items:
                drawn = draw_styles(options.seed, item.key, options.per_picture, len(styles), unusable)
                draws = []
                for k, style in enumerate(drawn):
                    name = self.name(group, item, k)
                    output = f"{shard}/{name}" if shard else name
                    alpha = draw_alpha(options.seed, item.key, k, *options.alpha)
                    draws.append(Draw(name, output, styles[style], alpha, output not in done))
                tasks.append(Task(item, tuple(draws)))
            chunk = Chunk(number, shard, tuple(tasks))
            if chunk.wanted:
                yield chunk
