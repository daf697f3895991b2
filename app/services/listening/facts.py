"""What is known of a listening campaign, of a session and of an issue at a glance; and the refusals of all three."""

from uuid import UUID

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import AppError, Conflict
from app.core.paging import Body, Listing, PageQuery, Where, list_page
from app.models.listening import ListeningCampaign, ListeningIssue, ListeningSession
from app.services.access import record_read
from app.services.listening.lifecycle import LISTENING
from app.services.unit_records import Noun, columns_of, facts_of, open_record


class NotListening(Conflict):
    """A session or an issue is recorded while the campaign listens, neither before nor after."""

    code = "not_listening"
    sentence = "The campaign is not listening."


class ListeningOver(Conflict):
    code = "listening_over"
    sentence = "The campaign is past this."


class NotTakingPart(Conflict):
    code = "not_taking_part"
    sentence = "The institution does not take part in this campaign."


class DidNotHear(AppError):
    """What was heard is grouped by those who heard it."""

    status = 403
    code = "did_not_hear"
    sentence = "Only who hosted or recorded a session of this campaign, or heard an issue, groups its issues."


_SHOWN = (
    "campaign_id", "name", "name_cy", "question", "question_cy", "starts_on", "ends_on", "assembly_action_id",
    "assembly_on", "votes_each", "state", "state_since", "entitled", "close_reason",
)  # fmt: skip

CAMPAIGN = Noun(
    "listening campaign",
    ListeningCampaign,
    Listing(
        resource="organising",
        source="listening_campaigns l",
        key="l.id",
        branch="l.branch_id",
        columns=columns_of("l", *_SHOWN),
        sorts={"starts_on": ("l.starts_on", "date"), "name": ("l.name", "text")},
        facts=facts_of(
            "l",
            *_SHOWN,
            assembly_day="coalesce((select (a.starts_at at time zone 'Europe/London')::date from actions a "
            "where a.id = l.assembly_action_id), l.assembly_on)",
            has_themes="exists (select from listening_themes t where t.listening_campaign_id = l.id)",
            has_votes="exists (select from listening_votes v "
            "where v.listening_campaign_id = l.id and v.struck_on is null)",
        ),
    ),
    LISTENING,
)

_OF_SESSION = ("listening_campaign_id", "kind", "on_day", "organisation_id", "participants", "recorded_by")
SESSION = Noun(
    "listening session",
    ListeningSession,
    Listing(
        resource="organising",
        source="listening_sessions s",
        key="s.id",
        branch="s.branch_id",
        columns=columns_of(
            "s",
            *_OF_SESSION,
            issues="(select count(*) from listening_issues i where i.listening_session_id = s.id)",
        ),
        sorts={"on_day": ("s.on_day", "date")},
        facts=facts_of("s", *_OF_SESSION),
    ),
)

_OF_ISSUE = ("listening_campaign_id", "listening_session_id", "words", "count", "heard_by")
_HELD = "from listening_groupings g where g.listening_issue_id = i.id and g.replaced_at is null"
ISSUE = Noun(
    "listening issue",
    ListeningIssue,
    Listing(
        resource="organising",
        source="listening_issues i",
        key="i.id",
        branch="i.branch_id",
        columns=columns_of("i", *_OF_ISSUE, theme_id=f"(select g.listening_theme_id {_HELD})"),
        sorts={"created_at": ("i.created_at", "timestamptz")},
        facts=facts_of("i", *_OF_ISSUE, theme_id=f"(select g.listening_theme_id {_HELD})"),
    ),
)

_TAKES_PART = """
select exists (
  select from listening_organisations
  where listening_campaign_id = $1 and organisation_id = $2 and left_on is null)
"""


async def must_take_part(session: Session, campaign_id: UUID, organisation_id: UUID) -> None:
    """Raises `NotTakingPart` for an institution that does not, or no longer."""
    if not await session.fetchval(_TAKES_PART, campaign_id, organisation_id):
        raise NotTakingPart


async def list_of_campaign(
    session: Session,
    actor: Actor,
    campaign_id: UUID,
    listing: Listing,
    where: Where,
    query: PageQuery,
    *,
    sort: str,
) -> Body:
    """A page of what a campaign has; `listing` is of a table that knows its campaign.

    Raises `NotFound`, `CursorInvalid`. That it was asked is logged once.
    """
    held = await open_record(session, actor, CAMPAIGN, campaign_id)
    table, alias = listing.source.split()
    purpose = f"list:{table}"
    await record_read(
        session, actor, CAMPAIGN.resource, purpose=purpose, subject_id=campaign_id, branch_id=held.branch_id
    )
    where.add(f"{alias}.listening_campaign_id = {{}}", campaign_id)
    return await list_page(session, actor, listing, where, query, sort=sort)
