"""The page's languages: complete, and chosen by the visitor's browser."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("gradio")
from adain_demo.limits import Limits
from adain_demo.photos import content
from adain_demo.words import FOLDER, LANGUAGES, PREFIX, filled, language, say, translations, words
from gradio.context import LocalContext

from adain_core import AdaINError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SOURCES = sorted((FOLDER.parents[1]).rglob("*.py")) + sorted((FOLDER.parents[1] / "js").glob("*.js"))


def blanks(text: str) -> set[str]:
    """What is to be filled in."""
    return set(re.findall(r"\{\w+\}", text))


@pytest.mark.parametrize("other", LANGUAGES[1:])
def test_every_language_says_everything(other: str) -> None:
    """The same keys with the same blanks, none of them empty; few words are the same as in English."""
    english, theirs = words("en"), words(other)
    assert list(theirs) == list(english) and all(theirs.values())
    assert {key: blanks(text) for key, text in theirs.items()} == {key: blanks(text) for key, text in english.items()}
    same = {text for key, text in theirs.items() if text == english[key] and re.search(r"[A-Za-z]{4}", text)}
    assert len(same) <= 16, same


def test_every_key_that_is_used_exists_and_every_one_is_used() -> None:
    """In Python and in the scripts."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    used = set(re.findall(r"""\b(?:say|label)\(\s*f?["']([\w.\- ]+)["']""", text))
    begun = set(re.findall(r"""f["']([\w\-]+\.)\{""", text)) | set(re.findall(r"""\bplaces=\[(.*?)\]""", text))
    keys = set(words("en"))
    assert used <= keys, used - keys
    quoted = set(re.findall(r"""["']([\w\- .]+)["']""", text))
    left = {key for key in keys - used - quoted if not any(key.startswith(start) for start in begun)}
    assert not left


@pytest.mark.parametrize(
    ("asked", "answered"),
    [("de-AT,de;q=0.9,en;q=0.8", "de"), ("zh-CN", "zh"), ("JA", "ja"), ("pt-BR,es", "en"), ("", "en"), (None, "en")],
)
def test_answers_are_in_the_language_that_is_asked_for_first(asked: str | None, answered: str, tmp_path: Path) -> None:
    """As the labels are; English for all others, and for programs that ask for none."""
    headers = {} if asked is None else {"accept-language": asked}
    token = LocalContext.request.set(SimpleNamespace(headers=headers))  # type: ignore[arg-type]
    try:
        assert language() == answered and say("stopped") == words(answered)["stopped"]
        with pytest.raises(AdaINError, match=re.escape(words(answered)["gone"])):
            content(str(tmp_path / "gone.png"))
    finally:
        LocalContext.request.reset(token)


def test_labels_tell_this_servers_limits() -> None:
    """And nothing of them is left blank that no one fills in later."""
    made = translations(Limits(side=999), camera_rate="9", camera_minutes="3").translations_dict
    assert list(made) == list(LANGUAGES)
    for each in LANGUAGES:
        assert "999" in made[each][f"{PREFIX}size-info"]
        for key in ("size-info", "clip-empty", "camera-info", "mix-up", "full"):
            assert not blanks(made[each][PREFIX + key]), (each, key)


def test_what_is_not_known_stays_to_be_filled_in() -> None:
    assert filled("{a} of {b}", {"a": 1}) == "1 of {b}"


VISIBLE = """() => {
  const out = new Set(), walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim(), parent = walk.currentNode.parentElement;
    if (text && parent.checkVisibility() && !parent.closest("script, style, .tile, .chip, #facts")) out.add(text);
  }
  document.querySelectorAll("input").forEach((input) => {
    if (!input.checkVisibility()) return;
    if (input.placeholder) out.add(input.placeholder);
    if (input.role === "combobox" && !input.closest("#camera-style")) out.add(input.value);
  });
  return [...out];
}"""


def all_that_is_seen(page: Page) -> set[str]:
    """Every text of every tab, with all that is folded away, in each way to mix styles."""
    seen: set[str] = set()
    page.evaluate("document.querySelectorAll('.fold details').forEach((fold) => (fold.open = true))")
    for way in ("corners", "area", "paint", "blend"):
        page.locator(f"#mix input[value={way}]").check()
        page.wait_for_timeout(200)
        seen |= set(page.evaluate(VISIBLE))
    for tab in page.get_by_role("tab").all()[1:]:
        tab.click()
        page.wait_for_timeout(500)
        page.evaluate("document.querySelectorAll('.fold details').forEach((fold) => (fold.open = true))")
        seen |= set(page.evaluate(VISIBLE))
    return seen


@pytest.mark.needs("playwright", "chromium")
def test_no_english_is_left_on_the_page_in_chinese(browser: Browser, app: str) -> None:
    """Of what is seen in English, only numbers and names remain."""
    from demo_visitors import arrived

    seen = {}
    for locale in ("en-US", "zh-CN"):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale=locale)
        for page in arrived(context, app):
            seen[locale] = all_that_is_seen(page)
        context.close()
    left = {text for text in seen["en-US"] & seen["zh-CN"] if re.search(r"[A-Za-z]{2}", text)}
    assert left <= {"PNG", "JPEG", "Wheat Field with Cypresses"}
    assert words("zh")["go-clip"] in seen["zh-CN"] and len(seen["en-US"]) > 40
