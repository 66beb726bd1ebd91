"""scikit-learn's manners: the constructor stores, `fit` returns self, what was learned ends in `_`."""

from typing import TYPE_CHECKING

from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError


class Estimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """`clone`, `get_params`, `set_params` and a readable `repr`; what is asked before `fit` is said to be so."""

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            if name.startswith("__") or not (name.endswith("_") or name.startswith("_")):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            raise NotFittedError(f"This {type(self).__name__} is not fitted yet: call fit first ({name} is missing)")
