"""Figures of a run as it goes: log.jsonl, TensorBoard and the progress bar."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
from accelerate import Accelerator
from accelerate.utils import is_tensorboard_available
from PIL import Image
from tqdm import tqdm

from adain_core.system.atomic_files import replacing, write_atomically
from adain_core.system.disk import named


class Log:
    """Only the first process writes.

    Args:
        accelerator: knows whether this is the first process, and whether there is TensorBoard.
        folder: the run's.
        step: updates made so far: lines after it are dropped, they come again.
        steps: updates to make.
    """

    def __init__(self, accelerator: Accelerator, folder: Path, step: int, steps: int) -> None:
        self.accelerator, self.folder, self.path = accelerator, folder, folder / "log.jsonl"
        if accelerator.is_main_process:
            lines = [line for line in self._lines() if json.loads(line)["step"] <= step]
            write_atomically(self.path, "".join(f"{line}\n" for line in lines).encode())
        if is_tensorboard_available():
            accelerator.init_trackers("tensorboard")
        self.bar = tqdm(total=steps, initial=step, unit="step", disable=not accelerator.is_main_process, smoothing=0.05)

    def write(self, line: dict[str, float]) -> None:
        """Figures by their names, ``step`` among them."""
        if not self.accelerator.is_main_process:
            return
        text = json.dumps({k: v if k == "step" else float(f"{v:.6g}") for k, v in line.items()}) + "\n"
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(text)
        except OSError as e:
            raise named(e, self.path, len(text)) from e
        for tracker in self.accelerator.trackers:
            tracker.log({k: v for k, v in line.items() if k != "step"}, step=int(line["step"]))
        if "loss" in line:
            self.bar.set_postfix(content=f"{line['content']:.3f}", style=f"{line['style']:.3f}")

    def samples(self, picture: Image.Image, step: int) -> None:
        """A picture into samples/ and TensorBoard."""
        folder = self.folder / "samples"
        folder.mkdir(exist_ok=True)
        path = folder / f"step-{step:08d}.png"
        with replacing(path) as partial:
            picture.save(partial)
        if self.accelerator.trackers:
            tracker = self.accelerator.get_tracker("tensorboard")
            tracker.log_images({"samples": np.array(picture)[None]}, step, dataformats="NHWC")

    def best(self) -> float:
        """The lowest held-out loss so far."""
        lines = [json.loads(line) for line in self._lines()]
        return min((line["held_loss"] for line in lines if "held_loss" in line), default=math.inf)

    def close(self) -> None:
        """End the bar and TensorBoard's file."""
        self.bar.close()
        self.accelerator.end_training()

    def _lines(self) -> list[str]:
        """Whole lines: a run may have been killed while it wrote one."""
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        return [line for line in text.splitlines() if line.endswith("}")]
