"""What both sides print: seconds of each run, and the most memory the process had. Imports nothing but numpy."""

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

WARM = 2_000


def main(tasks: Mapping[str, tuple[str, Callable[[Any], float]]]) -> None:
    """`python ours.py FOLDER TASK RUNS`: a task takes the tables and gives one figure that both sides agree on."""
    folder, name, runs = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    source, task = tasks[name]
    table = dict(np.load(folder / f"{source}.npz"))
    task({name: column[:WARM] for name, column in table.items()})  # what is imported and compiled is no part of it
    seconds = []
    for _ in range(runs):
        begun = time.perf_counter()
        figure = task(table)
        seconds.append(time.perf_counter() - begun)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "peak_mb": peak, "figure": float(figure)}))
