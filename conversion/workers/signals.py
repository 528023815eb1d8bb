"""Inputs that are computed, and look like what trained models are made for: sounds that sweep, images with edges and shades."""

from typing import Any

import numpy as np

_RATE = 16000  # samples a second


def chirps(count: int, samples: int) -> list[Any]:
    """Return sounds of rising pitch with two overtones, each beginning higher than the one before."""
    time = np.arange(samples) / _RATE
    waves = []
    for index in range(count):
        low = 110.0 * 2 ** (index / 5)
        phase = 2 * np.pi * (low * time + 0.5 * low * time**2)
        waves.append(sum(np.sin(overtone * phase) / overtone for overtone in (1, 2, 3)))
    return waves


def images(count: int, size: int, *, channels_first: bool) -> list[Any]:
    """Return batches of one image in [-1, 1]: a shaded disc on a gradient with stripes, moving from image to image."""
    rows, columns = np.mgrid[0:size, 0:size] / size
    made = []
    for index in range(count):
        angle = 2 * np.pi * index / max(count, 1)
        distance = np.hypot(rows - 0.5 - 0.2 * np.sin(angle), columns - 0.5 - 0.2 * np.cos(angle))
        disc = np.clip(1.5 - 5 * distance, 0, 1)
        stripes = 0.2 * np.sign(np.sin(2 * np.pi * (4 + index % 3) * (rows + columns)))
        channels = [disc - 0.5 + stripes, columns - 0.5 + 0.5 * disc, rows - 0.5 - 0.5 * disc]
        image = np.clip(np.stack(channels, axis=0 if channels_first else -1), -1, 1)
        made.append(image[None].astype(np.float32))
    return made


def spectrogram(wave: Any, frames: int, bands: int) -> Any:
    """Return powers of a sound by frame (of 25 ms, every 10 ms) and triangular band on the mel scale, float32."""
    length, step = _RATE // 40, _RATE // 100
    pieces = np.stack(
        [wave[start : start + length] for start in range(0, frames * step, step) if start + length <= len(wave)]
    )
    power = np.abs(np.fft.rfft(pieces * np.hanning(length), axis=1)) ** 2
    frequencies = np.fft.rfftfreq(length, 1 / _RATE)
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + _RATE / 2 / 700), bands + 2) / 2595) - 1)
    rising = (frequencies[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequencies[:, None]) / (edges[2:] - edges[1:-1])
    return (power @ np.clip(np.minimum(rising, falling), 0, None)).astype(np.float32)
