"""The job in pieces: chunks of neighbouring pictures, the same whatever works on them.

A chunk is what a worker takes at a time. Batches form within one, so results do not depend on how many workers
there are or where a job was stopped: sums in a network are rounded a little differently in batches of another size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from .job import JobOptions
from .pairing import draw_alpha, draw_styles
from .sources.samples import Group, Item, result_name, valid_text


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
        generations: the pictures the job began with, then those of each extension: what is made stays as it is.
    """

    options: JobOptions
    kind: str
    generations: Sequence[Sequence[Group]]

    @property
    def store(self) -> str:
        """What results are stored in."""
        return self.options.store or {"hf": "parquet"}.get(self.kind, self.kind)

    @property
    def keys(self) -> list[str]:
        """Of all pictures, in order."""
        return [item.key for groups in self.generations for group in groups for item in group.items]

    def pieces(self) -> Iterator[tuple[str, Group, Sequence[Item]]]:
        """Shard, group and pictures of each chunk."""
        follow = self.kind in ("tar", "parquet") and self.store != "files"
        number, taken = 0, set()
        for groups in self.generations:
            if self.store == "files":
                step = chunk_size(sum(len(group.items) for group in groups))
            else:
                step = self.options.shard_size
            cuts = [
                (group, group.items[start : start + length])
                for group in groups
                for length in [len(group.items) if follow else step]
                for start in range(0, len(group.items), length)
            ]
            total = number + len(cuts)
            split = groups[0].name if self.kind == "hf" else "train"
            for group, items in cuts:
                if self.store == "parquet":  # the layout that load_dataset knows
                    yield f"data/{split}-{number:05d}-of-{total:05d}.parquet", group, items
                elif self.store == "tar":
                    name = group.name if follow else f"{split}-{number:06d}"
                    while name in taken:  # a shard that has grown since
                        name += f"-{number}"
                    taken.add(name)
                    yield f"{name}.tar", group, items
                else:
                    yield "", group, items
                number += 1

    def name(self, group: Group, item: Item, k: int) -> str:
        """Path of a picture's k-th result, in its shard or below the output folder."""
        key = item.key if self.store == "files" else group.inner(item)
        if self.store == "parquet":
            key = valid_text(key)
        return result_name(self._renamed.get(key, key), k, self.options.per_picture, self.options.suffix)

    @cached_property
    def _renamed(self) -> dict[str, str]:
        """Files that a tar needs other names for: all that shares a name up to its first dot is one sample there."""
        renamed: dict[str, str] = {}
        taken: set[str] = set()
        for key in self.keys if self.store == "tar" and self.kind == "files" else ():
            folder, slash, name = key.rpartition("/")
            stem, _, ending = name.rpartition(".")
            sample = plain = folder + slash + stem.replace(".", "_")
            number = 1
            while sample in taken:
                number += 1
                sample = f"{plain}_{ending}" if number == 2 else f"{plain}_{ending}_{number}"
            taken.add(sample)
            if f"{sample}.{ending}" != key:
                renamed[key] = f"{sample}.{ending}"
        return renamed

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


def by_generation(groups: Sequence[Group], generations: Sequence[Sequence[str]]) -> list[list[Group]]:
    """The groups, cut up by when their pictures came: those a job began with, then those of each extension.

    Args:
        groups: of the source.
        generations: keys of the pictures of each.
    """
    if len(generations) == 1:
        return [list(groups)]
    came = {key: number for number, keys in enumerate(generations) for key in keys}
    return [
        [Group(group.name, items) for group in groups if (items := [i for i in group.items if came[i.key] == number])]
        for number in range(len(generations))
    ]
