"""What the synthetic people write, by intent. Openings carry the intent, what follows is common to all."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.demo.draws import Draws
from api.demo.saas_parameters import Intent

_AREAS = ("boards", "timelines", "automations", "dashboards", "exports", "the API", "notifications", "permissions")
_COUNTS = ("three", "five", "eight", "twelve", "twenty")

_FIRST_ANSWERS = (
    "Thank you for writing to us. I am looking into {area} for you now.",
    "Hello, thanks for the details. Let me check your account.",
    "Good to hear from you. I can help with {area}.",
)
_QUESTIONS = (
    "It concerns {count} people in our team.",
    "We mostly work with {area}, if that matters.",
    "Is there a page in the help centre about it?",
    "How long will that take?",
)
_ANSWERS = (
    "I have added a note to your account and sent you the steps for {area}.",
    "Our team has confirmed it; you should see the change within the hour.",
    "The help page on {area} describes it, and I am here if anything is unclear.",
)
_CLOSING = 6


@dataclass(frozen=True, slots=True)
class Phrases:
    subject: str
    openings: tuple[str, ...]
    closings: tuple[str, ...]

    def line(self, draws: Draws, number: int) -> str:
        """Message `number` of a conversation: odd ones are the customer's, even ones the agent's."""
        return draws.pick(self._choices(number)).format(area=draws.pick(_AREAS), count=draws.pick(_COUNTS))

    def _choices(self, number: int) -> tuple[str, ...]:
        if number == 1:
            return self.openings
        if number == 2:  # noqa: PLR2004 (the first answer)
            return _FIRST_ANSWERS
        if number % 2 == 0:
            return _ANSWERS
        return self.closings if number > _CLOSING else _QUESTIONS


PHRASES: Mapping[Intent, Phrases] = {
    Intent.INQUIRY: Phrases(
        "Question about the product",
        (
            "Can {area} be shared with people outside our company?",
            "Where do I find the settings for {area}?",
            "Do you support single sign-on for {count} users?",
            "Which languages does the interface come in?",
            "Is there a limit on {area} in our plan?",
        ),
        ("That answers my question, thank you.", "Clear, thanks for the quick answer."),
    ),
    Intent.COMPLAINT: Phrases(
        "Complaint",
        (
            "I am disappointed: {area} has been unreliable for {count} days.",
            "This is the second time {area} failed during a client meeting.",
            "We lost work in {area} and nobody has called us back. That is not acceptable.",
            "Your last update made {area} much slower and my team is frustrated.",
        ),
        ("I hope it does not happen again.", "Please make sure this is fixed for good."),
    ),
    Intent.PURCHASE_INTENT: Phrases(
        "Buying",
        (
            "We would like to subscribe for {count} seats. How do we pay?",
            "Our trial went well and we want to buy. Can you send a quote?",
            "Can we pay by invoice if we sign for a year?",
            "We are ready to order, {area} convinced the team.",
        ),
        ("Great, we will place the order today.", "Perfect, I will forward the quote to finance."),
    ),
    Intent.SUPPORT_REQUEST: Phrases(
        "Help needed",
        (
            "I cannot open {area} since this morning, it shows an error.",
            "How do I restore something we deleted in {area}?",
            "A colleague does not receive the invitation mail.",
            "The import stops after {count} rows. Can you help?",
            "{area} do not load in our browser. What should we try?",
        ),
        ("It works now, thank you.", "Solved, thanks for your help."),
    ),
    Intent.CANCELLATION: Phrases(
        "Ending our subscription",
        (
            "We want to cancel our subscription at the end of the period.",
            "Please tell me how to end our contract, we hardly use {area}.",
            "The price is too high for us, we are going to leave.",
            "We are moving to another tool. How do we export everything and close the account?",
        ),
        ("Thank you, please confirm the end date.", "Understood. We may come back later."),
    ),
    Intent.UPGRADE: Phrases(
        "Changing to a larger plan",
        (
            "We need more from {area}. What does the next plan include?",
            "Our team has grown by {count} people, can we move to a larger plan?",
            "Please upgrade us before the next invoice, we need {area}.",
        ),
        ("Excellent, go ahead with the upgrade.", "Thanks, we look forward to the new plan."),
    ),
}
