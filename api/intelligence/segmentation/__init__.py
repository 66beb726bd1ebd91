"""Who the customers are: by recency, frequency and money, and by clusters of any features.

`rfm` takes a table of transactions. `KMeansSegments` takes a table of features, one row a customer.
"""

from api.intelligence.segmentation.kmeans import KMeansSegments
from api.intelligence.segmentation.matching import Match
from api.intelligence.segmentation.movement import Movement, movement
from api.intelligence.segmentation.rfm import LABELS, PROSPECT, Rfm, label, rfm

__all__ = ["LABELS", "PROSPECT", "KMeansSegments", "Match", "Movement", "Rfm", "label", "movement", "rfm"]
