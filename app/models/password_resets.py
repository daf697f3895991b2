"""Setting a password by a token sent by mail, as it is spoken of."""

from typing import Annotated

from pydantic import Field as Bounds

from app.core.passwords import NewPassword
from app.core.text import Email
from app.models.base import Input, Shape
from app.models.sign_ins import Token


class PasswordResetAsk(Input):
    email: Email


class PasswordResetAsked(Shape):
    """The same whether or not an account has the address."""

    expires_in: Annotated[int, Bounds(ge=1, le=86_400, description="Seconds for which a token works, if one was sent.")]


class PasswordResetComplete(Input):
    token: Token
    new_password: NewPassword
