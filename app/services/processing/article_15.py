"""The nine answers that go with a person's data (UK GDPR art. 15(1)(a) to (h) and (2)).

They are made of the record of processing activities, and are a beginning: the team reads them, and changes what does
not fit this person.
"""

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict
from app.core.paging import Answer
from app.models.members import Language
from app.models.processing import DataCategory, DataSource, PeopleCategory, RecipientCategory
from app.models.processing_shapes import ActivityRead, ControllerRead
from app.models.request_verbs import Information
from app.models.rights_requests import RightsRequest
from app.services.matters import ROLE, Matter, answer_anew, hold_matter, note
from app.services.processing.controller import get_controller
from app.services.processing.export import live_activities, periods_today
from app.services.processing.words import Periods, activity_name, kept, listed, name_in, named, said, transfers

LONGEST = 10_000
_EN, _CY = Language.english, Language.welsh
#: What can be told of somebody at a glance. Of cases, requests and marks nothing is asked: what is not told of would
#: tell whether somebody is named there.
_TOLD_OF = """
select exists (select from members where person_id = $1 and relationship = 'member') as members,
  exists (select from members where person_id = $1 and relationship = 'supporter') as supporters,
  exists (select from office_terms where person_id = $1) as officers,
  exists (select from accounts where person_id = $1) as account_holders
"""
_LANGUAGE = "select preferred_language from people where id = $1"
_RIGHTS = {
    _EN: "You may ask us to correct data that is wrong or incomplete, to erase it, or only to keep it, and you "
    "may object to its use. You may object to being contacted for campaigning or fund-raising at any time, and we "
    "stop. Where we rely on your consent you may withdraw it at any time. Data that you gave us and that we use "
    "by consent or contract, you may have in a form that machines read.",
    _CY: "Cewch ofyn inni gywiro data sy'n anghywir neu'n anghyflawn, ei ddileu, neu wneud dim ag ef ond ei gadw, a "
    "chewch wrthwynebu ei ddefnyddio. Cewch wrthwynebu ar unrhyw adeg i gael eich cysylltu at ddibenion ymgyrchu neu "
    "godi arian, a byddwn yn peidio. Lle rydym yn dibynnu ar eich cydsyniad, cewch ei dynnu'n ôl ar unrhyw adeg. Cewch "
    "y data a roesoch inni, ac a ddefnyddiwn drwy gydsyniad neu gontract, ar ffurf y gall peiriannau ei darllen.",
}
#: DPA 2018 s. 164A, in force since 19 June 2026, and UK GDPR art. 77.
_COMPLAIN = {
    _EN: "You may complain to {name} about the way in which we use your data, by our electronic form or in any other "
    "way{contact}. We acknowledge a complaint within 30 days, look into it without undue delay and tell you the "
    "outcome. You may also complain to the Information Commissioner (ico.org.uk), and go to court.",
    _CY: "Cewch gwyno wrth {name} am y ffordd rydym yn defnyddio eich data, drwy ein ffurflen electronig neu mewn "
    "unrhyw ffordd arall{contact}. Byddwn yn cydnabod cwyn o fewn 30 diwrnod, yn ymchwilio iddi heb oedi gormodol ac "
    "yn dweud y canlyniad wrthych. Cewch hefyd gwyno wrth y Comisiynydd Gwybodaeth (ico.org.uk), a mynd i'r llys.",
}
_NOT_AUTOMATED = {
    _EN: "No decision about you is taken without a person.",
    _CY: "Ni wneir unrhyw benderfyniad amdanoch heb berson.",
}
_NOBODY_ELSE = {
    _EN: "Nobody outside the organisation.",
    _CY: "Neb y tu allan i'r sefydliad.",
}
_AT_HOME = {
    _EN: "Your data is not sent outside the United Kingdom.",
    _CY: "Ni anfonir eich data y tu allan i'r Deyrnas Unedig.",
}


class RegisterEmpty(Conflict):
    code = "register_empty"
    sentence = "The record of processing activities says nothing that concerns this person."


class AnswerTooLong(Conflict):
    code = "answer_too_long"
    sentence = "The record of processing activities is too long to be told whole: write the answer {field} yourself."


async def article_15(
    session: Session, actor: Actor, person_id: UUID | None, language: Language | None = None
) -> Information:
    """The nine answers for a person, or for anybody, in their preferred language unless another is named.

    Raises `RegisterEmpty`, `AnswerTooLong`.
    """
    people = set(PeopleCategory)
    if person_id is not None:
        async with session.as_role(ROLE):
            told_of = await session.fetchrow(_TOLD_OF, person_id)
            language = language or Language(await session.fetchval(_LANGUAGE, person_id))
        assert told_of is not None
        people -= {PeopleCategory(name) for name, holds in told_of.items() if not holds}
    activities = [a for a in await live_activities(session, actor) if people & set(a.people)]
    if not activities:
        raise RegisterEmpty
    controller = ControllerRead.model_validate_json((await get_controller(session, actor)).body)
    return _answers(activities, controller, await periods_today(session, actor), language or _EN)


async def fill_information(
    session: Session,
    actor: Actor,
    matter: Matter,
    request_id: UUID,
    language: Language | None,
    *,
    version: int | None = None,
) -> Answer:
    """Answer what is still unanswered of a request. Raises as `hold_matter` and as `article_15`."""
    held = await hold_matter(session, actor, matter, request_id, version=version)
    answers = (await article_15(session, actor, held.row["person_id"], language)).model_dump()
    known = {name: text for name, text in held.row["information"].items() if text}
    new = answers.keys() - known.keys()
    if new:
        await session.update(RightsRequest, held.id, {"information": {**answers, **known}})
        await note(session, actor, held.id, "rights_request.informed", fields=dict.fromkeys(sorted(new), True))
    return await answer_anew(session, actor, matter, request_id)


def _answers(
    activities: list[ActivityRead], controller: ControllerRead, periods: Periods, language: Language
) -> Information:
    automated = [said(a.automated_decisions, language) for a in activities if a.automated_decisions]
    abroad = _once(line for a in activities for line in transfers(a, language))
    processors = _once(named(p, language) for a in activities for p in a.processors)
    told = {
        "purposes": _lines(
            f"{activity_name(a, language)}: {said(a.purposes, language)} ({listed(a.lawful_bases, language)})"
            for a in activities
        ),
        "categories": _lines(_of(DataCategory, (c for a in activities for c in a.categories), language)),
        "recipients": _lines(
            [*_of(RecipientCategory, (r for a in activities for r in a.recipients), language), *processors]
        )
        or _NOBODY_ELSE[language],
        "retention": _lines(f"{activity_name(a, language)}: {kept(a, periods, language)}" for a in activities),
        "rights": _RIGHTS[language],
        "right_to_complain": _COMPLAIN[language].format(
            name=name_in(language, controller.name, controller.name_cy), contact=_contact(controller)
        ),
        "source": _lines(_of(DataSource, (s for a in activities for s in a.sources), language)),
        "automated_decisions": _lines(automated) or _NOT_AUTOMATED[language],
        "transfer_safeguards": _lines(abroad) or _AT_HOME[language],
    }
    for field, text in told.items():
        if len(text) > LONGEST:
            raise AnswerTooLong(field=field)
    return Information(**told)


def _contact(controller: ControllerRead) -> str:
    known = controller.data_protection_email or controller.email
    return f" ({known})" if known else ""


def _of(kind: type[StrEnum], values: Iterable[StrEnum], language: Language) -> list[str]:
    """Each value once, in the order of its enum."""
    found = set(values)
    return [listed([value], language) for value in kind if value in found]


def _once(lines: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(lines))


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
