"""Trained Keras models whose weights ship inside packages of the registry."""

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from conversion.workers.signals import images

Model = tuple[Callable[..., Any], list[Any]]


def make(name: str, inputs: int) -> tuple[Callable[..., Any], list[list[Any]], dict[str, Any]]:
    """Return a trained model, computed inputs, and fields of the row."""
    model, values = _MODELS[name](inputs)
    return (lambda value: model(value, training=False)), [[value] for value in values], {}


def _fer(inputs: int) -> Model:
    keras = importlib.import_module("keras")
    model = keras.models.load_model(str(_package("fer") / "data" / "emotion_model.hdf5"), compile=False)
    gray = [value.mean(axis=-1, keepdims=True) for value in images(inputs, 64, channels_first=False)]
    return model, gray


def _mtcnn(network: str, size: int, inputs: int) -> Model:
    joblib = importlib.import_module("joblib")
    folder = _package("mtcnn")
    specification = importlib.util.spec_from_file_location(
        f"mtcnn_{network}", folder / "network" / f"{network.lower()}.py"
    )
    if specification is None or specification.loader is None:
        raise ImportError(f"{folder} lacks {network}")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    model = getattr(module, network)()
    values = images(inputs, size, channels_first=False)
    model(np.asarray(values[0]))  # builds the layers
    model.set_weights(joblib.load(folder / "assets" / "weights" / f"{network.lower()}.lz4"))
    return model, values


_MODELS: dict[str, Callable[[int], Model]] = {
    "fer": _fer,
    "mtcnn-pnet": lambda inputs: _mtcnn("PNet", 48, inputs),
    "mtcnn-rnet": lambda inputs: _mtcnn("RNet", 24, inputs),
    "mtcnn-onet": lambda inputs: _mtcnn("ONet", 48, inputs),
}


def _package(name: str) -> Path:
    for place in sys.path:
        folder = Path(place or ".") / name
        if folder.is_dir():
            return folder
    raise ModuleNotFoundError(f"{name} is not installed; make conversion-env installs it")
