"""Examples in docstrings run, and give what they say."""

from __future__ import annotations

import doctest
import inspect
from importlib import import_module

import pytest
from imports import ROOT, module_name, sources

import adain_core

WITH_EXAMPLES = [
    module_name(file) for file in sources("adain_core") if ">>> " in (ROOT / file).read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_run(name: str) -> None:
    failed, tried = doctest.testmod(import_module(name))
    assert tried and not failed


def test_what_most_programs_call_has_an_example() -> None:
    called = [
        adain_core.AdaIN,
        adain_core.AdaIN.stylize,
        adain_core.AdaIN.encode_content,
        adain_core.AdaIN.encode_style,
    ]
    called += [adain_core.Style.mix, adain_core.Style.save, adain_core.Region]
    called += [adain_core.builtin_styles, adain_core.open_picture]
    assert not [each for each in called if ">>> " not in (inspect.getdoc(each) or "")]
