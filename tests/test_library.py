"""The built-in styles, and libraries of one's own in the same format."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from adain_core.errors import StyleError
from adain_core.networks.vgg import CHANNELS, VGGEncoder, encoder_id
from adain_core.styles.builtin import builtin_styles, find_builtin, load_library, save_library
from adain_core.styles.style import Style
from adain_core.weights.catalog import find
from adain_core.weights.metadata import read_metadata
from adain_core.weights.network_files import load_encoder

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LIST = Path(__file__).resolve().parents[1] / "training" / "styles.toml"
INFO = ("title", "artist", "year", "source", "licence")


@pytest.fixture(scope="module")
def paintings() -> list[dict]:
    return tomllib.loads(LIST.read_text(encoding="utf-8"))["style"]


def a_style(seed: int = 0, **fields: object) -> Style:
    torch.manual_seed(seed)
    return replace(Style(torch.randn(CHANNELS), torch.rand(CHANNELS) + 0.1, encoder="e" * 16), **fields)


# The built-in styles


def test_there_are_at_least_forty_styles_each_with_title_artist_source_and_licence():
    styles = builtin_styles()
    assert len(styles) >= 40
    for name, style in styles.items():
        assert all(style.info[key] for key in ("title", "artist", "source", "licence")), name
        assert set(style.info) == set(INFO), name


def test_every_style_is_one_pair_of_512_finite_numbers_in_float32_with_positive_std():
    for name, style in builtin_styles().items():
        assert style.mean.shape == style.std.shape == (CHANNELS,), name
        assert style.mean.dtype == style.std.dtype == torch.float32, name
        assert style.mean.isfinite().all() and style.std.isfinite().all() and (style.std > 0).all(), name
        assert style.name == name


def test_names_are_lower_case_words_joined_by_hyphens():
    assert [name for name in builtin_styles() if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []


def test_no_two_styles_are_the_same_painting():
    """Their statistics differ by more than a tenth of what they have: the same picture twice would not."""
    styles = builtin_styles()
    stats = torch.stack([torch.cat([s.mean, s.std]) for s in styles.values()])  # (N, 2 * 512)
    distances = torch.cdist(stats, stats).fill_diagonal_(float("inf"))
    nearest, partner = (distances / stats.norm(dim=1)).min(1)
    names = list(styles)
    assert [(names[i], names[int(partner[i])]) for i in (nearest < 0.1).nonzero().flatten().tolist()] == []


def test_every_artist_died_before_1955(paintings):
    assert [p["name"] for p in paintings if not 1000 < p["died"] < 1955] == []


def test_nothing_was_painted_after_its_artist_died_or_after_1929(paintings):
    """Works of 1929 and before are in the public domain in the United States too."""
    for p in paintings:
        years = [int(y) for y in re.findall(r"\d{4}", p["year"])]
        assert all(y <= min(p["died"], 1929) for y in years), p["name"]
        assert re.fullmatch(r"|(c\. )?\d{4}(-\d{4})?", p["year"]), p["name"]


def test_the_library_is_what_the_list_of_paintings_says(paintings):
    """Names in the list's order, and all that is known of each."""
    assert [p["name"] for p in paintings] == list(builtin_styles())
    for p in paintings:
        assert {key: p[key] for key in INFO} == builtin_styles()[p["name"]].info


def test_no_picture_is_listed_twice_and_all_are_free_to_use(paintings):
    assert len({p["file"] for p in paintings}) == len(paintings)
    assert {p["licence"] for p in paintings} <= {"CC0 1.0", "public domain"}


def test_the_files_take_less_than_a_megabyte_or_so():
    assert 100_000 < find("lite-styles").stat().st_size < 700_000
    assert 500_000 < find("styles").stat().st_size < 1_100_000  # with texture


def test_the_styles_were_made_with_the_bundled_encoder():
    bundled = encoder_id(load_encoder(find("vgg19")).state_dict())
    assert {style.encoder for style in builtin_styles().values()} == {bundled}


def test_builtin_styles_hands_out_a_dict_of_its_own():
    builtin_styles().clear()
    assert builtin_styles()


# Finding one


def test_every_style_is_found_by_its_name():
    for name, style in builtin_styles().items():
        assert find_builtin(name) is style


@pytest.mark.parametrize("spelling", ["Starry Night", "starry_night", "STARRY-NIGHT", " starry-night "])
def test_capitals_spaces_and_underscores_in_a_name_do_not_matter(spelling):
    assert find_builtin(spelling).info["title"] == "The Starry Night"


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("stary-nigth", "starry-night"), ("water-lilly", "water-lily-pond"), ("munch", "scream"), ("klimt", "kiss")],
)
def test_a_misspelt_name_or_an_artist_gets_the_names_that_may_be_meant(wrong, meant):
    with pytest.raises(StyleError, match=f"no built-in style '{wrong}': did you mean .*{meant}.*`adain styles`"):
        find_builtin(wrong)


@pytest.mark.parametrize("wrong", ["", "-", "qqqqqqqq", "photo/of/mine", "ÿ"])
def test_a_name_like_no_other_is_refused_in_one_line_without_suggestions(wrong):
    with pytest.raises(StyleError) as error:
        find_builtin(wrong)
    assert "did you mean" not in str(error.value) and "`adain styles` lists all" in str(error.value)
    assert "\n" not in str(error.value)


# A library of one's own


@given(
    names=st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), min_size=1, max_size=4),
    info=st.dictionaries(st.sampled_from(INFO), st.text(st.characters(codec="utf-8"), max_size=20)),
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_saved_is_loaded_again_whatever_the_names(tmp_path_factory, names, info):
    path = tmp_path_factory.mktemp("library") / "own.safetensors"
    saved = {name: a_style(i, info=info) for i, name in enumerate(names)}
    save_library(saved, path)
    loaded = load_library(path)
    assert list(loaded) == list(saved)
    for name, style in saved.items():
        assert torch.equal(loaded[name].mean, style.mean) and torch.equal(loaded[name].std, style.std)
        assert (loaded[name].name, loaded[name].encoder, loaded[name].info) == (name, style.encoder, info)


def test_licence_origin_and_recipe_of_a_library_are_in_its_metadata(tmp_path):
    about = {"licence": "CC0 1.0", "origin": "my own paintings", "recipe": "512 px"}
    save_library({"a": a_style()}, tmp_path / "own.safetensors", **about)
    meta = read_metadata(tmp_path / "own.safetensors")
    assert about.items() <= meta.items() and meta["encoder"] == a_style().encoder


def test_a_library_can_be_saved_over_itself(tmp_path):
    path = tmp_path / "own.safetensors"
    save_library({"a": a_style(1), "b": a_style(2)}, path)
    save_library(load_library(path) | {"c": a_style(3)}, path)
    assert list(load_library(path)) == ["a", "b", "c"]
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("styles", "message"),
    [
        ({}, "no style to save"),
        ({"": a_style()}, "has no name"),
        ({"a": a_style(), "b": a_style(encoder="f" * 16)}, "styles of different encoders"),
        ({"a": a_style(), "b": a_style(encoder="")}, "styles of different encoders"),
        ({"a": a_style(mean=torch.zeros(2, CHANNELS), std=torch.ones(2, CHANNELS))}, "'a' is a batch of 2 styles"),
    ],
)
def test_what_makes_no_library_is_refused_and_nothing_is_written(tmp_path, styles, message):
    with pytest.raises(StyleError, match=message):
        save_library(styles, tmp_path / "own.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(StyleError, match=r"no style library '.*nowhere\.safetensors'"):
        load_library(tmp_path / "nowhere.safetensors")


def test_a_file_of_one_style_or_of_a_network_is_no_library(tmp_path):
    a_style().save(tmp_path / "one.safetensors")
    save_file(VGGEncoder().block1.state_dict(), tmp_path / "net.safetensors")
    for name in ("one", "net"):
        with pytest.raises(StyleError, match="is not a style library"):
            load_library(tmp_path / f"{name}.safetensors")


@pytest.mark.parametrize("listed", ["not json", "5", "[5]", "[{}]", '[{"name": "b"}]', '[{"name": 5}]', None])
def test_a_library_with_a_damaged_list_is_refused_in_one_line(tmp_path, listed):
    path = tmp_path / "bad.safetensors"
    meta = {"format": "adain-styles-1", "encoder": "e" * 16} | ({} if listed is None else {"styles": listed})
    save_file({"a.mean": torch.zeros(4), "a.std": torch.ones(4)}, path, meta)
    with pytest.raises(StyleError, match="cannot be read as a style library") as error:
        load_library(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("std", [torch.ones(3), torch.full((4,), float("nan")), torch.ones(1, 4)])
def test_a_library_with_unusable_numbers_is_refused(tmp_path, std):
    path = tmp_path / "bad.safetensors"
    save_file({"a.mean": torch.zeros(4), "a.std": std}, path, {"format": "adain-styles-1", "styles": '[{"name": "a"}]'})
    with pytest.raises(StyleError, match="no usable style 'a'"):
        load_library(path)


def test_half_a_file_is_refused(tmp_path):
    path = tmp_path / "half.safetensors"
    save_library({"a": a_style()}, path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(StyleError, match="cannot be read as a style library"):
        load_library(path)
