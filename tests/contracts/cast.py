"""Those who call in the sweeps: somebody whom no gate stops, and what one sample's request looks like."""

import httpx

from app.core.permissions import Role
from tests.contracts.asks import Ask
from tests.contracts.routes import Operation
from tests.world import Api, Client


async def somebody_with_every_role(api: Api) -> Client:
    """Every role, at the root: what refuses them is never a right."""
    account, root = await api.account(), await api.root()
    for role in Role:
        await api.grant(account, role, root)
    return await api.sign_in(account)


async def ask_for(client: Client, operation: Operation, ask: Ask) -> httpx.Response:
    """What `client` is answered, or who alone can ask it."""
    return await (ask.by or client).request(
        operation.method,
        operation.url(**ask.ids),
        params=ask.params,
        headers=ask.headers,
        **ask.body,
    )
