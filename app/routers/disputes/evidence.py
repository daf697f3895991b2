"""Evidence of a case: items in editions, with redacted copies, and what was shown to whom."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import File, Form, Query, Request, UploadFile
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.core.text import LongText, ShortText
from app.models.dispute_evidence import MOST_BYTES, Disclose, DisclosureRead, EvidenceRead, SetAside
from app.models.file_links import FileLinkRead
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, takes_part
from app.services.disputes import evidence, showing
from app.services.disputes.evidence_files import Upload

router = Router("/v1/disputes/{dispute_id}", "disputes")
EXAMINES = takes_part(Permission.disputes_examine)
GATHERS = takes_part(Permission.disputes_gather, once=True)
HANDLES = takes_part(Permission.disputes_handle, once=True)

FilePart = Annotated[
    UploadFile,
    File(
        description="A document, picture, text, message, sound or film, of the type that its name says.",
        json_schema_extra={"format": "binary", "maxLength": MOST_BYTES},
    ),
]
TitlePart = Annotated[ShortText | None, Form(description="What the item is called; the file's name if left out.")]
NotePart = Annotated[LongText | None, Form(description="For the case's people; parties do not see it.")]
PartyPart = Annotated[UUID | None, Form(description="The party from whom it comes.")]


def upload_of(file: UploadFile) -> Upload:
    return Upload(file.filename or "", file.file)


def link_to(made: FileLinkRead) -> Response:
    return Response(made.model_dump_json(), 201, media_type="application/json")


def _made(answer: Any, dispute_id: UUID) -> Response:
    return one(answer, status=201, location=f"/v1/disputes/{dispute_id}/evidence/{answer.id}")


@router.get("/evidence", response_model=Page[EvidenceRead], **EXAMINES)
async def list_evidence(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    dispute_id: UUID,
    query: Annotated[evidence.EvidenceQuery, Query()],
) -> Response:
    """The evidence by its number, redacted copies with it; `replaced=true` for the earlier editions too."""
    return page(request, await evidence.list_evidence(session, actor, dispute_id, query))


@router.post("/evidence", status_code=201, response_model=EvidenceRead, **GATHERS)
async def add_evidence(
    session: SessionDep,
    actor: ActorDep,
    dispute_id: UUID,
    file: FilePart,
    title: TitlePart = None,
    note: NotePart = None,
    party_id: PartyPart = None,
) -> Response:
    """Add a file of up to 25 MiB. It is judged by its content, hashed, and kept encrypted."""
    made = await evidence.add_evidence(
        session, actor, dispute_id, upload_of(file), title=title, note_text=note, party_id=party_id
    )
    return _made(made, dispute_id)


@router.get("/evidence/{evidence_id}", response_model=EvidenceRead, **EXAMINES)
async def get_evidence(session: SessionDep, actor: ActorDep, dispute_id: UUID, evidence_id: UUID) -> Response:
    """One item, in one edition."""
    return one(await evidence.get_evidence(session, actor, dispute_id, evidence_id))


@router.post("/evidence/{evidence_id}/replace", status_code=201, response_model=EvidenceRead, **GATHERS)
async def replace_evidence(
    session: SessionDep,
    actor: ActorDep,
    dispute_id: UUID,
    evidence_id: UUID,
    version: VersionIfSentDep,
    file: FilePart,
    note: NotePart = None,
) -> Response:
    """Another edition of an item; the earlier one stays. What was shown to a party does not cover it."""
    made = await evidence.replace_evidence(
        session, actor, dispute_id, evidence_id, upload_of(file), note_text=note, version=version
    )
    return _made(made, dispute_id)


@router.post("/evidence/{evidence_id}/redact", status_code=201, response_model=EvidenceRead, **GATHERS)
async def redact_evidence(
    session: SessionDep,
    actor: ActorDep,
    dispute_id: UUID,
    evidence_id: UUID,
    version: VersionIfSentDep,
    file: FilePart,
    title: TitlePart = None,
    note: NotePart = None,
) -> Response:
    """A redacted copy, which is shown to parties in place of the item, under its own title and file name."""
    made = await evidence.redact_evidence(
        session, actor, dispute_id, evidence_id, upload_of(file), title=title, note_text=note, version=version
    )
    return _made(made, dispute_id)


@router.post("/evidence/{evidence_id}/set-aside", response_model=EvidenceRead, **HANDLES)
async def set_aside_evidence(
    session: SessionDep,
    actor: ActorDep,
    dispute_id: UUID,
    evidence_id: UUID,
    data: SetAside,
    version: VersionIfSentDep,
) -> Response:
    """Say that nobody will rely on it, and why: it need not be shown, and nobody who decides gets it."""
    return one(await evidence.set_aside(session, actor, dispute_id, evidence_id, data, version=version))


@router.post("/evidence/{evidence_id}/put-back", response_model=EvidenceRead, **HANDLES)
async def put_back_evidence(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, evidence_id: UUID, version: VersionIfSentDep
) -> Response:
    """Take back that it was set aside."""
    return one(await evidence.put_back(session, actor, dispute_id, evidence_id, version=version))


@router.post("/evidence/{evidence_id}/link", status_code=201, response_model=FileLinkRead, **EXAMINES)
async def link_evidence(session: SessionDep, actor: ActorDep, dispute_id: UUID, evidence_id: UUID) -> Response:
    """A link to its file: for one download, within five minutes, as far as you may have it then."""
    return link_to(await evidence.link_evidence(session, actor, dispute_id, evidence_id))


@router.get("/disclosures", response_model=Page[DisclosureRead], **EXAMINES)
async def list_disclosures(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    dispute_id: UUID,
    query: Annotated[showing.DisclosuresQuery, Query()],
) -> Response:
    """What each party was shown, when and by whom."""
    return page(request, await showing.list_disclosures(session, actor, dispute_id, query))


@router.post("/disclosures", status_code=204, **HANDLES)
async def show_evidence(session: SessionDep, actor: ActorDep, dispute_id: UUID, data: Disclose) -> Response:
    """Disclose evidence to a party: from now on it is under their /v1/me/disputes."""
    await showing.show_evidence(session, actor, dispute_id, data)
    return Response(status_code=204)
