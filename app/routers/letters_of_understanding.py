"""/v1/letters-of-understanding: what an institution and we give each other, and its dues."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.letters_of_understanding import (
    LetterCreate,
    LetterDecided,
    LetterEnd,
    LetterRead,
    LetterSign,
    LetterSummary,
    LetterUpdate,
)
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, VersionIfSentDep, one, page, requires
from app.services import letters_of_understanding as letters

router = Router("/v1/letters-of-understanding", "organising")
READS, RUNS = requires(Permission.organising_read), requires(Permission.organising_run, once=True)
CHANGES = requires(Permission.organising_run)
Asked = Annotated[letters.LettersQuery, Query()]


@router.post("", status_code=201, response_model=LetterDecided, **RUNS)
async def draft_letter(session: SessionDep, actor: ActorDep, data: LetterCreate) -> Response:
    """Begin the next letter with an organisation. It is yours to negotiate, and its dues count as raised by you."""
    made = await letters.draft_letter(session, actor, data)
    return one(made, status=201, location=f"/v1/letters-of-understanding/{made.id}")


@router.get("", response_model=Page[LetterSummary], **READS)
async def list_letters(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Letters with the organisations in your reach."""
    return page(request, await letters.list_letters(session, actor, query))


@router.get("/{letter_id}", response_model=LetterRead, **READS)
async def get_letter(session: SessionDep, actor: ActorDep, letter_id: UUID) -> Response:
    """A letter, and who signed it."""
    return one(await letters.get_letter(session, actor, letter_id))


@router.patch("/{letter_id}", response_model=LetterDecided, **CHANGES)
async def change_letter(
    session: SessionDep, actor: ActorDep, letter_id: UUID, data: LetterUpdate, version: VersionDep
) -> Response:
    """Change a draft. What was proposed has to be withdrawn first."""
    return one(await letters.change_letter(session, actor, letter_id, data, version=version))


@router.post("/{letter_id}/sign", response_model=LetterRead, **RUNS)
async def sign_letter(session: SessionDep, actor: ActorDep, letter_id: UUID, data: LetterSign) -> Response:
    """Note a signature on what is proposed: ours by you, theirs by the person who signed."""
    return one(await letters.sign_letter(session, actor, letter_id, data))


@router.post("/{letter_id}/propose", response_model=LetterDecided, **RUNS)
async def propose_letter(session: SessionDep, actor: ActorDep, letter_id: UUID, version: VersionIfSentDep) -> Response:
    """Put a draft before the organisation. It then stands as it is."""
    return one(await letters.move_letter(session, actor, letter_id, "propose", version=version))


@router.post("/{letter_id}/withdraw", response_model=LetterDecided, **RUNS)
async def withdraw_letter(session: SessionDep, actor: ActorDep, letter_id: UUID, version: VersionIfSentDep) -> Response:
    """Take it back to change it. What was signed is signed no more."""
    return one(await letters.move_letter(session, actor, letter_id, "withdraw", version=version))


@router.post("/{letter_id}/decline", response_model=LetterDecided, **RUNS)
async def decline_letter(session: SessionDep, actor: ActorDep, letter_id: UUID, version: VersionIfSentDep) -> Response:
    """The organisation, or we, will not sign it."""
    return one(await letters.move_letter(session, actor, letter_id, "decline", version=version))


@router.post("/{letter_id}/put-in-force", response_model=LetterDecided, **RUNS)
async def put_letter_in_force(
    session: SessionDep, actor: ActorDep, letter_id: UUID, version: VersionIfSentDep
) -> Response:
    """Both have signed: it holds, the one before it is superseded, and its dues are forecast as hard money."""
    return one(await letters.put_in_force(session, actor, letter_id, version=version))


@router.post("/{letter_id}/end", response_model=LetterDecided, **RUNS)
async def end_letter(
    session: SessionDep, actor: ActorDep, letter_id: UUID, data: LetterEnd, version: VersionIfSentDep
) -> Response:
    """End it before its day: no dues are agreed from now on."""
    return one(await letters.end_letter(session, actor, letter_id, data, version=version))
