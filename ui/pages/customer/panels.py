"""What other parts of the product know of a customer, each a panel of its own.

A panel gives None while there is nothing it could show, and then leaves no gap.
"""

from collections.abc import Callable, Sequence

from dash.development.base_component import Component

from ui.pages.customer.data import Customer

Panel = Callable[[Customer, str], Component | None]


def rfm(customer: Customer, zone: str) -> Component | None:
    return None


def segments(customer: Customer, zone: str) -> Component | None:
    return None


def predictions(customer: Customer, zone: str) -> Component | None:
    return None


def next_best_actions(customer: Customer, zone: str) -> Component | None:
    return None


PANELS: Sequence[Panel] = (rfm, segments, predictions, next_best_actions)


def panels(customer: Customer, zone: str) -> list[Component]:
    return [shown for panel in PANELS if (shown := panel(customer, zone)) is not None]
