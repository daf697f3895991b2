"""The keys that verify access tokens, as they are published."""

from typing import Annotated, Literal

from pydantic import Field as Bounds

from app.core.text import ShortText
from app.models.base import Shape


class PublicKey(Shape):
    """A key that verifies access tokens (RFC 7517), named by its thumbprint (RFC 7638)."""

    kid: ShortText
    kty: Literal["EC"]
    crv: Literal["P-256"]
    alg: Literal["ES256"]
    use: Literal["sig"]
    x: ShortText
    y: ShortText


class PublicKeys(Shape):
    keys: Annotated[list[PublicKey], Bounds(max_length=20)]
