"""Who the customers are: by recency, frequency and money, and by clusters of any features.

`rfm` takes a table of transactions. `KMeansSegments` takes a table of features, one row a customer.
"""

from api.intelligence.segmentation.backtest import Backtest, backtest
from api.intelligence.segmentation.frozen import FrozenClusters
from api.intelligence.segmentation.kmeans import KMeansSegments
from api.intelligence.segmentation.matching import Match
from api.intelligence.segmentation.movement import Movement, movement, movement_of
from api.intelligence.segmentation.rfm import LABELS, PROSPECT, Rfm, label, rfm
from api.intelligence.segmentation.thresholds import RfmThresholds

__all__ = [
    "LABELS",
    "PROSPECT",
    "Backtest",
    "FrozenClusters",
    "KMeansSegments",
    "Match",
    "Movement",
    "Rfm",
    "RfmThresholds",
    "backtest",
    "label",
    "movement",
    "movement_of",
    "rfm",
]
