"""A small transformer in numpy: a request in, one score per lane and per task out. The only file that needs numpy.

Weights are small integers with a scale for each row or column. They stay in the file, which is mapped and never read
whole, and are made floats a layer at a time: that costs less than a millisecond a layer and saves most of the memory.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from enforcer.lanes.features import WordPieces

Floats = NDArray[np.float32]
EPSILON = 1e-12
LENGTH = 8  # bytes that say how long the header is
KINDS = {"I8": "i1", "U8": "u1", "I32": "<i4", "F16": "<f2", "F32": "<f4"}


@dataclass(frozen=True, slots=True)
class Matrix:
    """`values * scale`, the scale by column."""

    values: NDArray[np.int8]
    scale: Floats

    def behind(self, rows: Floats) -> Floats:
        """rows @ matrix; (n, in) -> (n, out)."""
        product: Floats = rows @ self.values.astype(np.float32)
        product *= self.scale
        return product


@dataclass(frozen=True, slots=True)
class Affine:
    weight: Matrix
    bias: Floats

    def __call__(self, rows: Floats) -> Floats:
        out = self.weight.behind(rows)
        out += self.bias
        return out


@dataclass(frozen=True, slots=True)
class Norm:
    gain: Floats
    bias: Floats

    def __call__(self, rows: Floats) -> Floats:
        centred = rows - rows.mean(-1, keepdims=True)
        variance = np.square(centred).mean(-1, keepdims=True)
        scaled: Floats = centred / np.sqrt(variance + EPSILON) * self.gain + self.bias
        return scaled


@dataclass(frozen=True, slots=True)
class Layer:
    mixed: Affine  # query, key and value side by side
    joined: Affine
    after_joined: Norm
    wide: Affine
    narrow: Affine
    after_narrow: Norm

    def __call__(self, rows: Floats, heads: int) -> Floats:
        rows = self.after_joined(rows + self.joined(self._attend(rows, heads)))
        return self.after_narrow(rows + self.narrow(_gelu(self.wide(rows))))

    def _attend(self, rows: Floats, heads: int) -> Floats:
        count, size = rows.shape
        query, key, value = self.mixed(rows).reshape(count, 3, heads, size // heads).transpose(1, 2, 0, 3)
        scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(size // heads))
        scores -= scores.max(-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(-1, keepdims=True)
        seen: Floats = np.matmul(scores, value, dtype=np.float32)
        return seen.transpose(1, 0, 2).reshape(count, size)


@dataclass(frozen=True, slots=True)
class Encoder:
    """Mean of what the last layer says of each piece, then two heads."""

    pieces: NDArray[np.int8]  # (vocabulary, size)
    piece_scale: Floats  # (vocabulary, 1)
    places: Floats  # (longest, size)
    norm: Norm
    layers: tuple[Layer, ...]
    lane: Affine
    task: Affine
    heads: int
    split: WordPieces

    def scores(self, request: str) -> tuple[list[float], list[float]]:
        """Of the lanes and of the tasks, unscaled. `request` is in English as far as can be."""
        lanes, tasks = self.heads_of(self.split.encode(request, len(self.places)))
        return lanes.tolist(), tasks.tolist()

    def heads_of(self, ids: Sequence[int]) -> tuple[Floats, Floats]:
        chosen = np.asarray(ids)
        rows: Floats = self.norm(self.pieces[chosen] * self.piece_scale[chosen] + self.places[: len(ids)])
        for layer in self.layers:
            rows = layer(rows, self.heads)
        mean = rows.mean(0, keepdims=True)
        return self.lane(mean)[0], self.task(mean)[0]


def load(path: Path) -> Encoder:
    """From a file of the safetensors format. Raises: OSError, ValueError, KeyError, TypeError."""
    return encoder_of(arrays_in(path))


def arrays_in(path: Path) -> dict[str, NDArray[Any]]:
    with path.open("rb") as file:
        whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    begin = LENGTH + int.from_bytes(whole[:LENGTH], "little")
    header: dict[str, Any] = json.loads(whole[LENGTH:begin])
    header.pop("__metadata__", None)
    return {name: _array(whole, begin, entry) for name, entry in header.items()}


def _array(whole: mmap.mmap, begin: int, entry: Mapping[str, Any]) -> NDArray[Any]:
    first, last = entry["data_offsets"]
    kind = np.dtype(KINDS[entry["dtype"]])
    return np.frombuffer(whole, kind, (last - first) // kind.itemsize, begin + first).reshape(entry["shape"])


def encoder_of(arrays: Mapping[str, Any]) -> Encoder:
    """From arrays by name, as the trainer writes them."""

    def floats(name: str) -> Floats:
        return np.asarray(arrays[name], dtype=np.float32)

    def affine(name: str) -> Affine:
        return Affine(Matrix(np.asarray(arrays[f"{name}.weight"]), floats(f"{name}.scale")), floats(f"{name}.bias"))

    def norm(name: str) -> Norm:
        return Norm(floats(f"{name}.gain"), floats(f"{name}.bias"))

    def layer(number: int) -> Layer:
        at = f"layer.{number}"
        return Layer(
            mixed=affine(f"{at}.mixed"),
            joined=affine(f"{at}.joined"),
            after_joined=norm(f"{at}.after_joined"),
            wide=affine(f"{at}.wide"),
            narrow=affine(f"{at}.narrow"),
            after_narrow=norm(f"{at}.after_narrow"),
        )

    return Encoder(
        pieces=np.asarray(arrays["pieces.weight"]),
        piece_scale=floats("pieces.scale")[:, None],
        places=floats("places"),
        norm=norm("norm"),
        layers=tuple(layer(number) for number in range(int(arrays["layers"][0]))),
        lane=affine("lane"),
        task=affine("task"),
        heads=int(arrays["heads"][0]),
        split=WordPieces(bytes(arrays["vocabulary"]).decode("utf-8").split("\n")),
    )


def _gelu(rows: Floats) -> Floats:
    """The usual approximation by tanh; the trainer uses the same."""
    inner = np.float32(0.7978845608) * (rows + np.float32(0.044715) * rows * rows * rows)
    np.tanh(inner, out=inner)
    out: Floats = np.float32(0.5) * rows * (np.float32(1.0) + inner)
    return out
