"""Lifetime value of customers without a contract: how often they buy, whether they still do, and how much they spend.

From a table of transactions: `summarize_transactions` gives one row a customer; `BetaGeoNBD` (or `ParetoNBD`) is
fitted to frequency, recency and age, `GammaGamma` to frequency and mean value. For what happens or not in each of a
fixed number of periods (donations in six years) there is `BetaGeoBetaBinomial`. Times are in any unit, the same
everywhere.
"""

from api.intelligence.clv.beta_binomial import BetaGeoBetaBinomial
from api.intelligence.clv.beta_geometric import BetaGeoNBD, ModifiedBetaGeoNBD
from api.intelligence.clv.fitting import LogNormalPrior
from api.intelligence.clv.gamma_gamma import GammaGamma
from api.intelligence.clv.pareto import ParetoNBD
from api.intelligence.clv.transactions import CustomerSummary, summarize_transactions
from api.intelligence.clv.value import LifetimeValue, lifetime_value

__all__ = [
    "BetaGeoBetaBinomial",
    "BetaGeoNBD",
    "CustomerSummary",
    "GammaGamma",
    "LifetimeValue",
    "LogNormalPrior",
    "ModifiedBetaGeoNBD",
    "ParetoNBD",
    "lifetime_value",
    "summarize_transactions",
]
