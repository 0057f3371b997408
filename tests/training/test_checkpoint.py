"""Checkpoints: whole or not at all, small files, nothing of another architecture."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from pytorch_optimizer import SOAP
from torch import nn

from training.pictures import TrainingError
from training.run import checkpoint
from training.run.checkpoint import latest_checkpoint, load_checkpoint, read_facts, save_checkpoint

ROOT = Path(__file__).parents[2]


def trained(width: int = 3):
    """A tiny network that made one update, its average and its optimizer."""
    torch.manual_seed(0)
    network = nn.Linear(width, 2)
    adam = torch.optim.Adam(network.parameters())
    network(torch.ones(1, width)).sum().backward()
    adam.step()
    return network, {k: v.detach() * 0.5 for k, v in network.state_dict().items()}, adam


def save(folder: Path, step: int, **given) -> Path:
    network, ema, adam = trained()
    return save_checkpoint(
        folder,
        step,
        decoder=network,
        ema=ema,
        optimizer=adam,
        random=torch.get_rng_state(),
        facts={"encoder": "e"},
        **given,
    )


def test_everything_comes_back(tmp_path):
    """Weights, average, both moments, the count of updates and the random state are as they were."""
    network, ema, adam = trained()
    random = torch.get_rng_state()
    path = save_checkpoint(tmp_path, 7, decoder=network, ema=ema, optimizer=adam, random=random, facts={"encoder": "e"})
    other, average, optimizer = nn.Linear(3, 2), {k: torch.zeros_like(v) for k, v in ema.items()}, None
    optimizer = torch.optim.Adam(other.parameters())
    assert torch.equal(load_checkpoint(path, decoder=other, ema=average, optimizer=optimizer), random)
    assert read_facts(path)["step"] == 7
    for a, b in ((network.state_dict(), other.state_dict()), (ema, average)):
        assert all(torch.equal(a[k], b[k]) for k in a)
    for i, entry in adam.state_dict()["state"].items():
        assert all(torch.equal(entry[k], optimizer.state_dict()["state"][i][k]) for k in entry)


def test_tensors_lie_in_memory_as_they_did(tmp_path):
    """Strides come back exactly, of dimensions of size 1, too: kernels are chosen, and so round, by them."""
    torch.manual_seed(0)
    depthwise = nn.Conv2d(64, 64, 5, groups=64).to(memory_format=torch.channels_last)  # (64, 1, 5, 5)
    network = nn.Sequential(nn.Conv2d(3, 64, 1), depthwise, nn.Conv2d(64, 1, 3)).to(memory_format=torch.channels_last)
    soap = SOAP(network.parameters(), precondition_frequency=1)
    for _ in range(3):
        soap.zero_grad()
        network(torch.rand(1, 3, 9, 9).to(memory_format=torch.channels_last)).square().sum().backward()
        soap.step()
    # Strides of size 1 say nothing about where numbers lie, and one and the same layout may come with any of them.
    state = soap.state_dict()["state"][2]
    state["exp_avg"] = torch.empty_strided((64, 1, 5, 5), (25, 1, 5, 1)).copy_(state["exp_avg"])
    before = soap.state_dict()
    assert before["state"][2]["exp_avg"].stride() == (25, 1, 5, 1)
    path = save_checkpoint(
        tmp_path, 3, decoder=network, ema=network.state_dict(), optimizer=soap, random=torch.get_rng_state(), facts={}
    )
    fresh = SOAP(network.parameters(), precondition_frequency=1)
    ema = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    load_checkpoint(path, decoder=network, ema=ema, optimizer=fresh)
    compared = 0
    for i, entry in before["state"].items():
        for key, value in entry.items():
            other = fresh.state_dict()["state"][i][key]
            pairs = zip(value, other, strict=True) if isinstance(value, list) else [(value, other)]
            for a, b in pairs:
                if isinstance(a, torch.Tensor):
                    assert torch.equal(a, b) and a.stride() == b.stride(), (i, key)
                    compared += 1
    assert compared > 20


@pytest.mark.parametrize("kind", [torch.optim.Adam, SOAP])
def test_an_optimizer_before_its_first_update_comes_back(tmp_path, kind):
    """As a scaler leaves it that skipped every update so far: the next one is its first."""
    network = nn.Linear(3, 2)
    path = save_checkpoint(
        tmp_path, 1, decoder=network, ema=network.state_dict(), optimizer=kind(network.parameters()),
        random=torch.get_rng_state(), facts={},
    )  # fmt: skip
    other, (_, ema, _) = nn.Linear(3, 2), trained()
    optimizer = kind(other.parameters())
    load_checkpoint(path, decoder=other, ema=ema, optimizer=optimizer)
    assert not optimizer.state_dict()["state"]
    for net, rule in ((network, kind(network.parameters())), (other, optimizer)):
        for _ in range(2):  # SOAP's first only looks at the gradients
            rule.zero_grad()
            net(torch.ones(1, 3)).square().sum().backward()
            rule.step()
    assert torch.equal(network.weight, other.weight)


def test_the_scale_of_the_loss_comes_back(tmp_path):
    """And the count of updates since it last grew; a checkpoint without it leaves the scaler as it is."""
    network, ema, adam = trained()
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**7)
    scaler.scale(network(torch.ones(1, 3)).sum()).backward()
    scaler.step(adam)
    scaler.update()
    path = save(tmp_path, 1, scaler=scaler)
    other = torch.amp.GradScaler("cpu")
    load_checkpoint(path, decoder=network, ema=ema, optimizer=adam, scaler=other)
    assert other.state_dict() == scaler.state_dict()
    assert (other.get_scale(), other.state_dict()["_growth_tracker"]) == (2.0**7, 1)
    load_checkpoint(save(tmp_path, 2), decoder=network, ema=ema, optimizer=adam, scaler=other)
    assert other.get_scale() == 2.0**7


def test_only_the_newest_are_kept(tmp_path):
    """A long run does not fill the disk."""
    for step in (1, 20, 3, 100):
        save(tmp_path, step, keep=2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["step-00000020", "step-00000100"]
    assert latest_checkpoint(tmp_path).name == "step-00000100"


@pytest.mark.slow
def test_run_killed_while_writing_leaves_the_one_before(tmp_path):
    """Killed between two files of a checkpoint, the next start uses the earlier one and clears the rest away."""
    save(tmp_path, 1)
    kill = (
        "import os, signal, sys; from pathlib import Path; sys.path.insert(0, sys.argv[2])\n"
        "import test_checkpoint as t; from training.run import checkpoint\n"
        "whole, written = checkpoint.save_file, []\n"
        "def dying(tensors, path):\n"
        "    if len(written) == 2: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    written.append(path); whole(tensors, path)\n"
        "checkpoint.save_file = dying\n"
        "t.save(Path(sys.argv[1]), 2)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", kill, str(tmp_path), str(Path(__file__).parent)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode < 0, done.stderr
    assert len(list(tmp_path.glob(".partial-*"))) == 1
    assert latest_checkpoint(tmp_path).name == "step-00000001"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["step-00000001"]
    network, ema, adam = trained()
    load_checkpoint(latest_checkpoint(tmp_path), decoder=network, ema=ema, optimizer=adam)


def test_full_disk_is_said_and_earlier_checkpoints_stay(tmp_path, monkeypatch):
    """The error tells how much room there is; nothing half-written is left."""
    save(tmp_path, 1)

    def full(tensors, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(TrainingError, match=r"No space left.*are free.*earlier ones are kept"):
        save(tmp_path, 2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["step-00000001"]


def test_another_architecture_is_refused(tmp_path):
    """With the name of what differs, and before anything is overwritten."""
    path = save(tmp_path, 1)
    network, ema, adam = trained(width=5)
    before = network.weight.clone()
    with pytest.raises(TrainingError, match=r"another architecture: decoder differs at 'weight'"):
        load_checkpoint(path, decoder=network, ema=ema, optimizer=adam)
    assert torch.equal(network.weight, before)


def test_damaged_checkpoint_is_refused(tmp_path):
    """A file cut short is named, with what to do."""
    path = save(tmp_path, 1)
    file = path / "ema.safetensors"
    file.write_bytes(file.read_bytes()[:-4])
    network, ema, adam = trained()
    with pytest.raises(TrainingError, match=r"is damaged .* remove it"):
        load_checkpoint(path, decoder=network, ema=ema, optimizer=adam)
