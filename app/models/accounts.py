"""Who signs in: accounts, the clients they sign in through, sign-ins and their refresh tokens, grants of roles."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import MISSING, AnyHttpUrl
from pydantic import Field as Bounds
from sqlalchemy import Index, LargeBinary

from app.core.lifecycle import AllowedAction
from app.core.permissions import Permission, Role
from app.core.privacy import Privacy
from app.core.text import Email, Line, LongText, Name, ShortText
from app.models.base import Input, Instant, Patch, Record, Row, Shape, Version, column, instant, one_of, text, texts
from app.models.members import LegalDate


class AccountState(StrEnum):
    invited = "invited"
    active = "active"
    disabled = "disabled"


class ClientKind(StrEnum):
    first_party = "first_party"
    third_party = "third_party"
    service = "service"


class GrantState(StrEnum):
    proposed = "proposed"
    confirmed = "confirmed"
    refused = "refused"
    ended = "ended"


class Account(Record, table=True):
    """Somebody who signs in. `email_key` is unique: an account is one person's, unlike an address."""

    __tablename__ = "accounts"
    __table_args__ = (one_of("state", AccountState),)

    email: str = text(Privacy.contact, nullable=False)
    email_key: str = text(Privacy.contact, nullable=False, unique=True)
    name: str = text(Privacy.identity, nullable=False)
    person_id: UUID | None = column(Privacy.none, default=None, foreign_key="people.id", index=True)
    state: str = text(Privacy.sensitive, nullable=False, default=AccountState.invited)
    password_hash: str | None = text(Privacy.secret, default=None)


class Client(Record, table=True):
    """Software through which accounts act; its scopes cap what they can do through it."""

    __tablename__ = "clients"
    __table_args__ = (one_of("kind", ClientKind),)

    name: str = text(Privacy.none, nullable=False)
    kind: str = text(Privacy.none, nullable=False)
    scopes: list[str] = texts(Privacy.none, nullable=False)
    origins: list[str] = texts(Privacy.none, nullable=False, default_factory=list)
    revoked_at: datetime | None = instant(default=None)


class SignIn(Row, table=True):
    """One sign-in and its family of refresh tokens."""

    __tablename__ = "sign_ins"

    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False, index=True)
    client_id: UUID = column(Privacy.none, foreign_key="clients.id", nullable=False)
    last_used_at: datetime = instant(Privacy.sensitive, nullable=False)
    expires_at: datetime = instant(nullable=False)
    ended_at: datetime | None = instant(default=None)
    cookie: bool = column(Privacy.none, nullable=False, default=False)


class RefreshToken(Row, table=True):
    """One link of a family; used once, then kept so that a second use is recognised as theft."""

    __tablename__ = "refresh_tokens"

    sign_in_id: UUID = column(Privacy.none, foreign_key="sign_ins.id", nullable=False, index=True)
    token_hash: bytes = column(Privacy.secret, LargeBinary, nullable=False, unique=True)
    used_at: datetime | None = instant(default=None)


class PasswordReset(Row, table=True):
    """A one-time token to set a password, sent by mail."""

    __tablename__ = "password_resets"

    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False, index=True)
    token_hash: bytes = column(Privacy.secret, LargeBinary, nullable=False, unique=True)
    expires_at: datetime = instant(nullable=False)
    used_at: datetime | None = instant(default=None)


class SigningKey(Row, table=True):
    """A key that signs access tokens, sealed under the application's secret."""

    __tablename__ = "signing_keys"

    sealed_pem: bytes = column(Privacy.secret, LargeBinary, nullable=False)
    retired_at: datetime | None = instant(default=None)


class Grant(Record, table=True):
    """A role held directly at a unit, from a day until, not including, another."""

    __tablename__ = "grants"
    __table_args__ = (one_of("role", Role), one_of("state", GrantState), Index(None, "account_id"))

    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    role: str = text(Privacy.sensitive, nullable=False)
    branch_id: UUID = column(Privacy.sensitive, foreign_key="branches.id", nullable=False)
    starts_on: date = column(Privacy.sensitive, nullable=False)
    ends_on: date | None = column(Privacy.sensitive, default=None)
    state: str = text(Privacy.sensitive, nullable=False, default=GrantState.proposed)
    reason: str = text(Privacy.sensitive, nullable=False)
    proposed_by: UUID = column(Privacy.none, nullable=False)
    confirmed_by: UUID | None = column(Privacy.none, default=None)
    end_reason: str | None = text(Privacy.sensitive, default=None)


class AccountCreate(Input):
    email: Email
    name: Name
    person_id: UUID | None = None


class AccountUpdate(Patch):
    """The e-mail stays: whoever could change it could have a new password sent to themselves."""

    name: Name | MISSING = MISSING
    person_id: UUID | None | MISSING = MISSING


class AccountSearch(Input):
    email: Annotated[str, Line(1, 254)] = Bounds(description="A piece of the address; capitals do not matter.")


class AccountRead(Shape):
    id: UUID
    email: Email
    name: Name
    person_id: UUID | None
    state: AccountState
    version: Version
    created_at: Instant
    updated_at: Instant


class AccountDetail(AccountRead):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=20)]


Scopes = Annotated[list[Permission], Bounds(max_length=100)]
Origins = Annotated[list[Annotated[AnyHttpUrl, Bounds(max_length=255)]], Bounds(max_length=20)]


class ClientCreate(Input):
    name: Name
    kind: ClientKind
    scopes: Scopes
    origins: Origins = Bounds(default_factory=list)


class ClientUpdate(Patch):
    name: Name | MISSING = MISSING
    scopes: Scopes | MISSING = MISSING
    origins: Origins | MISSING = MISSING


class ClientState(StrEnum):
    active = "active"
    revoked = "revoked"


class ClientRead(Shape):
    id: UUID
    name: Name
    kind: ClientKind
    scopes: Scopes
    origins: Annotated[list[ShortText], Bounds(max_length=20)]
    state: ClientState
    revoked_at: Instant | None
    version: Version
    created_at: Instant
    updated_at: Instant


class ClientDetail(ClientRead):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=20)]


class GrantCreate(Input):
    account_id: UUID
    role: Role
    branch_id: UUID
    starts_on: LegalDate | None = Bounds(default=None, description="Today if left out.")
    ends_on: LegalDate | None = None
    reason: LongText


class GrantRefuse(Input):
    reason: LongText


class GrantEnd(Input):
    reason: LongText


class GrantRead(Shape):
    id: UUID
    account_id: UUID
    account_name: Name
    role: Role
    branch_id: UUID
    starts_on: date
    ends_on: date | None
    state: GrantState
    reason: LongText
    proposed_by: UUID
    confirmed_by: UUID | None
    end_reason: LongText | None = Bounds(description="Why it was refused or ended.")
    version: Version
    created_at: Instant
    updated_at: Instant


class GrantDetail(GrantRead):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=20)]


class RoleRead(Shape):
    role: Role
    permissions: Annotated[list[Permission], Bounds(max_length=100)]
    may_grant: Annotated[list[Role], Bounds(max_length=50)]
    needs_second_person: bool
