"""Curves of training runs: drawn from their logs, wrong input named."""

import json
from pathlib import Path

import pytest
from PIL import Image

from training.curve import curve, draw, points, read_log
from training.pictures import TrainingError


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run's folder with three lines of training and one of judging."""
    folder = tmp_path / "mine"
    folder.mkdir()
    lines = [{"step": step, "content": 1.0 / step, "style": 2.0 / step} for step in (1, 2, 3)]
    lines.append({"step": 3, "held_target": 0.5})
    (folder / "log.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return folder


def test_a_panel_a_quantity_and_a_line_a_run(run, tmp_path):
    """What no run has gets no panel; a log file stands for its run."""
    other = tmp_path / "other.jsonl"
    other.write_text((run / "log.jsonl").read_text(encoding="utf-8").replace("held_target", "nothing"), "utf-8")
    content, style, target = draw([run, other]).axes
    assert [line.get_label() for line in content.get_lines()] == ["mine", "other"]
    assert style.get_lines()[0].get_xydata().tolist() == [[1, 2.0], [2, 1.0], [3, 2 / 3]]
    assert target.get_lines()[0].get_xydata().tolist() == [[3, 0.5]]
    assert points(read_log(run), "held_target") == ([3], [0.5])


def test_the_picture_is_written_in_the_format_its_name_asks_for(run, tmp_path):
    """PNG and SVG; the same log gives the same file."""
    curve(tmp_path / "curve.png", [run])
    assert Image.open(tmp_path / "curve.png").width > 900
    curve(tmp_path / "curve.svg", [run])
    first = (tmp_path / "curve.svg").read_text(encoding="utf-8")
    curve(tmp_path / "curve.svg", [run])
    assert "<svg" in first and first == (tmp_path / "curve.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "is no log"),
        ("", "is empty"),
        ("{not json\n", "is no log"),
        ("[]", "ends so"),
        ('{"step": 1}', "none of content"),
    ],
)
def test_wrong_input_is_named(tmp_path, content, said):
    """A folder without a log, an empty or broken one, a picture format that is not there."""
    if content is not None:
        (tmp_path / "log.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(TrainingError, match=said):
        curve(tmp_path / ("curve.txt" if content == "[]" else "curve.png"), [tmp_path])
    assert not list(tmp_path.glob("*curve*"))
