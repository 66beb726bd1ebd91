"""Randomness that can be had again: a failure names its seed, CIP_FAULTS_SEED repeats it."""

import os
import random
import sys
from typing import Final

SEED_VARIABLE: Final = "CIP_FAULTS_SEED"


def draw_seed() -> int:
    given = os.environ.get(SEED_VARIABLE)
    seed = int(given) if given else int.from_bytes(os.urandom(4), "big")
    sys.stdout.write(f"{SEED_VARIABLE}={seed}\n")
    return seed


def generator(seed: int | str) -> random.Random:
    return random.Random(seed)  # noqa: S311
