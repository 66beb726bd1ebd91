"""What this process counts about itself, in Prometheus's terms: all that /metrics and System Health show of it."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

OPERATIONS: Final = Histogram(
    "cip_graphql_operation_seconds", "GraphQL operations over HTTP.", ["kind", "outcome"], buckets=SECONDS
)
"""kind: query, mutation, invalid. outcome: ok, refused (an expected error), failed."""

INGEST_EVENTS: Final = Counter("cip_ingest_events_total", "Events by their verdict.", ["verdict"])
MESSAGES: Final = Counter("cip_stream_messages_total", "Messages given to their consumer.", ["topic", "outcome"])
"""outcome: done, failed."""

CACHE_LOOKUPS: Final = Counter("cip_cache_lookups_total", "Lookups of cached operations.", ["layer", "outcome"])
"""layer: l1, l2. outcome: hit, miss, unreachable."""

SOCKETS: Final = Gauge("cip_sockets_open", "Open WebSockets.")
SUBSCRIPTIONS: Final = Gauge("cip_subscriptions_open", "Open subscriptions of all clients.")
SHARED_STREAMS: Final = Gauge("cip_subscription_streams_open", "Executions that open subscriptions share.")
FRAMES: Final = Counter("cip_subscription_frames_total", "Frames for subscribers.", ["outcome"])
"""outcome: sent, replaced (a newer one took its place in a slow client's outbox)."""

WEBHOOK_TRIES: Final = Counter("cip_webhook_tries_total", "Tries to deliver a webhook's message.", ["outcome"])
"""outcome: delivered, failed."""

JOB_TURNS: Final = Counter("cip_job_turns_total", "Workers' turns at jobs, by how they ended.", ["outcome"])
"""outcome: succeeded, failed (for good), cancelled, again (after a pause), put_back (the worker stops), fenced."""
