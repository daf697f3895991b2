"""An enrolment's record: how it is read, and its course. Both units see it: whence somebody comes, and who teaches."""

from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Listing
from app.core.permissions import Permission
from app.models.training import Enrolment, EnrolmentState
from app.services.unit_records import Noun, columns_of, facts_of

S = EnrolmentState
#: Whoever has a place.
SEATED = frozenset({S.enrolled, S.attended, S.absent})

ENROLMENT = Lifecycle(
    "enrolment",
    (
        Transition(
            action="withdraw",
            from_states=frozenset({S.waiting, S.enrolled}),
            to=S.withdrawn,
            permission=Permission.organising_run,
            event="enrolment.withdrawn",
            path="/v1/enrolments/{id}/withdraw",
        ),
    ),
    state_field="state",
)
#: The units above either: what is held at one of them is held here.
PATHS = (
    "(select b.path from branches b where b.id = {0}.branch_id) || "
    "(select b.path from branches b where b.id = {0}.offered_in)"
)
PERSON = "(select p.given_name || ' ' || p.family_name from people p where p.id = {0}.person_id)"
_SHOWN = ("offered_in", "training_session_id", "person_id", "completed", "state", "state_since")
NOUN = Noun(
    "enrolment",
    Enrolment,
    Listing(
        resource="organising",
        source="enrolments e",
        key="e.id",
        # Without a unit: what is offered here is seen wherever people come from.
        columns=columns_of(
            "e",
            *_SHOWN,
            person_name=PERSON.format("e"),
            course_id="(select s.course_id from training_sessions s where s.id = e.training_session_id)",
            course="(select c.name from courses c join training_sessions s on s.course_id = c.id "
            "where s.id = e.training_session_id)",
            starts_on="(select s.starts_on from training_sessions s where s.id = e.training_session_id)",
        ),
        sorts={"created_at": ("e.created_at", "timestamptz")},
        facts=facts_of("e", *_SHOWN, path=PATHS.format("e")),
    ),
    ENROLMENT,
)
