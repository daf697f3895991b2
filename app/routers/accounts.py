"""/v1/accounts: who signs in, and whether they may; never their passwords."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.accounts import AccountCreate, AccountDetail, AccountRead, AccountSearch, AccountUpdate
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, one, page, requires
from app.services import accounts

router = Router("/v1/accounts", "accounts")


@router.get("", response_model=Page[AccountRead], **requires(Permission.accounts_read))
async def list_accounts(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[accounts.AccountsQuery, Query()]
) -> Response:
    """Everybody who may sign in, by name unless you ask otherwise."""
    return page(request, await accounts.list_accounts(session, actor, query))


@router.post("", status_code=201, response_model=AccountDetail, **requires(Permission.accounts_manage, once=True))
async def create_account(request: Request, session: SessionDep, actor: ActorDep, data: AccountCreate) -> Response:
    """Invite somebody: they set their own password through the mail sent to them.

    `account_exists` if the e-mail is taken.
    """
    made = await accounts.create_account(session, actor, data, app_url=request.app.state.settings.public_url)
    return one(made, status=201, location=f"/v1/accounts/{made.id}")


@router.post("/search", response_model=Page[AccountRead], **requires(Permission.accounts_read, reads=True))
async def search_accounts(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    data: AccountSearch,
    query: Annotated[accounts.AccountsQuery, Query()],
) -> Response:
    """Accounts by a piece of their e-mail address, which belongs in no URL."""
    return page(request, await accounts.search_accounts(session, actor, data, query))


@router.get("/{account_id}", response_model=AccountDetail, **requires(Permission.accounts_read))
async def get_account(session: SessionDep, actor: ActorDep, account_id: UUID) -> Response:
    """One account, with what you may do. There is no password to be seen, for anybody."""
    return one(await accounts.get_account(session, actor, account_id))


@router.patch("/{account_id}", response_model=AccountDetail, **requires(Permission.accounts_manage))
async def update_account(
    session: SessionDep, actor: ActorDep, account_id: UUID, data: AccountUpdate, version: VersionDep
) -> Response:
    """Correct a name, or tie the account to the person whose e-mail it has: it then holds their offices."""
    return one(await accounts.update_account(session, actor, account_id, data, version=version))


@router.post("/{account_id}/disable", response_model=AccountDetail, **requires(Permission.accounts_manage, once=True))
async def disable_account(session: SessionDep, actor: ActorDep, account_id: UUID) -> Response:
    """Shut an account; its sign-ins end within a second. Nobody disables themselves."""
    return one(await accounts.disable_account(session, actor, account_id))


@router.post("/{account_id}/enable", response_model=AccountDetail, **requires(Permission.accounts_manage, once=True))
async def enable_account(session: SessionDep, actor: ActorDep, account_id: UUID) -> Response:
    """Open a disabled account again; its owner signs in anew."""
    return one(await accounts.enable_account(session, actor, account_id))
