"""Source keys: they can send events of one source, and nothing else."""

from typing import Final

from api.auth.key_texts import IssuedKey, KeyForm, KeyRef

PREFIX: Final = "cip_src_"
FORM: Final = KeyForm(PREFIX)
SourceKeyRef = KeyRef
IssuedSourceKey = IssuedKey

issue = FORM.issue
read = FORM.read
