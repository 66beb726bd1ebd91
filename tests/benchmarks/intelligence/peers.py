"""The peers' side, run by an interpreter that has them: `python peers.py FOLDER TASK RUNS`."""

import sys
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import timing
from known import HORIZON, PARAMS

warnings.simplefilter("ignore")


def fit(table: Any) -> float:
    from lifetimes import BetaGeoFitter

    fitter = BetaGeoFitter(penalizer_coef=0.0).fit(table["frequency"], table["recency"], table["age"])
    logs = np.log(fitter.params_.to_numpy())
    given = (table["frequency"], table["recency"], table["age"], np.ones(table["age"].size), 0.0)
    return float(-fitter._negative_log_likelihood(logs, *given) * table["age"].size)


def score(table: Any) -> float:
    import pandas as pd
    from lifetimes import BetaGeoFitter

    fitter = BetaGeoFitter()
    fitter.params_ = pd.Series(PARAMS)
    expected = fitter.conditional_expected_number_of_purchases_up_to_time(
        HORIZON, table["frequency"], table["recency"], table["age"]
    )
    return float(np.mean(expected))


def spend(table: Any) -> float:
    fitter, repeated = _spend(table), table["frequency"] > 0
    given = (table["frequency"][repeated], table["mean_value"][repeated], np.ones(int(repeated.sum())), 0.0)
    return float(-fitter._negative_log_likelihood(np.log(fitter.params_.to_numpy()), *given) * repeated.sum())


def value(table: Any) -> float:
    from lifetimes import BetaGeoFitter

    money = _spend(table).conditional_expected_average_profit(table["frequency"], np.nan_to_num(table["mean_value"]))
    fitter = BetaGeoFitter(penalizer_coef=0.0).fit(table["frequency"], table["recency"], table["age"])
    expected = fitter.conditional_expected_number_of_purchases_up_to_time(
        HORIZON, table["frequency"], table["recency"], table["age"]
    )
    return float(np.mean(expected * money))


def _spend(table: Any) -> Any:
    from lifetimes import GammaGammaFitter

    repeated = table["frequency"] > 0
    return GammaGammaFitter(penalizer_coef=0.0).fit(table["frequency"][repeated], table["mean_value"][repeated])


def stay(table: Any) -> float:
    from lifelines import KaplanMeierFitter

    return float(KaplanMeierFitter().fit(table["duration"], table["outcome"] > 0).predict(30.0))


def conversion(table: Any) -> float:
    from lifelines import AalenJohansenFitter

    fitter = AalenJohansenFitter(calculate_variance=True, seed=1)
    fitter.fit(table["duration"], table["outcome"], event_of_interest=1)
    return float(fitter.predict(30.0))


def fifths(table: Any) -> float:
    import polars as pl

    grouped = (
        pl.DataFrame({name: table[name] for name in ("customer", "day", "value")})
        .lazy()
        .group_by("customer")
        .agg(r=pl.col("day").max(), f=pl.len(), m=pl.col("value").sum())
        .with_columns(
            *(
                (pl.col(name).cast(pl.Float64).rank("average") / pl.len() * 5).ceil().alias(name)
                for name in ("r", "f", "m")
            )
        )
        .collect()
    )
    return float(sum(grouped[name].mean() for name in ("r", "f", "m")))


TASKS = {
    "BG/NBD fit": ("histories", fit),
    "BG/NBD score": ("histories", score),
    "Gamma-Gamma fit": ("histories", spend),
    "CLV fit + score": ("histories", value),
    "Kaplan-Meier": ("spells", stay),
    "Aalen-Johansen": ("spells", conversion),
    "RFM": ("purchases", fifths),
}

if __name__ == "__main__":
    timing.main(TASKS)
