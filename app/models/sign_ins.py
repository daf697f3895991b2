"""Signing in, as it is spoken of."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import SecretStr

from app.core.text import Email, Name
from app.models.base import Input, Instant, Shape

Token = Annotated[str, Bounds(min_length=20, max_length=200)]


class SignInCreate(Input):
    email: Email
    password: Annotated[SecretStr, Bounds(min_length=1, max_length=200)]
    client_id: UUID | None = Bounds(default=None, description="A first-party client; left out: the house's own.")
    cookie: bool = Bounds(default=False, description="Set HttpOnly cookies instead of answering with tokens.")


class Refresh(Input):
    refresh_token: Token | None = Bounds(default=None, description="Left out when the browser sends the cookie.")


class TokenPair(Shape):
    access_token: Annotated[str, Bounds(max_length=4096)]
    refresh_token: Token
    token_type: Literal["Bearer"]
    expires_in: Annotated[int, Bounds(ge=1, le=3600, description="Seconds.")]


class CookieSignIn(Shape):
    """What a browser app gets: the tokens are in HttpOnly cookies.

    Send `csrf_token` as X-CSRF-Token on writes and on refresh. It stays the same while the sign-in lasts, is
    worth nothing without the cookies, and so may be kept in the page's storage.
    """

    csrf_token: Token
    expires_in: Annotated[int, Bounds(ge=1, le=3600)]


class SignInRead(Shape):
    id: UUID
    client_name: Name
    created_at: Instant
    last_used_at: Instant
    expires_at: Instant
    current: bool
