"""What is in each demo organisation, and whom one can sign in as."""

from dataclasses import dataclass

from app.core.permissions import Role
from app.models.branches import UnitKind


@dataclass(frozen=True)
class SignIn:
    """Somebody to sign in as: by a grant of `role` at a unit, by an `office` in it, or as an ordinary member."""

    name: str
    full_name: str
    who: str
    unit: str
    role: Role | None = None
    office: str | None = None
    ended: bool = False

    @property
    def email(self) -> str:
        return f"{self.name}@rollbook.example"


@dataclass(frozen=True)
class Plan:
    """A demo organisation. The `officer` and `admin` found it; `deputy` is the second person that grants need."""

    org: str
    kind: UnitKind
    units_file: str
    people_file: str
    more_people: int
    seed: int
    officer: SignIn
    admin: SignIn
    deputy: SignIn
    sign_ins: tuple[SignIn, ...]
    #: Who receives complaints, in this order; the last is from outside.
    receivers: tuple[SignIn, ...]


PARTY = Plan(
    org="party",
    kind=UnitKind.party,
    units_file="party_units.csv",
    people_file="party_people.csv",
    more_people=3_300,
    seed=1921,
    officer=SignIn("national", "Nerys Vaughan", "national membership officer", "commonweal"),
    admin=SignIn("admin", "Ade Marlowe", "accounts and clients, no members' data", "commonweal"),
    deputy=SignIn("deputy", "Dilip Ashworth", "second person for confirmations", "commonweal", Role.regional_officer),
    sign_ins=(
        SignIn("region", "Rosalind Oyelaran", "regional officer, London", "london", Role.regional_officer),
        SignIn("disputes", "Dorothy Finch", "disputes officer", "commonweal", Role.disputes_officer),
        SignIn("dpo", "Piotr Lindqvist", "data protection officer", "commonweal", Role.data_protection_officer),
        SignIn("dpo-deputy", "Magnus Ferreby", "deputy in data protection", "commonweal", Role.data_protection_officer),
        SignIn("finance", "Farida Holt", "finance officer", "commonweal", Role.finance_officer),
        SignIn("auditor", "Aubrey Stead", "auditor", "commonweal", Role.auditor),
        SignIn("hackney", "Hester Quill", "branch secretary, Hackney", "hackney", office="secretary"),
        SignIn("islington", "Idris Penhale", "branch secretary, Islington", "islington", office="secretary"),
        SignIn("lapsed", "Lorna Tibbett", "was Hackney's secretary", "hackney", office="secretary", ended=True),
        SignIn("member", "Mina Castell", "an ordinary member in Hackney", "hackney"),
    ),
    receivers=(
        SignIn("secretary", "Gwenllian Ashby", "General Secretary, receives complaints", "commonweal"),
        SignIn("assistant", "Rufus Tallow", "receives complaints that name the General Secretary", "commonweal"),
        SignIn("external", "Tabitha Wren", "receives complaints that name both, from outside", "commonweal"),
    ),
)

ALLIANCE = Plan(
    org="alliance",
    kind=UnitKind.alliance,
    units_file="alliance_units.csv",
    people_file="alliance_people.csv",
    more_people=120,
    seed=1991,
    officer=SignIn("supervisor", "Sunniva Brook", "supervising organiser", "shared-ground"),
    admin=SignIn("admin", "Ade Marlowe", "accounts and clients, no members' data", "shared-ground"),
    deputy=SignIn("deputy", "Dilip Ashworth", "second person for confirmations", "shared-ground", Role.supervisor),
    sign_ins=(
        SignIn(
            "organiser",
            "Oona Farrow",
            "organiser, Hackney & Islington",
            "hackney-and-islington",
            Role.organiser,
        ),
        SignIn(
            "associate",
            "Amara Selwyn",
            "associate organiser, Dalston & Clapton",
            "dalston-and-clapton",
            Role.organiser,
        ),
        SignIn("dpo", "Piotr Lindqvist", "data protection officer", "shared-ground", Role.data_protection_officer),
        SignIn(
            "dpo-deputy", "Magnus Ferreby", "deputy in data protection", "shared-ground", Role.data_protection_officer
        ),
        SignIn(
            "leader",
            "Leila Brandt",
            "leader in St Bride's",
            "st-brides-church-dalston",
            office="institution_leader",
        ),
    ),
    receivers=(
        SignIn("adjudicator", "Gwenllian Ashby", "Lead Adjudicator, receives complaints", "shared-ground"),
        SignIn("external", "Tabitha Wren", "receives complaints that name the adjudicator", "shared-ground"),
    ),
)

PLANS = {plan.org: plan for plan in (PARTY, ALLIANCE)}
