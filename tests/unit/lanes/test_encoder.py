"""The numpy encoder against the same sums written out, and its file."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from enforcer.lanes.encoder import arrays_in, encoder_of, load

SIZE, WIDE, HEADS, LONGEST = 4, 8, 2, 6
PIECES = ["[UNK]", "[CLS]", "[SEP]", "fix", "poem"]
Arrays = dict[str, NDArray[Any]]


def small_arrays() -> Arrays:
    dice = np.random.default_rng(7)

    def whole(rows: int, columns: int) -> NDArray[np.int8]:
        return dice.integers(-31, 32, (rows, columns)).astype(np.int8)

    def floats(*shape: int) -> NDArray[np.float32]:
        return dice.normal(0, 0.1, shape).astype(np.float32)

    arrays: Arrays = {
        "layers": np.array([1], np.int32),
        "heads": np.array([HEADS], np.int32),
        "vocabulary": np.frombuffer("\n".join(PIECES).encode(), np.uint8),
        "pieces.weight": whole(len(PIECES), SIZE),
        "pieces.scale": floats(len(PIECES)) + 1,
        "places": floats(LONGEST, SIZE).astype(np.float16),
    }
    for name in ("norm", "layer.0.after_joined", "layer.0.after_narrow"):
        arrays |= {f"{name}.gain": floats(SIZE) + 1, f"{name}.bias": floats(SIZE)}
    shapes = {
        "layer.0.mixed": (SIZE, 3 * SIZE),
        "layer.0.joined": (SIZE, SIZE),
        "layer.0.wide": (SIZE, WIDE),
        "layer.0.narrow": (WIDE, SIZE),
        "lane": (SIZE, 3),
        "task": (SIZE, 15),
    }
    for name, (rows, columns) in shapes.items():
        arrays |= {
            f"{name}.weight": whole(rows, columns),
            f"{name}.scale": floats(columns),
            f"{name}.bias": floats(columns),
        }
    return arrays


def by_hand(arrays: Arrays, ids: list[int]) -> list[float]:
    """The lanes, one number after the other, in plain Python floats."""

    def dense(name: str, row: list[float]) -> list[float]:
        weight, scale, bias = arrays[f"{name}.weight"], arrays[f"{name}.scale"], arrays[f"{name}.bias"]
        sums = [sum(x * float(weight[i, j]) for i, x in enumerate(row)) for j in range(weight.shape[1])]
        return [total * float(scale[j]) + float(bias[j]) for j, total in enumerate(sums)]

    def norm(name: str, row: list[float]) -> list[float]:
        mean = sum(row) / len(row)
        spread = math.sqrt(sum((x - mean) ** 2 for x in row) / len(row) + 1e-12)
        gain, bias = arrays[f"{name}.gain"], arrays[f"{name}.bias"]
        return [(x - mean) / spread * float(gain[i]) + float(bias[i]) for i, x in enumerate(row)]

    def gelu(x: float) -> float:
        return 0.5 * x * (1 + math.tanh(0.7978845608 * (x + 0.044715 * x**3)))

    rows = [
        norm("norm", [float(w) * float(arrays["pieces.scale"][n]) + float(arrays["places"][at][i])
                      for i, w in enumerate(arrays["pieces.weight"][n])])
        for at, n in enumerate(ids)
    ]  # fmt: skip
    mixed = [dense("layer.0.mixed", row) for row in rows]
    part = SIZE // HEADS
    heard = [[0.0] * SIZE for _ in rows]
    for head in range(HEADS):
        cut = [slice(kind * SIZE + head * part, kind * SIZE + (head + 1) * part) for kind in range(3)]
        for at, one in enumerate(mixed):
            scores = [
                sum(q * k for q, k in zip(one[cut[0]], other[cut[1]], strict=True)) / math.sqrt(part) for other in mixed
            ]
            weights = [math.exp(score - max(scores)) for score in scores]
            for i in range(part):
                value = sum(w * other[cut[2]][i] for w, other in zip(weights, mixed, strict=True)) / sum(weights)
                heard[at][head * part + i] = value
    joined = [dense("layer.0.joined", row) for row in heard]
    rows = [
        norm("layer.0.after_joined", [a + b for a, b in zip(*pair, strict=True)])
        for pair in zip(rows, joined, strict=True)
    ]
    narrow = [dense("layer.0.narrow", [gelu(x) for x in dense("layer.0.wide", row)]) for row in rows]
    rows = [
        norm("layer.0.after_narrow", [a + b for a, b in zip(*pair, strict=True)])
        for pair in zip(rows, narrow, strict=True)
    ]
    return dense("lane", [sum(row[i] for row in rows) / len(rows) for i in range(SIZE)])


def write(path: Path, arrays: Arrays) -> Path:
    """The safetensors format: the length of a header, the header, the bytes."""
    kinds = {"int8": "I8", "uint8": "U8", "int32": "I32", "float16": "F16", "float32": "F32"}
    header, data = {}, b""
    for name, array in arrays.items():
        raw = array.tobytes()
        header[name] = {
            "dtype": kinds[str(array.dtype)],
            "shape": list(array.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    told = json.dumps({"__metadata__": {"format": "np"}, **header}).encode()
    path.write_bytes(len(told).to_bytes(8, "little") + told + data)
    return path


def test_numpy_says_what_the_sums_say() -> None:
    arrays, ids = small_arrays(), [1, 3, 4, 2]
    lanes, _ = encoder_of(arrays).heads_of(ids)
    assert lanes.tolist() == pytest.approx(by_hand(arrays, ids), rel=1e-3, abs=1e-3)


def test_a_request_gets_a_score_for_each_lane_and_task() -> None:
    lanes, tasks = encoder_of(small_arrays()).scores("fix the poem")
    assert (len(lanes), len(tasks)) == (3, 15)


def test_the_order_of_words_matters() -> None:
    encoder = encoder_of(small_arrays())
    assert encoder.scores("fix poem") != encoder.scores("poem fix")


def test_a_file_gives_back_what_was_written(tmp_path: Path) -> None:
    arrays = small_arrays()
    found = arrays_in(write(tmp_path / "encoder.safetensors", arrays))
    assert set(found) == set(arrays)
    assert all(np.array_equal(found[name], arrays[name]) for name in arrays)


def test_an_encoder_from_a_file_says_what_it_said_before(tmp_path: Path) -> None:
    arrays = small_arrays()
    encoder = load(write(tmp_path / "encoder.safetensors", arrays))
    assert encoder.scores("fix poem") == encoder_of(arrays).scores("fix poem")


@pytest.mark.parametrize("content", [b"", b"\xff" * 7, b"\xff" * 64, (5).to_bytes(8, "little") + b"[1,2]" + b"x" * 9])
def test_a_file_that_is_no_encoder_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "encoder.safetensors"
    path.write_bytes(content)
    with pytest.raises((ValueError, KeyError, TypeError, IndexError)):
        load(path)


def test_a_file_that_ends_too_early_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "encoder.safetensors", small_arrays())
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match="buffer"):
        load(path)
