"""Procedures ready to be laid down.

Bodies, powers, sanctions and appeals follow what each party has published. Where it says nothing, times and quorums are
policy, to be laid down anew where the rule book says otherwise: 14 days to respond and between papers and hearing, a
review of interim measures every 28 days (the ACAS Code taken as a template).
"""

from datetime import date
from functools import cache

from app.core.calendars import Nation
from app.models.branches import UnitKind
from app.models.procedures import (
    Body,
    DayKind,
    Definition,
    Limit,
    Power,
    Presets,
    Procedure,
    ProcedureCreate,
    SanctionKind,
    Stage,
)

S, K = Stage, SanctionKind

#: What both have in common, in days: how many, and whether working days.
_WORKING = {S.acknowledge: 5, S.triage: 20, S.decide: 10}
_CALENDAR = {
    S.information: 14,
    S.mediate: 60,
    S.respond: 14,
    S.investigate: 60,
    S.list_panel: 14,
    S.hear: 42,
    S.hearing_notice: 14,
    S.appeal: 14,
    S.list_appeal_panel: 14,
    S.decide_appeal: 60,
    S.review_measure: 28,
}


def _limits(kind: DayKind) -> dict[Stage, Limit]:
    working = {stage: Limit(days=days, kind=DayKind.working) for stage, days in _WORKING.items()}
    counted = {stage: Limit(days=days, kind=kind) for stage, days in _CALENDAR.items()}
    # A review that came later than on its day would prolong the measure.
    return working | counted | {S.review_measure: Limit(days=_CALENDAR[S.review_measure], kind=DayKind.calendar)}


_NEC_SANCTIONS = [K.warning, K.reprimand, K.exclusion, K.office_bar, K.candidacy_bar, K.expulsion]

#: General Secretary, NEC Disputes Sub-Committee, Disciplinary Committee: the Co-operative Party's rules of October 2018
#: as its NEC described them on 30 April 2019. The committee that hears appeals has five years' continuous membership,
#: and nobody of the NEC, of a parliament or of the staff. An informal resolution is by agreement of both sides.
CO_OPERATIVE_PARTY = ProcedureCreate(
    key="co_operative_party",
    name="Complaints and discipline",
    name_cy="Cwynion a disgyblaeth",
    starts_on=date(2018, 10, 1),
    definition=Definition(
        receiver="general_secretary",
        first="nec_disputes",
        nation=Nation.england,
        limits=_limits(DayKind.calendar),
        bodies=[
            Body(
                key="general_secretary",
                name="General Secretary",
                name_cy="Ysgrifennydd Cyffredinol",
                powers=list(Power),
                sanctions=[K.warning, K.ineligibility],
                appeal_to="disciplinary_committee",
                staff_may_sit=True,
            ),
            Body(
                key="nec_disputes",
                name="NEC Disputes Sub-Committee",
                name_cy="Is-bwyllgor Anghydfodau'r Pwyllgor Gwaith",
                sanctions=_NEC_SANCTIONS,
                quorum=3,
                appeal_to="disciplinary_committee",
            ),
            Body(
                key="disciplinary_committee",
                name="Disciplinary Committee",
                name_cy="Pwyllgor Disgyblu",
                sanctions=[*_NEC_SANCTIONS, K.ineligibility],
                quorum=3,
                minimum_membership_years=5,
                barred_offices=["nec_member", "parliamentarian"],
            ),
        ],
    ),
)

_ADJUDICATED = [K.warning, K.reprimand, K.suspension, K.office_bar, K.candidacy_bar, K.expulsion]

#: A lead adjudicator dismisses or refers, three adjudicators decide, three others hear the appeal: modelled on the
#: published process of the Liberal Democrats.
THREE_ADJUDICATORS = ProcedureCreate(
    key="three_adjudicators",
    name="Three adjudicators",
    name_cy="Tri dyfarnwr",
    starts_on=date(2019, 7, 1),
    definition=Definition(
        receiver="lead_adjudicator",
        first="complaints_panel",
        nation=Nation.england,
        anonymous_complaints=True,
        hearing_required=False,
        appeal_stays_sanction=True,
        limits=_limits(DayKind.calendar_rolled),
        bodies=[
            Body(
                key="lead_adjudicator",
                name="Lead Adjudicator",
                name_cy="Prif Ddyfarnwr",
                powers=[Power.dismiss, Power.warn, Power.resolve_informally, Power.suspend_pending, Power.refer],
                sanctions=[K.warning],
                appeal_to="appeals_panel",
                staff_may_sit=True,
            ),
            Body(
                key="complaints_panel",
                name="Complaints Panel",
                name_cy="Panel Cwynion",
                sanctions=_ADJUDICATED,
                quorum=3,
                appeal_to="appeals_panel",
            ),
            Body(
                key="appeals_panel",
                name="Appeals Panel",
                name_cy="Panel Apelau",
                sanctions=_ADJUDICATED,
                quorum=3,
            ),
        ],
    ),
)

PRESETS = (CO_OPERATIVE_PARTY, THREE_ADJUDICATORS)


@cache
def presets_body() -> bytes:
    """Every preset, as it may be sent to lay it down."""
    return Presets(data=list(PRESETS)).model_dump_json().encode()


def first_procedure(kind: UnitKind) -> Procedure:
    """What an organisation of a kind begins with."""
    preset = THREE_ADJUDICATORS if kind is UnitKind.alliance else CO_OPERATIVE_PARTY
    return Procedure(
        is_default=True, **preset.model_dump(mode="json", exclude={"starts_on"}), starts_on=preset.starts_on
    )
