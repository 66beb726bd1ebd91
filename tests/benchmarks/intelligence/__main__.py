"""Models next to the libraries people use, on the same simulated customers, in one run: medians, ratios, peak memory.

python -m tests.benchmarks.intelligence [--customers 1000000] [--runs 5] [--only TASK ...]

One thread each. The peers are installed into a temporary folder (CIP_PEERS keeps it). A ratio is theirs by ours.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any, Final

from tests.benchmarks.intelligence import data

HERE: Final = Path(__file__).parent
PACKAGE: Final = "tests.benchmarks.intelligence"
NUMBERS_OF_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")
TASKS: Final[dict[str, str | None]] = {
    "BG/NBD fit": "lifetimes",
    "BG/NBD score": "lifetimes",
    "Gamma-Gamma fit": "lifetimes",
    "CLV fit + score": "lifetimes",
    "Kaplan-Meier": "lifelines",
    "Aalen-Johansen": "lifelines",
    "RFM": "polars",
    "K-means fit + assign": "scikit-learn",
    "K-means and stability": "scikit-learn",
    "K-means, k by stability": None,
}
"""Without a peer where the libraries do nothing of the kind. scikit-learn's side of the second K-means is that of the
first: it does not say how stable the clusters are."""
ALIKE: Final = {"BG/NBD fit": 1e-6, "Gamma-Gamma fit": 1e-6, "CLV fit + score": 1e-3, "Kaplan-Meier": 1e-9, "RFM": 1e-3}
"""How far, as a share, our figure may lie from theirs; a ratio of times says something only at the same likelihood."""
SAME: Final = 1e-2
SLOW: Final = {"Aalen-Johansen": 1, "CLV fit + score": 1, "Gamma-Gamma fit": 1, "K-means, k by stability": 1}
"""Runs of what takes long."""
COLUMNS: Final = "{:<24}{:>10}{:>14}{:>10}{:>9}{:>10}{:>10}   {}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=TASKS, default=list(TASKS), metavar="TASK")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cip-bench-") as folder:
        python = _peers(Path(os.environ.get("CIP_PEERS", f"{folder}/peers")))
        data.write(Path(folder), arguments.customers)
        _say(f"{arguments.customers:,} customers, median of {arguments.runs} (of one: {', '.join(SLOW)})")
        _say(COLUMNS.format("", "ours s", "theirs", "s", "ratio", "ours MB", "MB", "figure: ours, theirs"))
        for task in arguments.only:
            runs = str(SLOW.get(task, arguments.runs))
            ours = _run([sys.executable, "-m", f"{PACKAGE}.ours", folder, task, runs])
            theirs = _peer(python, folder, task, runs)
            seconds, memory, figure = statistics.median(ours["seconds"]), f"{ours['peak_mb']:.0f}", _figure(ours)
            if theirs is None:
                _say(COLUMNS.format(task, f"{seconds:.3f}", "", "", "", memory, "", figure))
                continue
            longer = statistics.median(theirs["seconds"])
            apart = abs(ours["figure"] / theirs["figure"] - 1)
            verdict = "the same" if apart <= ALIKE.get(task, SAME) else f"NOT the same: {apart:.1e} apart"
            _say(
                COLUMNS.format(
                    task, f"{seconds:.3f}", TASKS[task], f"{longer:.3f}", f"{longer / seconds:.1f}", memory,
                    f"{theirs['peak_mb']:.0f}", f"{figure}, {_figure(theirs)}: {verdict}",
                )
            )  # fmt: skip


def _figure(found: dict[str, Any]) -> str:
    return f"{found['figure']:.9g}"


def _peer(python: Path, folder: str, task: str, runs: str) -> dict[str, Any] | None:
    match TASKS[task]:
        case None:
            return None
        case "scikit-learn":
            return _run([sys.executable, "-m", f"{PACKAGE}.scikit", folder, task, runs])
        case _:
            return _run([str(python), str(HERE / "peers.py"), folder, task, runs])


def _run(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **dict.fromkeys(NUMBERS_OF_THREADS, "1")},
    )
    if done.returncode:
        sys.exit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _peers(folder: Path) -> Path:
    python = folder / "bin" / "python"
    if not python.exists():
        _say("Installing the peers ...")
        venv.create(folder, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "setuptools==69.5.1"], check=True)
        subprocess.run([*pip, "--no-build-isolation", "-r", str(HERE / "requirements.txt")], check=True)
    return python


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
