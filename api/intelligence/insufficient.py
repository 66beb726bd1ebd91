"""Too little data is an answer, not a guess."""


class InsufficientDataError(Exception):
    """`need` of what there are only `have`."""

    def __init__(self, what: str, need: int, have: int) -> None:
        super().__init__(f"{what}: {need} needed, {have} there")
        self.what = what
        self.need = need
        self.have = have
