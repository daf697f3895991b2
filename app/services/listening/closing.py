"""The assembly decides: its priorities are kept as they were on that day."""

from collections.abc import Sequence
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.paging import Answer
from app.models.listening import ListeningPriority
from app.models.listening_shapes import ListeningClose, ThemeResult
from app.services.listening.facts import CAMPAIGN
from app.services.listening.results import themes_by_votes, turnout
from app.services.unit_records import answer_anew, begin_step, take_step


async def close(
    session: Session, actor: Actor, campaign_id: UUID, data: ListeningClose, *, version: int | None = None
) -> Answer:
    """Keep what the assembly decided, and how many institutions could vote. Nothing changes afterwards.

    Raises as `begin_step`, and `Invalid` for a theme that is not the campaign's, or where no reason is given for an
    order that is not the vote's.
    """
    held = await begin_step(session, actor, CAMPAIGN, campaign_id, "close", version=version)
    themes = await themes_by_votes(session, actor, held)
    known = {theme.theme_id: theme for theme in themes}
    for number, theme_id in enumerate(data.priorities):
        if theme_id not in known:
            raise Invalid.at(f"/priorities/{number}", "unknown_theme", "Name themes of this campaign.")
    chosen = [known[theme_id] for theme_id in data.priorities]
    if data.reason is None and not follows_vote(chosen, themes):
        raise Invalid.at("/reason", "reason_needed", "Say why the assembly decided otherwise than by the votes.")
    for place, theme in enumerate(chosen, start=1):
        await session.insert(
            ListeningPriority(
                listening_campaign_id=campaign_id,
                listening_theme_id=theme.theme_id,
                place=place,
                name=theme.name,
                votes=theme.votes,
            )
        )
    entitled = (await turnout(session, actor, held)).entitled
    columns = {"entitled": entitled, "close_reason": data.reason}
    await take_step(session, actor, held, "close", columns=columns)
    return await answer_anew(session, actor, CAMPAIGN, campaign_id)


def follows_vote(chosen: Sequence[ThemeResult], themes: Sequence[ThemeResult]) -> bool:
    """Whether no theme with fewer votes comes before one with more. Among those with as many any order will do."""
    votes = [theme.votes for theme in chosen]
    return votes == sorted((theme.votes for theme in themes), reverse=True)[: len(votes)]
