"""Where likelihoods come from: the one place to put another source in."""

from typing import Final

from api.actions.baseline_repository import Baseline
from api.actions.contracts import Likelihoods
from api.actions.models_repository import Models

LIKELIHOODS: Final[Likelihoods] = Models(otherwise=Baseline())
