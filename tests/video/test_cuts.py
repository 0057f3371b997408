"""Where a scene begins, with and without PySceneDetect; and what is said of a PyAV that is too old."""

from __future__ import annotations

import importlib
import sys

import numpy as np
import pytest
from video.clips import av

from adain_core import AdaINError
from adain_core.video.cuts import SceneCuts


def scenes(photo: np.ndarray) -> list[np.ndarray]:
    """Three scenes of five frames that pan slowly, blue first."""
    views = [photo[:180, :256], 255 - photo[200:380, :256], photo[300:480, 200:456][:, ::-1]]
    return [np.ascontiguousarray(np.roll(view, shift, 1)[:, :, ::-1]) for view in views for shift in range(5)]


@pytest.mark.parametrize("installed", [True, False])
def test_each_scene_begins_with_its_first_frame(
    photo: np.ndarray, monkeypatch: pytest.MonkeyPatch, installed: bool
) -> None:
    if installed:
        pytest.importorskip("scenedetect")
    else:
        for name in ("scenedetect", "scenedetect.common", "scenedetect.detectors"):
            monkeypatch.setitem(sys.modules, name, None)
    cuts = SceneCuts()
    assert [number for number, frame in enumerate(scenes(photo)) if cuts(frame)] == [0, 5, 10]


@pytest.mark.parametrize("threshold", [2.0, 5.0, 10.0, 27.0, 60.0])
def test_both_ways_agree_at_any_threshold(photo: np.ndarray, threshold: float) -> None:
    """But for rounding: none of these frames is just at it."""
    pytest.importorskip("scenedetect")
    frames = scenes(photo)[::2]
    found = []
    for missing in (False, True):
        with pytest.MonkeyPatch.context() as patch:
            if missing:
                patch.setitem(sys.modules, "scenedetect.common", None)
            cuts = SceneCuts(threshold)
        found.append([cuts(frame) for frame in frames])
    assert found[0] == found[1]


def test_an_old_pyav_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """ComfyUI may have one."""
    from adain_core.video import pyav

    monkeypatch.setattr(av, "__version__", "16.0.0")
    with pytest.raises(AdaINError, match=r"need PyAV 17 or newer, and 16\.0\.0 is installed: pip install -U av"):
        importlib.reload(pyav)
    monkeypatch.undo()
    importlib.reload(pyav)
