"""Where likelihoods come from: the one place to put another source in."""

from typing import Final

from api.actions.baseline_repository import Baseline
from api.actions.contracts import Likelihoods

LIKELIHOODS: Final[Likelihoods] = Baseline()
