"""What the page's controls become, and what is said when files were deleted meanwhile."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

gr = pytest.importorskip("gradio")
from adain_demo.handlers import Handlers  # noqa: E402
from adain_demo.request import Own  # noqa: E402


@pytest.fixture
def handlers(service: Any, tmp_path: Path) -> Handlers:
    """The page's functions; files go to the test's folder."""
    return Handlers(service, str(tmp_path))


def controls(
    photo: Path, *keys: str, own: dict[str, Any] | None = None, painted: Any = None, mix: str = "blend"
) -> list[Any]:
    """What the page sends."""
    picker = {"picked": [{"key": key, "weight": 1.0} for key in keys]}
    return [str(photo), picker, own or {}, 1.0, "style", mix, {}, "left", painted, 8, 64, 512, 0, 0, "auto", "lite"]


@pytest.mark.parametrize("event", ["full", "auto", "preview"])
@pytest.mark.parametrize("what", ["photo", "own style"])
def test_a_file_that_was_deleted_is_asked_for_again(
    handlers: Handlers, photo: Callable[..., Path], tmp_path: Path, event: str, what: str
) -> None:
    """Gradio deletes uploads after an hour, also while the page is open."""
    gone = tmp_path / "gone.png"
    own = {"own 1": {"path": str(gone), "title": "Your picture 1", "thumb": ""}}
    sent = controls(gone, "scream") if what == "photo" else controls(photo(1), "own 1", own=own)
    with pytest.raises(gr.Error, match=r"deleted \(files are kept for an hour\): upload it again"):
        getattr(handlers, event)(None, *sent)


def test_a_deleted_photo_is_taken_away(handlers: Handlers, tmp_path: Path) -> None:
    """With a message, as other files that cannot be read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # there is no page to show it on
        assert handlers.accept(str(tmp_path / "gone.png")) is None


def test_a_new_photo_that_cannot_be_read_is_told_of_once(handlers: Handlers, tmp_path: Path) -> None:
    """By `accept`; what paints it stays silent."""
    bad = tmp_path / "bad.jpg"
    bad.write_text("no picture")
    with pytest.warns(UserWarning, match="no picture"):
        assert handlers.accept(str(bad)) is None
    assert len(handlers.arrived(None, *controls(bad, "scream"))) == 5


def test_painted_layers_belong_to_styles(handlers: Handlers, photo: Callable[..., Path]) -> None:
    """Whatever is still sent of styles that were taken away."""
    painted = {"masks": {"starry-night": "of the first", "scream": "of the second"}}
    request = handlers.request(*controls(photo(1), "scream", "irises", painted=painted, mix="paint"))
    assert request.painted == ("of the second", "")


def test_an_own_style_that_is_no_longer_known_is_asked_for_again(
    handlers: Handlers, photo: Callable[..., Path]
) -> None:
    """What the session knew of it ends with the file; the page still shows it."""
    with pytest.raises(gr.Error, match=r"Your picture 2 was deleted \(files are kept for an hour\): add it again"):
        handlers.full(None, *controls(photo(1), "scream", "own 2"))


def test_a_new_own_style_takes_the_place_of_forgotten_ones(handlers: Handlers, photo: Callable[..., Path]) -> None:
    """Their numbers begin anew: the new picture is chosen once."""
    picker = {"picked": [{"key": "scream", "weight": 0.5}, {"key": "own 1", "weight": 0.2}], "mix": True}
    update, own = handlers.add_own([str(photo(2))], {}, picker)
    assert list(own) == ["own 1"] and own["own 1"]["path"] == str(photo(2))
    assert update.value["picked"] == [{"key": "scream", "weight": 0.5}, {"key": "own 1", "weight": 1.0}]
    request = handlers.request(*controls(photo(1), "scream", "own 1", own=own))
    assert [ref for ref, _ in request.styles] == ["scream", Own(str(photo(2)))]
