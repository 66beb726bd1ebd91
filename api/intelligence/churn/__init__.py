"""Who is about to leave, how sure that is, and what moved the score.

`ContractualChurn` learns from labelled customers: a table of features and who has churned. `PurchaseChurn` learns from
a table of transactions, where leaving is buying nothing for `horizon` days. Both choose among candidates the one that
foretells best outside of what it has seen, and fall back to a simple rule when nothing beats it clearly.
"""

from api.intelligence.churn.calibration import CalibrationBin
from api.intelligence.churn.contractual import ContractualChurn
from api.intelligence.churn.learners import Contributions
from api.intelligence.churn.purchases import PurchaseChurn

__all__ = ["CalibrationBin", "ContractualChurn", "Contributions", "PurchaseChurn"]
