"""Options are declared once: what the library, type checkers and controls know of them is the same."""

import inspect
import subprocess
import sys
from dataclasses import fields
from typing import Any

import pytest

from adain_core.commands.stylize import stylize
from adain_core.commands.video import video
from adain_core.errors import AdaINError
from adain_core.options import FrameOptions, Options, VideoOptions, about
from adain_core.request import FrameKeywords, StylizeOptions
from adain_core.video.frames import VideoKeywords

CLASSES: list[Any] = [FrameOptions, Options, VideoOptions]


@pytest.mark.parametrize(
    ("options", "keywords"),
    [(FrameOptions, FrameKeywords), (Options, StylizeOptions), (VideoOptions, VideoKeywords)],
)
def test_type_checkers_are_told_the_options_that_there_are(options: Any, keywords: Any) -> None:
    told = {name: hint.__forward_arg__ for name, hint in keywords.__annotations__.items()}
    assert told == {field.name: field.type for field in fields(options)}


@pytest.mark.parametrize("options", CLASSES)
def test_every_option_says_what_it_does(options: Any) -> None:
    assert all(about(field.name, options).help for field in fields(options))


@pytest.mark.parametrize("options", CLASSES)
def test_defaults_are_right_and_within_their_range(options: Any) -> None:
    options().check()
    for field in fields(options):
        said = about(field.name, options)
        if said.highest is not None and not isinstance(field.default, str):
            assert said.lowest is not None and said.lowest <= field.default <= said.highest, field.name


@pytest.mark.parametrize(
    "wrong",
    [{"color": "sepia"}, {"feather": -1.0}, {"style_size": 0}, {"tile": "large"}, {"tile": True}, {"alpha": -0.5}],
)
def test_a_wrong_value_is_named_in_one_line(wrong: dict[str, Any]) -> None:
    [(name, value)] = wrong.items()
    with pytest.raises(AdaINError, match=rf"^{name} is {value!r}: give [^\n]*$"):
        Options(**wrong).check()


def test_they_are_known_without_torch() -> None:
    code = "import sys, adain_core.options; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_commands_have_a_flag_for_every_option() -> None:
    for command, options in ((stylize, Options), (video, VideoOptions)):
        assert {field.name for field in fields(options)} <= set(inspect.signature(command).parameters)
