"""Redis streams and channels, and the outbox that makes losing either of them harmless."""
