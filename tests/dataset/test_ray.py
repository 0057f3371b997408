"""The same job on Ray: a real cluster of two nodes on this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from dataset_pictures import ROOT, tree

from adain_core.dataset import JobOptions, StoppedError, stylize_dataset

pytestmark = pytest.mark.needs("ray")

pytestmark = pytest.mark.slow

OPTIONS = JobOptions(seed=7, per_picture=2, alpha=(0.5, 1.0), dtype="float32")


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of two nodes with one core each."""
    import ray
    from ray.cluster_utils import Cluster

    os.environ["PYTHONPATH"] = str(ROOT)
    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    nodes.add_node(num_cpus=1)
    yield nodes.address
    ray.shutdown()
    nodes.shutdown()


def test_two_nodes_make_what_one_process_makes(cluster: str, contents: Path, styles: Path, tmp_path: Path) -> None:
    here = stylize_dataset(contents, styles, tmp_path / "here", OPTIONS, workers=0)
    there = stylize_dataset(contents, styles, tmp_path / "there", OPTIONS, ray=cluster, workers=2)
    assert tree(tmp_path / "there") == tree(tmp_path / "here")
    assert there.made == here.made == 40 and there.failed == here.failed and there.bad_styles == here.bad_styles


def test_a_job_begun_here_goes_on_there(cluster: str, contents: Path, styles: Path, tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done >= 10:
            raise Stop

    with pytest.raises(Stop):
        stylize_dataset(contents, styles, tmp_path / "out", OPTIONS, workers=0, advance=stop)
    report = stylize_dataset(contents, styles, tmp_path / "out", OPTIONS, ray=cluster, workers=2)
    assert report.made <= 32
    stylize_dataset(contents, styles, tmp_path / "whole", OPTIONS, workers=0)
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")


def test_what_an_actor_cannot_write_stops_the_job_in_its_words(cluster: str, contents: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = JobOptions(dtype="float32")
    stylize_dataset(contents, "scream", out, options, workers=0)
    shutil.rmtree(out / "class2")
    (out / "class2").write_text("in the way")
    with pytest.raises(
        StoppedError, match=r"^cannot write .*class2/picture.*: (File exists|Not a directory); what is done"
    ):
        stylize_dataset(contents, "scream", out, options, ray=cluster, workers=1)
