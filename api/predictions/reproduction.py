"""Whether a model that was trained again is the same, and if not, why not."""

from api.intelligence.insufficient import InsufficientDataError
from api.predictions.contracts import VersionRecord
from api.predictions.learning import CODE_VERSION, Trained


def explain(before: VersionRecord, after: Trained | InsufficientDataError) -> tuple[bool, str]:
    if isinstance(after, InsufficientDataError):
        return False, f"{_data_changed(before)} What is left is too little to train: {after}."
    if after.card_hash == before.card_hash:
        return True, f"The same: card hash {before.card_hash}."
    if after.extent.hash != before.data_hash:
        was = before.card["data"]
        counts = (
            f"{was['rows']:,} records of {was['customers']:,} customers then, "
            f"{after.extent.rows:,} of {after.extent.customers:,} now"
        )
        same = was["rows"] == after.extent.rows and was["customers"] == after.extent.customers
        return False, f"{_data_changed(before)} {counts}{'; some were changed' if same else ''}."
    if before.code_version != CODE_VERSION:
        return False, f"The data is the same, the code is not: {before.code_version} then, {CODE_VERSION} now."
    return False, "Data and code are the same, and the card is not: this processor or its libraries compute otherwise."


def _data_changed(before: VersionRecord) -> str:
    return f"The data up to {before.card['data']['until']} has changed since: corrected, undone or erased."
