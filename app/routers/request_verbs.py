"""What is done to any request, whichever right it uses: the same verbs under both collections."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from starlette.responses import Response

from app.core.paging import Answer
from app.core.permissions import Permission
from app.models.base import Input
from app.models.request_reads import RequestStepped
from app.models.request_verbs import (
    Answering,
    Asking,
    Ending,
    Extension,
    FeeAsk,
    MatchPerson,
    Refusal,
    SteppingAside,
)
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, requires
from app.services.matters import Matter
from app.services.rights_requests import acts

#: The service of each verb, what it is told, and what it does in the words of the document.
VERBS: tuple[tuple[Callable[..., Awaitable[Answer]], type[Input], str], ...] = (
    (acts.match_person, MatchPerson, "Say whose data a request concerns. The request is closed to them."),
    (acts.ask_identity, Asking, "Ask for proof of identity, where there is doubt. The clock starts when it comes."),
    (acts.receive_identity, Answering, "Proof of identity has come: the clock starts on that day."),
    (acts.ask_clarification, Asking, "Ask what is meant. The clock stops until the answer comes; it may stop again."),
    (acts.receive_clarification, Answering, "The answer has come: the clock runs on."),
    (acts.ask_fee, FeeAsk, "Ask for a fee, with the reason. The clock starts when it is paid."),
    (acts.receive_fee, Answering, "The fee has come: the clock starts on that day."),
    (acts.extend, Extension, "Take two further months. A notice after the first month is kept, and extends nothing."),
    (acts.refuse, Refusal, "Do not follow a request, with reasons. The requester is told of their remedies."),
    (acts.withdraw, Ending, "The requester has taken the request back."),
    (acts.step_aside, SteppingAside, "Close a request to somebody of the team whom it concerns; a deputy acts."),
)


def add_verbs(router: Router, matter: Matter, noun: str) -> None:
    """Give a collection the verbs of every request; `noun` ends the names of its operations."""
    for act, body, says in VERBS:
        _add(router, matter, f"{act.__name__}_{noun}", act, body, says)


def _add(
    router: Router, matter: Matter, name: str, act: Callable[..., Awaitable[Answer]], body: Any, says: str
) -> None:
    async def endpoint(
        session: SessionDep, actor: ActorDep, request_id: UUID, data: body, version: VersionIfSentDep
    ) -> Response:
        return one(await act(session, actor, matter, request_id, data, version=version))

    endpoint.__name__, endpoint.__doc__ = name, says
    path = f"/{{request_id}}/{act.__name__.replace('_', '-')}"
    router.post(path, response_model=RequestStepped, **requires(Permission.privacy_handle, once=True))(endpoint)
