"""The catalogue of a tenant that has set none. What a success is worth is a share of the customer's own mean order, so
that no amount is made up; nothing costs anything until the tenant says so."""

from typing import Final

from api.actions.contracts import Action, Catalogue, Limits, Outcome, ValueRule

DEFAULT: Final = Catalogue(
    (
        Action("upsell", "Upsell", "email", 0, ValueRule.ORDER_SHARE, 0.2, 30, min_orders=3, max_quiet_days=30),
        Action(
            "cross_sell", "Cross-sell", "email", 0, ValueRule.ORDER_SHARE, 0.15, 30, min_orders=2, max_quiet_days=60
        ),
        Action(
            "retention",
            "Retention",
            "email",
            0,
            ValueRule.ORDER_SHARE,
            1.0,
            60,
            min_quiet_days=31,
            max_quiet_days=120,
            outcome=Outcome.STAY,
        ),
        Action("re_engagement", "Re-engagement", "email", 0, ValueRule.ORDER_SHARE, 1.0, 90, min_quiet_days=121),
    ),
    Limits(),
)
