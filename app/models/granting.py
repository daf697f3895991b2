"""How a request of another right than access is granted, and who is to be told of it."""

from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds

from app.core.text import LongText, Name, ShortText
from app.models.base import Input, Instant, Shape
from app.models.exports import ExportUse
from app.models.package_reads import PackageReleaseRead
from app.models.package_verbs import ReleaseAsk
from app.models.request_reads import RequestStepped


class Granting(Input):
    """That a request is granted: what was done, or how interests were weighed, in words to the requester."""

    text: LongText
    recipients_told: LongText | None = Bounds(
        default=None, description="Who else was told of a correction, an erasure or a restriction, and how."
    )
    release: ReleaseAsk | None = Bounds(
        default=None, description="How ported data is given; needed there, and only there."
    )


class RequestGranted(RequestStepped):
    """A request that was granted, with the package of data that is ported."""

    code: Annotated[str, Bounds(max_length=8, pattern="^[0-9]{8}$")] | None = Bounds(
        description="What opens the link, told this once: pass it on by the other way. Null without a link."
    )
    release: PackageReleaseRead | None


class Recipient(Shape):
    """An export whose rows may have held the person: of a unit of theirs, made while they were on record there."""

    export_id: UUID
    exported_at: Instant
    account_id: UUID
    name: Name = Bounds(description="Who took it.")
    branch_id: UUID
    use: ExportUse
    purpose: ShortText


class RecipientsRead(Shape):
    exports: Annotated[list[Recipient], Bounds(max_length=500)]
