"""Where the chance of an action comes from, in a sentence. Pure."""

from collections.abc import Mapping
from typing import Final

from api.actions.contracts import Outcome, Proposal
from api.predictions.contracts import VersionRecord

WORDS: Final[Mapping[Outcome, str]] = {
    Outcome.ORDER: "the customer orders within 30 days",
    Outcome.STAY: "the customer stays for 30 days",
    Outcome.ADVANCE: "the customer goes on to a later stage within 30 days",
}


def explanation(proposal: Proposal, outcome: Outcome, version: VersionRecord | None) -> str | None:
    """Without a probability there is nothing to explain: the block says why."""
    if proposal.probability is None:
        return None
    if version is None or proposal.as_of is None:
        return (
            "No model speaks of this customer: how often customers with as many orders, as long ago, ordered again "
            f"within 30 days ({proposal.n or 0:,} of them)."
        )
    model = f"the model ({version.card['champion']})"
    if version.is_baseline:
        model = "the baseline, which no model beat clearly,"
    churn = version.kind == "CHURN"
    part = "one less the probability of churn" if churn else "the probability of conversion"
    return (
        f"That {WORDS[outcome]}: {part} by {model} of version {version.number}, as of {proposal.as_of:%Y-%m-%d}, "
        f"with {proposal.n or 0:,} customers of the past who had a like score."
    )
