"""What the page's controls become, and what is said when files were deleted meanwhile."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

gr = pytest.importorskip("gradio")
from adain_demo.controls import Controls, pick  # noqa: E402
from adain_demo.handlers import Handlers  # noqa: E402
from adain_demo.history import History  # noqa: E402


@pytest.fixture
def handlers(service: Any, photo: Callable[..., Path], tmp_path: Path) -> Handlers:
    """The page's functions; files go to the test's folder."""
    return Handlers(service, str(tmp_path), controls(photo(1), "scream"))


def controls(
    photo: Path, *keys: str, own: dict[str, Any] | None = None, painted: Any = None, mix: str = "blend", size: int = 64
) -> Controls:
    """What the page sends."""
    return Controls(
        str(photo), pick([(key, 1.0) for key in keys], len(keys) > 1), own or {}, 1.0, "style", mix, {}, "left",
        painted, 8, size, 512, 0, 0, 0, "auto", "lite",
    )  # fmt: skip


def painted(handlers: Handlers, history: History, sent: Controls) -> History:
    """The history after something was painted."""
    return handlers.paint(history, "png", *sent)[3]


@pytest.mark.parametrize("what", ["photo", "own style"])
def test_a_file_that_was_deleted_is_asked_for_again(
    handlers: Handlers, photo: Callable[..., Path], tmp_path: Path, what: str
) -> None:
    """Gradio deletes uploads after an hour, also while the page is open."""
    gone = tmp_path / "gone.png"
    own = {"own 1": {"path": str(gone), "title": "Your picture 1", "thumb": ""}}
    sent = controls(gone, "scream") if what == "photo" else controls(photo(1), "own 1", own=own)
    with pytest.warns(UserWarning, match=r"deleted \(files are kept for an hour\): upload it again"):
        assert painted(handlers, History(), sent) == History()


def test_a_preview_says_nothing_of_what_is_wrong(handlers: Handlers, tmp_path: Path) -> None:
    """The picture in full size, which follows, does."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert handlers.preview(History(), *controls(tmp_path / "gone.png", "scream")) == (gr.skip(), gr.skip())


def test_what_is_refused_ends_without_an_error(handlers: Handlers, photo: Callable[..., Path]) -> None:
    """After one Gradio's page forgets what was asked for while it ran."""
    with pytest.warns(UserWarning, match="choose a smaller size"):
        assert painted(handlers, History(), controls(photo(1, 400, 16), "scream", size=1500)) == History()


def test_undo_brings_back_the_result_with_its_controls(handlers: Handlers, photo: Callable[..., Path]) -> None:
    first, second = controls(photo(1), "scream"), controls(photo(2), "irises")
    history = painted(handlers, painted(handlers, History(), first), second)
    *values, _, pictures, facts, _, history, _, _ = handlers.undo(history, "png")
    shown = history.current
    assert shown is not None and pictures == (shown.before, shown.after) and facts.startswith("The Scream")
    assert Controls(*values).picker.value == first.picker
    assert handlers.photo_of(history, str(photo(2))) == str(photo(1))
    assert handlers.photo_of(history, str(photo(1))) == gr.skip(), "nothing is painted anew"


def test_the_same_request_again_shows_the_result_and_paints_nothing(
    handlers: Handlers, photo: Callable[..., Path]
) -> None:
    sent = controls(photo(1), "scream")
    history = painted(handlers, History(), sent)
    assert painted(handlers, history, sent) is history


def test_a_result_whose_files_were_deleted_is_painted_again(handlers: Handlers, photo: Callable[..., Path]) -> None:
    """In its place."""
    sent = controls(photo(1), "scream")
    history = painted(handlers, History(), sent)
    assert history.current is not None
    Path(history.current.after).unlink()
    *_, again, _, _, _, kept, _, _ = handlers.revisit(history, "png", {"wanted": 0})
    assert again != gr.skip() and kept == history
    history = painted(handlers, history, sent)
    assert len(history.results) == 1 and history.current is not None and history.current.there()


@pytest.mark.parametrize(
    ("form", "kind", "width"),
    [("png", "PNG", 1), ("jpeg", "JPEG", 1), ("png beside", "PNG", 2), ("jpeg beside", "JPEG", 2)],
)
def test_the_download_has_the_form_that_is_chosen(
    handlers: Handlers, photo: Callable[..., Path], form: str, kind: str, width: int
) -> None:
    """With the photo beside it: in the same size, on the left."""
    history = painted(handlers, History(), controls(photo(1), "scream"))
    plain = Image.open(handlers.deliver(history, "png").value["path"])
    file = Image.open(handlers.deliver(history, form).value["path"])
    assert file.format == kind and file.size == (width * plain.width, plain.height)
    if form == "png beside":
        assert file.crop((plain.width, 0, *file.size)).tobytes() == plain.tobytes()
        expected = handlers.service.photo(history.current.request).to_pil()
        assert file.crop((0, 0, *plain.size)).tobytes() == expected.tobytes()


def test_a_deleted_photo_is_taken_away(handlers: Handlers, tmp_path: Path) -> None:
    """With a message, as other files that cannot be read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # there is no page to show it on
        assert handlers.accept(str(tmp_path / "gone.png")) is None


def test_a_new_photo_that_cannot_be_read_is_told_of_once(handlers: Handlers, tmp_path: Path) -> None:
    """By `accept`; what would paint it stays silent."""
    bad = tmp_path / "bad.jpg"
    bad.write_text("no picture")
    with pytest.warns(UserWarning, match="no picture"):
        assert handlers.accept(str(bad)) is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert painted(handlers, History(), controls(bad, "scream")) == History()


def test_painted_layers_belong_to_styles(photo: Callable[..., Path]) -> None:
    """Whatever is still sent of styles that were taken away."""
    masks = {"masks": {"starry-night": "of the first", "scream": "of the second"}}
    request = controls(photo(1), "scream", "irises", painted=masks, mix="paint").request()
    assert request.painted == ("of the second", "")


def test_an_own_style_that_is_no_longer_known_is_asked_for_again(
    handlers: Handlers, photo: Callable[..., Path]
) -> None:
    """What the session knew of it ends with the file; the page still shows it."""
    with pytest.warns(UserWarning, match=r"Your picture 2 was deleted \(files are kept for an hour\): add it again"):
        painted(handlers, History(), controls(photo(1), "scream", "own 2"))
