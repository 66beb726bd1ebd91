"""API keys: programs of a tenant, with a role or a part of one."""

from typing import Final

from api.auth.key_texts import KeyForm, KeyRef

PREFIX: Final = "cip_live_"
FORM: Final = KeyForm(PREFIX)
ApiKeyRef = KeyRef

issue = FORM.issue
read = FORM.read
