"""What the Hub reads of a repo, as its own library reads it."""

import json
import re
from pathlib import Path

import pytest
from huggingface_hub import EvalResult, ModelCard, ModelCardData

from adain_core import __version__
from adain_core.weights.catalog import find
from adain_core.weights.metadata import read_metadata
from training.card import PAPER, config, model_card

ROOT = Path(__file__).parents[2]
FIGURES = {"target": 0.35, "content": 0.6, "style": 0.09, "ssim": 0.5, "pattern": 0.9, "pairs": 10}


@pytest.fixture(scope="module")
def about():
    """Metadata of the bundled decoder and encoder."""
    return read_metadata(find("vgg19-decoder")), read_metadata(find("vgg19"))


@pytest.fixture(scope="module")
def weights_card():
    """The card of the bundled weights."""
    return ModelCard.load(ROOT / "weights" / "README.md")


def card(about, **given) -> ModelCard:
    return ModelCard(model_card("me/mine", *about, FIGURES, "| table |", **{"size": 384, **given}))


def test_the_header_says_what_the_hub_sorts_by(about):
    """Task, library, licence, data sets and the paper, whose address the Hub looks for in the text."""
    made = card(about, datasets=["user/photos", "user/paintings"])
    data = made.data
    assert (data.pipeline_tag, data.library_name, data.license) == ("image-to-image", "adain-style-transfer", "mit")
    assert data.datasets == ["user/photos", "user/paintings"]
    assert PAPER in made.text


def test_no_data_set_named_is_no_data_set_told(about):
    """An empty list would say that there was none."""
    assert "datasets" not in card(about).data.to_dict()


def test_figures_come_back_as_results(about):
    """As the Hub's library reads them."""
    results = card(about).data.eval_results
    assert {result.metric_type: result.metric_value for result in results} == {
        key: value for key, value in FIGURES.items() if key != "pairs"
    }
    assert {result.dataset_name for result in results} == {"10 pairs of photo and painting, 384x384 px"}


def test_config_names_the_files_and_what_they_are(about):
    """Networks, formats, the encoder that both belong to, and the version that wrote it."""
    told = json.loads(config(*about))
    assert told["library_version"] == __version__ and told["paper"] == PAPER
    for role, meta in zip(("decoder", "encoder"), about, strict=True):
        known = {key: meta[key] for key in ("format", "encoder")}
        assert told[role] == {"file": f"{role}.safetensors", "network": "vgg19", **known}
    assert told["decoder"]["encoder"] == told["encoder"]["encoder"]


def test_config_is_not_taken_for_one_of_transformers(about):
    """By these keys the Hub and other programs know a model of transformers."""
    assert not {"model_type", "architectures"} & set(json.loads(config(*about)))


def test_the_bundled_weights_have_the_same_header(about, weights_card):
    """Every key that a published model has."""
    ours, published = (made.data.to_dict() for made in (weights_card, card(about)))
    assert set(ours) == set(published)
    for key in ("pipeline_tag", "library_name", "license", "tags"):
        assert ours[key] == published[key]
    assert PAPER in weights_card.text


def test_the_thumbnail_of_the_bundled_weights_is_a_picture_of_the_repository(weights_card):
    """Its address leads to a file that is here."""
    assert (ROOT / weights_card.data.thumbnail.partition("/main/")[2]).is_file()


def test_the_header_of_the_bundled_weights_tells_the_figures_of_its_tables(weights_card):
    """All of this project's, under the names the tables give them."""
    told = weights_card.data.eval_results
    assert header(told) == header(tabulated(weights_card.text))


def header(results: list[EvalResult]) -> str:
    return ModelCardData(model_name="adain", eval_results=results).to_yaml()


def tabulated(text: str) -> list[EvalResult]:
    """Figures of the sections on the two networks: rows of the decoder as it is, and of the small network."""
    found = []
    for section, wanted, name in (("## Decoder", "this decoder", ""), ("## The small network", "384x384", "lite")):
        body = text.split(f"\n{section}\n")[1].split("\n## ")[0]
        for count, table in re.findall(r"\nOn (?:all )?(\d+) pairs.*?\n((?:\|[^\n]*\n)+)", body, re.DOTALL):
            keys, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines())
            for label, *values in rows:
                if label == wanted or label.startswith(f"{wanted}, `"):
                    by = name or label.removeprefix(f"{wanted}, ").replace("`", "").replace(wanted, "one pass")
                    found += [
                        EvalResult(
                            task_type="image-to-image",
                            task_name="Style transfer",
                            dataset_type="photos-and-paintings",
                            dataset_name=f"{count} pairs of photo and painting, 384x384 px",
                            dataset_config=f"pairs-{count}",
                            metric_type=key,
                            metric_name=f"{key}, {by}",
                            metric_value=float(value),
                        )
                        for key, value in zip(keys[1:], values, strict=True)
                    ]
    return found
