"""How long the importer's reduction of shared sequences takes at the size of Table 12's largest set, and how much memory.

``python -m benchmarks.reduction``; prints the figures as JSON and exits with 3 when a bound is missed. The sequences are made:
lengths, and which operator follows which, are drawn from the mismatched torch.onnx models' sequences that the archive's
notebook saved, so that they overlap as real ones do.
"""

import argparse
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Collection
from itertools import pairwise

from analysis.dataset import Study
from datapackage.commandline import DATA
from methods.sequences import Items, Reduction
from mining.published_archive.full_archive import ORDERS, SEED

try:
    import resource
except ModuleNotFoundError:
    sys.exit("this benchmark measures memory by POSIX's getrusage; on Windows, run it in WSL")

SEQUENCES = 4243  # distinct sequences that mismatched torch.onnx models share with correct ones, by Table 12
SECONDS = 600  # of the processor
MEGABYTES = 1024


def made_sequences(saved: Collection[Items], count: int, seed: int) -> set[Items]:
    """Return distinct sequences that resemble the saved ones.

    Parameters
    ----------
    saved : collection of tuple of str
        What lengths, first operators and successors are drawn from; one draw in ten takes any operator as the next.
    count : int
        How many to make.
    seed : int
        Seed of the draws.
    """
    draw = random.Random(seed)  # noqa: S311  (an order, not a secret)
    followers: dict[str, list[str]] = defaultdict(list)
    for items in saved:
        for first, second in pairwise(items):
            followers[first].append(second)
    starts, lengths = [items[0] for items in saved], [len(items) for items in saved]
    every = [item for items in saved for item in items]
    made: set[Items] = set()
    while len(made) < count:
        sequence = [draw.choice(starts)]
        for _ in range(draw.choice(lengths) - 1):
            usual = followers.get(sequence[-1])
            sequence.append(draw.choice(usual if usual and draw.random() >= 0.1 else every))
        made.add(tuple(sequence))
    return made


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reduction", description=__doc__)
    parser.add_argument("--sequences", type=int, default=SEQUENCES, help=f"default: {SEQUENCES}")
    parser.add_argument("--orders", type=int, default=ORDERS, help=f"default: {ORDERS}")
    arguments = parser.parse_args()
    saved = Study(DATA).notebook_sequences.query("converter == 'torch.onnx' and set == 'mismatch_only'")["sequence"]
    sequences = made_sequences([tuple(each.split()) for each in saved], arguments.sequences, seed=1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, clock = time.process_time(), time.monotonic()
    sizes = Reduction().sizes(sequences, orders=arguments.orders, seed=SEED)
    seconds, wall = time.process_time() - started, time.monotonic() - clock
    unit = 1024 if sys.platform != "darwin" else 1024**2
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / unit
    figures = {"sequences": len(sequences), **sizes._asdict(), "processor_seconds": round(seconds, 1),
               "seconds": round(wall, 1), "added_megabytes": round(peak)}  # fmt: skip
    print(json.dumps(figures, indent=2))  # noqa: T201
    return 0 if seconds < SECONDS and peak < MEGABYTES else 3


if __name__ == "__main__":
    sys.exit(main())
