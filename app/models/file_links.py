"""Links to files: each for one download, for minutes."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from sqlalchemy import LargeBinary

from app.core.privacy import Privacy
from app.models.base import Instant, Row, Shape, column, instant


class FileLink(Row, table=True):
    """A door to one file, for whoever asked for it. Only the hash of its token is kept.

    `subject_id` is the record whose file it is, `own_record` whether it was asked for as somebody whom it concerns.
    """

    __tablename__ = "file_links"

    token_hash: bytes = column(Privacy.none, LargeBinary, nullable=False, unique=True)
    file_id: UUID = column(Privacy.none, foreign_key="files.id", nullable=False, index=True)
    subject_id: UUID = column(Privacy.none, nullable=False)
    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    sign_in_id: UUID = column(Privacy.none, nullable=False)
    own_record: bool = column(Privacy.none, nullable=False, default=False)
    expires_at: datetime = instant(nullable=False, index=True)
    used_at: datetime | None = instant(default=None)


class FileLinkRead(Shape):
    """Where to get a file, once. Whoever holds the link gets the file: do not pass it on."""

    url: Annotated[str, Bounds(max_length=200, examples=["/v1/file-links/…"])]
    expires_at: Instant
