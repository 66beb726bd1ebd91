"""What a model is and how good it is, as plain data that another run can be held against."""

from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Any, Final

import numpy as np
import sklearn

from api.intelligence.churn.calibration import CalibrationBin
from api.intelligence.churn.selection import Choice
from api.intelligence.frames import Frame

CODE_VERSION: Final = "churn-1"


def data_hash(frame: Frame, *more: Any) -> str:
    """Of what was learned from: the same rows in the same order give the same."""
    digest = sha256()
    for name in frame.names:
        digest.update(name.encode())
        column = frame.texts(name) if frame.is_category(name) else frame.numbers([name])[:, 0].tobytes()
        digest.update("\0".join(column).encode() if isinstance(column, list) else column)
    for part in more:
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


def card(choice: Choice, calibration: list[CalibrationBin], facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **facts,
        "champion": choice.champion,
        "baseline": choice.baseline,
        "champion_is_baseline": choice.champion == choice.baseline,
        "candidates": {
            one.name: {**asdict(one.scores), "margin": one.margin, "margin_error": one.margin_error}
            for one in choice.candidates
        },
        "calibration": [{**asdict(one), "observed": one.observed} for one in calibration],
        "code_version": f"{CODE_VERSION} scikit-learn {sklearn.__version__}",
    }
