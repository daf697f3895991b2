"""What each kind of job does: one function for the next step of the work, and one to hear how it ended.

A step does the next batch, commits it by itself in `database.transaction(actor)`, and finds out from the tables where
to go on: it may be cut off at any point and done again. It takes a few seconds at most; what computes for long hands
over to a thread or yields. It asks its actor's rights again, since they are those of this moment.

What hears of an end is told at least once, before the end is recorded.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Database
from app.core.errors import AppError
from app.models.jobs import Job, JobKind, JobState
from app.services import exports_build
from app.services.imports import apply as imports_apply
from app.services.imports import read as imports_read
from app.services.imports import undo as imports_undo
from app.services.jobs import Progress
from app.services.rights_requests import package_building

#: The UUID is the subject's: of the import, of the export, of the request.
Step = Callable[[Database, Actor, UUID], Awaitable[Progress]]
#: With why it failed, where it did.
Ended = Callable[[Database, Job, JobState, AppError | None], Awaitable[None]]

WORK: dict[JobKind, Step] = {
    JobKind.read_import: imports_read.read_import,
    JobKind.apply_import: imports_apply.apply_import,
    JobKind.undo_import: imports_undo.undo_import,
    JobKind.build_export: exports_build.build_export,
    JobKind.build_package: package_building.build_package,
}

ON_END: dict[JobKind, Ended] = {
    JobKind.build_export: exports_build.end_build,
    JobKind.build_package: package_building.end_package,
}
