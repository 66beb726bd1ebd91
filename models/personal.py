"""Where a customer's data lies: one entry for each tenant table, and what becomes of it when the person is erased.

A table or a column that is not here fails a test. What is blanked keeps the tenant's sums as they are: an order still
counts and a conversation still has its answer, but nobody's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final


class Reach(StrEnum):
    """How the rows of one customer are found."""

    NOBODY = "nobody"
    SELF = "self"
    OWN = "customer_id"
    ORDER = "order_id"
    CONVERSATION = "conversation_id"
    TEXT = "text"
    SUBJECT = "subject_id"
    SEALED = "sealed"
    FILES = "files"
    """Files of many customers that can be made again: all of the tenant's end, whoever is in them."""


class Fate(StrEnum):
    DELETED = "deleted"
    BLANKED = "blanked"
    KEPT = "kept"


class Fresh:
    """A value that is unique and says nothing: made of the row's own id."""


FRESH: Final = Fresh()


@dataclass(frozen=True, slots=True)
class Place:
    """`personal` are the columns that can hold something a customer is, said or did; `plain` all others of text, JSON
    or bytes. `blank` is what they become where the row stays."""

    reach: Reach
    fate: Fate = Fate.DELETED
    personal: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    blank: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


def nobody(why: str) -> Place:
    return Place(Reach.NOBODY, Fate.KEPT, why=why)


def own(*personal: str, plain: tuple[str, ...] = ()) -> Place:
    return Place(Reach.OWN, personal=personal, plain=plain)


SETTINGS: Final = "the tenant's own settings"
PEOPLE: Final = "the tenant's own people and programs, none of its customers"
NUMBERS: Final = "sums and numbers of many customers"
IDS: Final = "ids of messages"

LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)

PLACES: Final[dict[str, Place]] = {
    "tenant_profile": nobody(SETTINGS),
    "tenant_limit": nobody(SETTINGS),
    "replay": nobody(SETTINGS),
    "user_account": nobody(PEOPLE),
    "user_session": nobody(PEOPLE),
    "setup_link": nobody(PEOPLE),
    "refresh_token": nobody(PEOPLE),
    "user_identity": nobody(PEOPLE),
    "identity_provider": nobody(SETTINGS),
    "api_key": nobody(PEOPLE),
    "idempotent_write": Place(Reach.TEXT, Fate.BLANKED, ("answer",), ("actor", "key", "input_hash"), {"answer": None}),
    "customer": Place(Reach.SELF, personal=("external_id", "external_key", "name", "name_key", "email", "country")),
    "sales_order": Place(
        Reach.OWN, Fate.BLANKED, ("external_id",), ("source", "kind"), {"customer_id": None, "external_id": FRESH}
    ),
    "order_line": Place(Reach.ORDER, Fate.BLANKED, ("description",), ("sku",), {"description": ""}),
    "event": Place(
        Reach.OWN,
        Fate.BLANKED,
        ("message_id", "properties"),
        ("source", "name"),
        {"customer_id": None, "message_id": FRESH, "properties": {}},
    ),
    "conversation": Place(
        Reach.OWN,
        Fate.BLANKED,
        ("external_id", "subject"),
        ("source", "channel"),
        {"customer_id": None, "external_id": FRESH, "subject": ""},
    ),
    "message": Place(
        Reach.CONVERSATION, Fate.BLANKED, ("external_id", "body"), ("author",), {"external_id": FRESH, "body": ""}
    ),
    "metric_bucket": nobody(NUMBERS),
    "metric_revision": nobody(NUMBERS),
    "outbox_message": Place(Reach.TEXT, Fate.BLANKED, ("payload",), ("topic", "fault")),
    "processed_message": nobody(IDS),
    "dead_letter": Place(
        Reach.TEXT,
        personal=("reference", "path", "message", "payload"),
        plain=("kind", "origin", "code", "state"),
    ),
    "job": nobody("sentences of ours, and ids"),
    "conversation_response": Place(Reach.CONVERSATION, Fate.KEPT, why="two moments of a conversation that is nobody's"),
    "customer_session": own(),
    "stale_customer": own(plain=("purpose",)),
    "engagement_weight": nobody(SETTINGS),
    "journey_stage": nobody(SETTINGS),
    "journey_rule": nobody(SETTINGS),
    "journey_spell": own(plain=("stage", "next_stage")),
    "action_catalogue": nobody(SETTINGS),
    "action_decision": own(plain=("action", "decision", "propensities", "decided_by", "source", "policy_version")),
    "source_key": nobody(PEOPLE),
    "event_schema": nobody(SETTINGS),
    "ingest_policy": nobody(SETTINGS),
    "model_training": nobody(NUMBERS),
    "model_version": nobody(NUMBERS),
    "model_state": nobody(NUMBERS),
    "model_drift": nobody(NUMBERS),
    "prediction": own("reasons", plain=("kind",)),
    "import_run": Place(
        Reach.TEXT,
        Fate.BLANKED,
        ("preview",),
        ("file_name", "file_format", "kind", "mapping", "state", "fault", "cursor_key", "report", "created_by"),
    ),
    "import_chunk": Place(Reach.TEXT, personal=("data",)),
    "import_row": Place(Reach.TEXT, personal=("key", "cells")),
    "import_unit": Place(Reach.TEXT, personal=("key", "customer")),
    "import_error": Place(
        Reach.TEXT,
        Fate.BLANKED,
        ("message", "cells"),
        ("column_name", "code"),
        {"message": "This row was of a person who was erased.", "cells": []},
    ),
    "import_change": Place(Reach.SUBJECT, personal=("before", "after"), plain=("kind", "kept")),
    "segmentation": nobody(NUMBERS),
    "segment": nobody(SETTINGS),
    "segment_member": own(),
    "segment_snapshot": own(),
    "webhook_endpoint": nobody(SETTINGS),
    "webhook_delivery": Place(Reach.TEXT, personal=("subject",), plain=("event", "state", "fault")),
    "bulk_operation": Place(
        Reach.FILES,
        Fate.BLANKED,
        ("query", "variables"),
        ("needs", "created_by", "error_policy"),
        {"query": "", "variables": {}, "expires_at": LONG_AGO},
    ),
    "bulk_part": Place(Reach.FILES, personal=("data",), plain=("cursor",)),
    "bulk_upload": Place(Reach.FILES, personal=("data",)),
    "saved_view": nobody("a filter, and what its owner called it"),
    "audit_entry": Place(
        Reach.SEALED, Fate.KEPT, plain=("actor", "action", "outcome", "details"), why="sealed; its key is deleted"
    ),
    "audit_seal": nobody("hashes of entries that are sealed themselves"),
    "audit_unsealed": nobody("ids of entries"),
    "privacy_request": Place(
        Reach.OWN,
        Fate.BLANKED,
        ("file",),
        ("kind", "state", "receipt", "created_by"),
        {"customer_id": None, "file": None, "file_until": None},
    ),
    "erasure_salt": nobody(SETTINGS),
    "erased": nobody("keyed hashes"),
    "subject_key": own(plain=("key",)),
    "customer_consent": own(plain=("purpose", "source")),
}
