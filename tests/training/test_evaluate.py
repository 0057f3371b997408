"""Evaluation: figures on inputs whose answer is known, controls always, the same pairs for everyone."""

import json
from functools import partial

import pytest
import torch
from PIL import Image

from adain_core.weights.network_files import load_encoder
from training import evaluate as module
from training.evaluate import (
    DIRECT,
    PAINTING,
    UNCHANGED,
    Judge,
    as_markdown,
    choose_pairs,
    evaluate,
    finished,
    main,
    means,
    square,
)
from training.pictures import TrainingError, find_pictures


@pytest.fixture(scope="module")
def judge(encoder_file):
    return Judge(load_encoder(encoder_file))


@pytest.fixture(scope="module")
def pairs(photos, paintings):
    return choose_pairs(find_pictures(photos), find_pictures(paintings), 2)


@pytest.fixture(scope="module")
def results(pairs, judge):
    """Two painters: one that returns the photo, one that mixes it with the painting."""
    painters = {"photo": lambda c, s: c, "half": lambda c, s: (c + s) / 2}
    judge.optimise = partial(judge.optimise, steps=8)  # not 80: enough to see that it works
    return evaluate(pairs, painters, judge, 64, direct=1)


def test_photo_unchanged_has_no_content_error_and_full_similarity(results):
    """The first control: content 0, SSIM 1, and a painter that does nothing gets exactly its figures."""
    table = means(results[0])
    assert table[UNCHANGED]["content"] == 0 and table[UNCHANGED]["ssim"] == pytest.approx(1)
    assert table[UNCHANGED]["style"] > 0
    assert table["photo"] == table[UNCHANGED]


def test_painting_itself_has_no_style_error(results):
    """The second control: style 0, but far from photo and target."""
    table = means(results[0])
    assert table[PAINTING]["style"] == table[PAINTING]["style_loss"] == 0
    assert table[PAINTING]["target"] > 0.1 and table[PAINTING]["content"] > 0.1


def test_a_mix_lies_between_the_controls(results):
    """Half of each is nearer to the painting's statistics than the photo, and less like the photo than itself."""
    table = means(results[0])
    assert 0 < table["half"]["style"] < table[UNCHANGED]["style"]
    assert 0 < table["half"]["ssim"] < 1


def test_direct_optimisation_comes_nearer_than_doing_nothing(results):
    """The floor is measured on as many pairs as were asked for."""
    rows = results[0]
    assert len(rows[DIRECT]) == 1
    for key in ("target", "style"):
        assert rows[DIRECT][0][key] < rows[UNCHANGED][0][key]


def test_content_figure_follows_its_definition(judge, pairs):
    """Squared distance at relu4_1 as a share of the photo's own power."""
    photo, painting = (square(file.open(), 64) for file in pairs[0])
    found = judge.pair(photo, painting)(painting)
    with torch.no_grad():
        c, s = judge.encoder(photo), judge.encoder(painting)
    assert found["content"] == pytest.approx(float((s - c).square().mean() / c.square().mean()), rel=1e-4)


def test_pattern_is_what_repeats_every_eight_pixels(judge, pairs):
    """In 8-bit levels: a checkerboard of fields of 4 pixels laid over a flat picture, 20 levels up and down."""
    photo, painting = (square(file.open(), 64) for file in pairs[0])
    board = torch.arange(64).div(4, rounding_mode="floor") % 2
    board = (board[:, None] ^ board) * 2.0 - 1  # (64, 64) of -1 and 1
    figures = judge.pair(photo, painting)
    assert figures(torch.full_like(photo, 0.5))["pattern"] == pytest.approx(0, abs=1e-3)
    assert figures(0.5 + 20 / 255 * board.expand_as(photo))["pattern"] == pytest.approx(20, rel=1e-3)


def test_pairs_are_always_the_same_and_use_everything_first(photos, paintings):
    """No picture comes twice before all came once; no pair comes twice; 0 means all."""
    a, b = find_pictures(photos), find_pictures(paintings)[:5]
    assert choose_pairs(a, b, 30) == choose_pairs(a, b, 30)
    assert len({c.name for c, _ in choose_pairs(a, b, 12)}) == 12
    assert len({s.name for _, s in choose_pairs(a, b, 5)}) == 5
    assert len({(c.name, s.name) for c, s in choose_pairs(a, b, 59)}) == 59
    assert len(choose_pairs(a, b, 0)) == 60


def test_pictures_made_elsewhere_are_judged_too(pairs, judge, tmp_path):
    """By the names PHOTO__PAINTING; a missing one is named."""
    for photo, painting in pairs[:1]:
        name = f"{photo.name.split('/')[-1][:-4]}__{painting.name.split('/')[-1][:-4]}.png"
        Image.open(photo.path).save(tmp_path / name)
    rows, _ = evaluate(pairs[:1], {}, judge, 64, folders={"theirs": finished(tmp_path, 64)})
    assert means(rows)["theirs"]["content"] == 0
    with pytest.raises(TrainingError, match="every pair must be there"):
        evaluate(pairs, {}, judge, 64, folders={"theirs": finished(tmp_path, 64)})


def test_command_writes_table_and_sheets(photos, paintings, tmp_path, monkeypatch, capsys):
    """Markdown for reading, JSON with every pair, a contact sheet of pairs and one of each decoder."""
    monkeypatch.setattr(module, "CELL", 32)
    main(photos, paintings, tmp_path, decoder=["vgg19"], size=64, pairs=2, sheet=2, device="cpu")
    said = capsys.readouterr().out
    assert (tmp_path / "table.md").read_text() in said and "| vgg19 |" in said and UNCHANGED in said
    found = json.loads((tmp_path / "table.json").read_text())
    assert len(found["pairs"]["vgg19"]) == 2 and found["means"]["vgg19"]["pairs"] == 2
    assert Image.open(tmp_path / "sheet.png").size == (3 * 32, 2 * 32)
    assert Image.open(tmp_path / "grid-1-vgg19.png").size == (3 * 32, 3 * 32)


def test_table_has_a_line_for_each(results):
    """Names, figures to three digits and the number of pairs."""
    lines = as_markdown(means(results[0]), 64).splitlines()
    assert lines[0].startswith("| 64x64 px | target | content | style |")
    assert len(lines) == 2 + len(results[0])


def test_size_must_fit_the_encoder(photos, paintings, tmp_path):
    """Said before anything is loaded."""
    with pytest.raises(TrainingError, match="--size is 100"):
        main(photos, paintings, tmp_path, size=100)
