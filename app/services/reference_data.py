"""Reference data: the words of every enum, made once and the same for everybody."""

import hashlib
from functools import cache

from app.models.reference_data import reference_data


@cache
def reference_document() -> tuple[bytes, str]:
    """The answer, ready to leave, and its strong ETag."""
    body = reference_data().model_dump_json().encode()
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'
