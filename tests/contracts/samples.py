"""For every route a request that does something: about a fresh record in a given unit of the tree.

The access matrix, the proof of shapes and the budgets of statements all ask with these. A new route gets its line here.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import SQLModel

from app.core import clock
from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tabular import Layout
from app.core.text import email_key
from app.models.accounts import Account, AccountState, Client, ClientKind, Grant, GrantState
from app.models.audit import AccessEntry, AuditEntry
from app.models.branches import BranchStatus, UnitKind
from app.models.events import Event
from app.models.exports import Export, ExportFormat, ExportState, ExportUse
from app.models.imports import Import, ImportCounts, ImportRow, ImportState, RowOutcome
from app.models.member_verbs import MemberFilter
from app.models.offices import OfficeType, TermState
from app.models.possible_duplicates import DuplicateReason, DuplicateState, PossibleDuplicate
from app.models.procedures import Procedure
from app.models.rules import RuleClause
from app.models.transfers import Transfer
from app.services.procedures_presets import THREE_ADJUDICATORS
from app.services.sign_ins import HOUSE_CLIENT
from tests.contracts.aside_samples import ASIDES
from tests.contracts.asks import Ask, Held, Make, Sample, Sight
from tests.contracts.breach_samples import COMPLAINTS_AND_BREACHES
from tests.contracts.case_samples import CASES
from tests.contracts.erasure_samples import ERASURES
from tests.contracts.file_samples import CASE_FILES
from tests.contracts.hearing_samples import HEARINGS
from tests.contracts.matter_samples import MATTERS
from tests.contracts.organising_samples import ORGANISING
from tests.contracts.own_samples import OWN_CASES
from tests.contracts.package_samples import PACKAGES
from tests.contracts.processing_samples import PROCESSING
from tests.contracts.retention_samples import RETENTION
from tests.contracts.rights_samples import OTHER_RIGHTS
from tests.contracts.watch_samples import WATCHING
from tests.world import World, fake

DEFINITION = THREE_ADJUDICATORS.definition.model_dump(mode="json")


async def _kept(world: World, row: SQLModel) -> UUID:
    async with world.api.transaction() as session:
        await session.insert(row)
    key: UUID = row.id  # type: ignore[attr-defined]
    return key


def _version(row_id: UUID, version: int = 1) -> dict[str, str]:
    return {"If-Match": f'"{row_id}-{version}"'}


def unheard_of() -> str:
    """A type of event that there has never been."""
    return "sample." + "".join(chr(ord("a") + int(digit, 16)) for digit in new_id().hex)


def _nothing(**fixed: Any) -> Make:
    async def make(_world: World, _unit: UUID) -> Ask:
        return Ask(**fixed)

    return make


def _member(json: Any = None, **columns: Any) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        member = await world.member(unit, **columns)
        return Ask(ids={"member_id": member}, json=json, headers=_version(member))

    return make


async def _members_listed(world: World, unit: UUID) -> Ask:
    member = await world.member(unit)
    return Ask(params={"ids": str(member)}, shown=member)


async def _members_found(world: World, unit: UUID) -> Ask:
    name = f"Sought {new_id().hex}"
    return Ask(json={"name": name}, shown=await world.member(unit, family_name=name))


async def _members_suggested(world: World, unit: UUID) -> Ask:
    name = f"Sought {new_id().hex}"
    return Ask(json={"text": name}, shown=await world.member(unit, family_name=name))


async def _member_made(world: World, unit: UUID) -> Ask:
    return Ask(json={"branch_id": str(unit), "given_name": fake.first_name(), "family_name": fake.last_name()})


async def _away(world: World) -> UUID:
    """A unit that nobody of the cast reaches, but from the root."""
    return await world.api.unit(world.root, UnitKind.region)


def _transfer(*, incoming: bool, json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        there = await _away(world)
        origin, goal = (there, unit) if incoming else (unit, there)
        transfer = await _kept(
            world,
            Transfer(
                member_id=await world.member(origin),
                member_name=fake.name(),
                from_branch_id=origin,
                to_branch_id=goal,
                asked_by=new_id(),
            ),
        )
        return Ask(ids={"transfer_id": transfer}, json=json, headers=_version(transfer), shown=transfer)

    return make


async def _transfer_asked(world: World, unit: UUID) -> Ask:
    return Ask(json={"member_id": str(await world.member(unit)), "to_branch_id": str(await _away(world))})


async def _kind_below(world: World, unit: UUID) -> UnitKind:
    kind = await world.api.value("select kind from branches where id = $1", unit)
    return UnitKind.local_party if kind == UnitKind.region else UnitKind.branch


async def _unit_made(world: World, unit: UUID) -> Ask:
    return Ask(json={"parent_id": str(unit), "kind": await _kind_below(world, unit), "name": fake.city()})


def _pair(state: DuplicateState, json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        one, two = sorted([(await world.api.member(branch))[1] for branch in (unit, await _away(world))])
        pair = await _kept(
            world,
            PossibleDuplicate(
                person_id=one, other_person_id=two, why=[DuplicateReason.same_name_and_birth], state=state
            ),
        )
        return Ask(ids={"duplicate_id": pair}, json=json, headers=_version(pair), shown=pair)

    return make


def _export(state: ExportState, json: Any = None) -> Make:
    """An export of a unit, by somebody who may ask for it."""

    async def make(world: World, unit: UUID) -> Ask:
        export = await _kept(
            world,
            Export(
                account_id=await _giver(world),
                client_id=HOUSE_CLIENT,
                sign_in_id=new_id(),
                branch_id=unit,
                unit_ids=[unit],
                state=state,
                format=ExportFormat.csv,
                use=ExportUse.records,
                columns=["number"],
                filters=MemberFilter().model_dump(mode="json"),
                purpose="Counting members",
                rows=0,
                expires_at=clock.now() + timedelta(days=1) if state == ExportState.ready else None,
            ),
        )
        return Ask(ids={"export_id": export}, json=json, shown=export)

    return make


async def _exports_listed(world: World, unit: UUID) -> Ask:
    ask = await _export(ExportState.ready)(world, unit)
    return Ask(shown=ask.shown)


async def _export_asked(_world: World, unit: UUID) -> Ask:
    return Ask(json={"branch_id": str(unit), "purpose": "Counting members"})


def _import(state: ImportState, json: Any = None) -> Make:
    """An import into a unit, by somebody who answers for the whole organisation."""

    async def make(world: World, unit: UUID) -> Ask:
        made = Import(
            branch_id=unit,
            account_id=await _giver(world),
            state=state,
            file_sha256="0" * 64,
            file_name="people.csv",
            headings=["Name"],
            layout=Layout("csv", encoding="utf-8", delimiter=",").as_json(),
            counts=ImportCounts(rows=1, refused=1).model_dump(),
        )
        row = ImportRow(import_id=made.id, number=2, cells=["Ann"], outcome=RowOutcome.refused)
        async with world.api.transaction() as session:
            await session.insert(made)
            await session.insert(row)
        return Ask(ids={"import_id": made.id}, json=json, headers=_version(made.id), shown=made.id)

    return make


async def _imports_listed(world: World, unit: UUID) -> Ask:
    ask = await _import(ImportState.previewed)(world, unit)
    return Ask(params={"branch_id": str(unit)}, shown=ask.shown)


async def _uploaded(_world: World, unit: UUID) -> Ask:
    return Ask(form={"branch_id": str(unit)}, files={"file": ("people.csv", b"First,Last\nAnn,Ash\n")})


async def _unit_itself(world: World, unit: UUID) -> Ask:
    return Ask(ids={"branch_id": unit})


def _unit_below(status: BranchStatus = BranchStatus.recognised, json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        below = await world.api.unit(unit, await _kind_below(world, unit), status=status)
        return Ask(ids={"branch_id": below}, json=json, headers=_version(below))

    return make


async def _unit_moved(world: World, unit: UUID) -> Ask:
    kind = await _kind_below(world, unit)
    below = await world.api.unit(unit, kind)
    return Ask(ids={"branch_id": below}, json={"parent_id": str(unit)})


async def _office(world: World, key: str) -> str:
    return str(await world.api.value("select id from office_types where key = $1", key))


async def _term_made(world: World, unit: UUID) -> Ask:
    _, person = await world.api.member(unit)
    below = await world.api.unit(unit, UnitKind.branch)
    return Ask(
        json={
            "branch_id": str(below),
            "office_type_id": await _office(world, "chair"),
            "person_id": str(person),
            "how_chosen": "elected",
            "starts_on": clock.today().isoformat(),
        }
    )


async def _officers_replaced(world: World, unit: UUID) -> Ask:
    _, person = await world.api.member(unit)
    below = await world.api.unit(unit, UnitKind.branch)
    officer = {"office_type_id": await _office(world, "chair"), "person_id": str(person)}
    return Ask(ids={"branch_id": below}, json={"starts_on": clock.today().isoformat(), "officers": [officer]})


def _term(state: TermState, json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        _, person = await world.api.member(unit)
        below = await world.api.unit(unit, UnitKind.branch)
        term = await world.api.office(person, below, "treasurer", state=state)
        return Ask(ids={"office_term_id": term}, json=json, params={}, shown=term)

    return make


async def _terms_listed(world: World, unit: UUID) -> Ask:
    _, person = await world.api.member(unit)
    return Ask(params={"person_id": str(person)}, shown=await world.api.office(person, unit, "chair"))


async def _office_type_made(_world: World, _unit: UUID) -> Ask:
    return Ask(json={"key": f"k{new_id().hex}", "name": "Envoy", "kinds": ["nation"]})


async def _office_type(world: World, _unit: UUID) -> Ask:
    made = await _kept(world, OfficeType(key=f"k{new_id().hex}", name="Envoy", kinds=["nation"]))
    return Ask(ids={"office_type_id": made}, json={"name": "Consul"}, headers=_version(made))


def _clause_number() -> str:
    tail = new_id().hex[-12:].upper()
    return f"{tail[:6]}.{tail[6:]}"


async def _clause(world: World, _unit: UUID) -> Ask:
    number = _clause_number()
    clause = RuleClause(number=number, number_key=number, title="Conduct", text="Be kind.", starts_on=date(2020, 1, 1))
    kept = await _kept(world, clause)
    return Ask(ids={"clause_id": kept}, headers=_version(kept))


async def _clause_made(_world: World, _unit: UUID) -> Ask:
    number = _clause_number()
    return Ask(json={"number": number, "title": "Conduct", "text": "Be kind.", "starts_on": "2020-01-01"})


async def _clause_amended(world: World, unit: UUID) -> Ask:
    said = {"title": "Conduct", "text": "Be kinder.", "starts_on": "2021-01-01"}
    return replace(await _clause(world, unit), json=said)


async def _clause_repealed(world: World, unit: UUID) -> Ask:
    return replace(await _clause(world, unit), json={})


async def _procedure(world: World, _unit: UUID) -> Ask:
    key = f"k{new_id().hex}"
    row = Procedure(key=key, **THREE_ADJUDICATORS.model_dump(exclude={"key", "definition"}), definition=DEFINITION)
    return Ask(ids={"procedure_id": await _kept(world, row), "key": key})


async def _procedure_made(_world: World, _unit: UUID) -> Ask:
    return Ask(json={**THREE_ADJUDICATORS.model_dump(mode="json"), "key": f"k{new_id().hex}"})


async def _edition_added(world: World, unit: UUID) -> Ask:
    said = {"name": "Fairer", "starts_on": clock.today().isoformat(), "definition": DEFINITION}
    return replace(await _procedure(world, unit), json=said)


async def _receivers_set(world: World, unit: UUID) -> Ask:
    receivers = [{"account_id": str(await world.api.account()), "external": external} for external in (False, True)]
    return replace(await _procedure(world, unit), json={"receivers": receivers})


def _account(state: AccountState = AccountState.active, json: Any = None) -> Make:
    async def make(world: World, _unit: UUID) -> Ask:
        email = f"{new_id().hex}@example.org"
        account = await _kept(world, Account(email=email, email_key=email_key(email), name=fake.name(), state=state))
        return Ask(ids={"account_id": account}, json=json, headers=_version(account))

    return make


async def _account_made(_world: World, _unit: UUID) -> Ask:
    return Ask(json={"email": f"{new_id().hex}@example.org", "name": fake.name()})


def _client(json: Any = None) -> Make:
    async def make(world: World, _unit: UUID) -> Ask:
        client = await _kept(world, Client(name="Door to door", kind=ClientKind.third_party, scopes=[]))
        return Ask(ids={"client_id": client}, json=json, headers=_version(client))

    return make


def _grant(state: GrantState, json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        grant = await _kept(
            world,
            Grant(
                account_id=await world.api.account(),
                role=Role.branch_treasurer,
                branch_id=unit,
                starts_on=clock.today(),
                state=state,
                reason="Sample",
                proposed_by=await _giver(world),
            ),
        )
        return Ask(ids={"grant_id": grant}, json=json, params={}, shown=grant)

    return make


async def _giver(world: World) -> UUID:
    """Somebody who may give roles everywhere, and so could have proposed one."""
    account = await world.api.account()
    await world.api.grant(account, Role.national_membership_officer, world.root)
    return account


async def _grants_listed(world: World, unit: UUID) -> Ask:
    ask = await _grant(GrantState.confirmed)(world, unit)
    return Ask(params={"branch_id": str(unit)}, shown=ask.shown)


async def _grant_made(world: World, unit: UUID) -> Ask:
    return Ask(
        json={
            "account_id": str(await world.api.account()),
            "role": Role.branch_treasurer,
            "branch_id": str(unit),
            "reason": "Sample",
        }
    )


async def _event(world: World, unit: UUID) -> Ask:
    kind = unheard_of()
    event = Event(transaction=1, type=kind, resource="members", subject_id=new_id(), branch_id=unit)
    return Ask(params={"type": kind}, shown=await _kept(world, event))


async def _entry(world: World, unit: UUID) -> Ask:
    subject = new_id()
    entry = AuditEntry(transaction=1, action="sample.made", resource="members", subject_id=subject, branch_id=unit)
    return Ask(params={"subject_id": str(subject)}, shown=await _kept(world, entry))


async def _read(world: World, unit: UUID) -> Ask:
    subject = new_id()
    entry = AccessEntry(
        resource="members",
        subject_id=subject,
        branch_id=unit,
        account_id=new_id(),
        client_id=HOUSE_CLIENT,
        purpose="read",
    )
    return Ask(params={"subject_id": str(subject)}, shown=await _kept(world, entry))


_WHY = {"reason": "Sample"}


def _at_root(make: Make) -> Sample:
    return Sample(make, Held.root, Sight.plain)


def _plain(make: Make) -> Sample:
    return Sample(make, Held.here, Sight.plain)


def _listed(make: Make) -> Sample:
    return Sample(make, Held.anywhere, Sight.listed)


def _any(**fixed: Any) -> Sample:
    return Sample(_nothing(**fixed), Held.anywhere)


def _own(make: Make, sight: Sight = Sight.hidden) -> Sample:
    return Sample(make, Held.own, sight)


SAMPLES: dict[str, Sample] = {
    **CASES,
    **CASE_FILES,
    **HEARINGS,
    **ASIDES,
    **ORGANISING,
    **OWN_CASES,
    **MATTERS,
    **WATCHING,
    **OTHER_RIGHTS,
    **PACKAGES,
    **ERASURES,
    **COMPLAINTS_AND_BREACHES,
    **PROCESSING,
    **RETENTION,
    "GET /livez": _any(),
    "GET /readyz": _any(),
    "GET /metrics": _any(),
    "GET /.well-known/jwks.json": _any(),
    "GET /v1/version": _any(),
    "GET /v1/outbox": _any(),
    "GET /v1/reference-data": _any(),
    "GET /v1/deadlines/subject-access": _any(params={"received_on": "2026-11-02", "nation": "scotland"}),
    "GET /v1/deadlines/complaint-acknowledgement": _any(params={"received_on": "2026-11-02", "nation": "scotland"}),
    "GET /v1/deadlines/breach-notification": _any(params={"aware_at": "2026-11-20T16:45:00Z"}),
    "GET /v1/demo/clock": _any(),
    "PUT /v1/demo/clock": _any(json={}),
    "DELETE /v1/demo/clock": _any(),
    "POST /v1/sessions": _any(json={"email": "nobody@example.org", "password": "wrong"}),
    "POST /v1/sessions/refresh": _any(json={"refresh_token": "x" * 43}),
    "POST /v1/password-resets": _any(json={"email": "nobody@example.org"}),
    "POST /v1/password-resets/complete": _any(json={"token": "x" * 43, "new_password": "a long new password"}),
    "GET /v1/sessions": _any(),
    "DELETE /v1/sessions": _any(),
    "DELETE /v1/sessions/current": _any(),
    "DELETE /v1/sessions/{session_id}": _any(),
    "GET /v1/me": _any(),
    "PUT /v1/me/password": _any(json={"current_password": "wrong", "new_password": "a long new password"}),
    "GET /v1/me/member": _any(),
    "PATCH /v1/me/member": _any(json={"town": "Hull"}, headers=_version(new_id())),
    "GET /v1/me/access-log": _any(),
    "GET /v1/me/who-can-see": _any(),
    "GET /v1/me/tasks": _any(),
    "GET /v1/jobs": _any(),
    "GET /v1/jobs/{job_id}": _any(),
    "POST /v1/jobs/{job_id}/cancel": _any(),
    "GET /v1/roles": _any(),
    "GET /v1/members": _listed(_members_listed),
    "POST /v1/members": _plain(_member_made),
    "POST /v1/members/search": _listed(_members_found),
    "POST /v1/members/suggest": _listed(_members_suggested),
    "GET /v1/members/{member_id}": Sample(_member()),
    "PATCH /v1/members/{member_id}": Sample(_member({"town": "Hull"})),
    "GET /v1/members/{member_id}/history": Sample(_member()),
    "GET /v1/members/{member_id}/terms": Sample(_member()),
    "POST /v1/members/{member_id}/resign": Sample(_member({})),
    "POST /v1/members/{member_id}/record-death": Sample(_member({})),
    "POST /v1/members/{member_id}/suspend": Sample(_member(_WHY)),
    "POST /v1/members/{member_id}/reinstate": Sample(
        _member(_WHY, decided_standing="suspended", decided_from=clock.today())
    ),
    "GET /v1/transfers": _listed(_transfer(incoming=True)),
    "POST /v1/transfers": Sample(_transfer_asked),
    "GET /v1/transfers/{transfer_id}": Sample(_transfer(incoming=False)),
    "POST /v1/transfers/{transfer_id}/accept": Sample(_transfer(incoming=True)),
    "POST /v1/transfers/{transfer_id}/refuse": Sample(_transfer(incoming=True, json=_WHY)),
    "POST /v1/transfers/{transfer_id}/withdraw": Sample(_transfer(incoming=False)),
    "GET /v1/possible-duplicates": _at_root(_pair(DuplicateState.open)),
    "GET /v1/possible-duplicates/{duplicate_id}": _at_root(_pair(DuplicateState.open)),
    "POST /v1/possible-duplicates/{duplicate_id}/dismiss": _at_root(_pair(DuplicateState.open, _WHY)),
    "POST /v1/possible-duplicates/{duplicate_id}/reopen": _at_root(_pair(DuplicateState.dismissed)),
    "GET /v1/imports": _own(_imports_listed, Sight.listed),
    "POST /v1/imports": _plain(_uploaded),
    "GET /v1/imports/{import_id}": _own(_import(ImportState.previewed)),
    "PATCH /v1/imports/{import_id}": _own(_import(ImportState.previewed, {"preset": None})),
    "GET /v1/imports/{import_id}/rows": _own(_import(ImportState.previewed)),
    "GET /v1/imports/{import_id}/refused": _own(_import(ImportState.previewed)),
    "POST /v1/imports/{import_id}/apply": _own(_import(ImportState.previewed)),
    "POST /v1/imports/{import_id}/undo": _own(_import(ImportState.applied)),
    "POST /v1/imports/{import_id}/discard": _own(_import(ImportState.failed)),
    "GET /v1/exports": _listed(_exports_listed),
    "POST /v1/exports": _plain(_export_asked),
    "GET /v1/exports/{export_id}": Sample(_export(ExportState.ready)),
    "GET /v1/exports/{export_id}/content": _any(),
    "POST /v1/exports/{export_id}/confirm": _at_root(_export(ExportState.asked)),
    "POST /v1/exports/{export_id}/refuse": _at_root(_export(ExportState.asked, _WHY)),
    "POST /v1/exports/{export_id}/withdraw": _any(),
    "GET /v1/branches": _any(),
    "POST /v1/branches": _plain(_unit_made),
    "GET /v1/branches/tree": _any(),
    "POST /v1/branches/propose": _any(json={"postcode": "E8 1EA"}),
    "GET /v1/branches/{branch_id}": Sample(_unit_itself, Held.anywhere),
    "PATCH /v1/branches/{branch_id}": _plain(_unit_below(json={"name": "Elsewhere"})),
    "GET /v1/branches/{branch_id}/children": Sample(_unit_itself, Held.anywhere),
    "GET /v1/branches/{branch_id}/counts": _plain(_unit_itself),
    "POST /v1/branches/{branch_id}/move": _plain(_unit_moved),
    "POST /v1/branches/{branch_id}/recognise": _plain(_unit_below(BranchStatus.forming)),
    "POST /v1/branches/{branch_id}/suspend": _plain(_unit_below(json=_WHY)),
    "POST /v1/branches/{branch_id}/reinstate": _plain(_unit_below(BranchStatus.suspended)),
    "POST /v1/branches/{branch_id}/dissolve": _plain(_unit_below()),
    "GET /v1/branches/{branch_id}/officers": _plain(_unit_itself),
    "POST /v1/branches/{branch_id}/officers/replace": _plain(_officers_replaced),
    "GET /v1/office-types": _any(),
    "POST /v1/office-types": _at_root(_office_type_made),
    "GET /v1/office-types/{office_type_id}": Sample(_office_type, Held.anywhere),
    "PATCH /v1/office-types/{office_type_id}": _at_root(_office_type),
    "GET /v1/office-terms": _listed(_terms_listed),
    "POST /v1/office-terms": _plain(_term_made),
    "GET /v1/office-terms/{office_term_id}": Sample(_term(TermState.confirmed)),
    "POST /v1/office-terms/{office_term_id}/confirm": Sample(_term(TermState.proposed)),
    "POST /v1/office-terms/{office_term_id}/refuse": Sample(_term(TermState.proposed, _WHY)),
    "POST /v1/office-terms/{office_term_id}/end": Sample(_term(TermState.confirmed, _WHY)),
    "POST /v1/office-terms/{office_term_id}/remove": Sample(_term(TermState.confirmed, _WHY)),
    "GET /v1/vacancies": _any(),
    "GET /v1/rules": _any(),
    "POST /v1/rules": _at_root(_clause_made),
    "GET /v1/rules/{clause_id}": Sample(_clause, Held.anywhere),
    "POST /v1/rules/{clause_id}/amend": _at_root(_clause_amended),
    "POST /v1/rules/{clause_id}/repeal": _at_root(_clause_repealed),
    "GET /v1/procedures": _any(),
    "POST /v1/procedures": _at_root(_procedure_made),
    "GET /v1/procedures/presets": _any(),
    "GET /v1/procedures/{procedure_id}": Sample(_procedure, Held.anywhere),
    "POST /v1/procedures/{key}/editions": _at_root(_edition_added),
    "POST /v1/procedures/{key}/make-default": _at_root(_procedure),
    "GET /v1/procedures/{key}/receivers": _at_root(_procedure),
    "PUT /v1/procedures/{key}/receivers": _at_root(_receivers_set),
    "GET /v1/accounts": _at_root(_nothing()),
    "POST /v1/accounts": _at_root(_account_made),
    "POST /v1/accounts/search": _at_root(_nothing(json={"email": "nobody@example.org"})),
    "GET /v1/accounts/{account_id}": _at_root(_account()),
    "PATCH /v1/accounts/{account_id}": _at_root(_account(json={"name": "Ann Lee"})),
    "POST /v1/accounts/{account_id}/disable": _at_root(_account()),
    "POST /v1/accounts/{account_id}/enable": _at_root(_account(AccountState.disabled)),
    "GET /v1/clients": _at_root(_nothing()),
    "POST /v1/clients": _at_root(_nothing(json={"name": "Door to door", "kind": "third_party", "scopes": []})),
    "GET /v1/clients/{client_id}": _at_root(_client()),
    "PATCH /v1/clients/{client_id}": _at_root(_client({"name": "Street"})),
    "POST /v1/clients/{client_id}/revoke": _at_root(_client()),
    "GET /v1/grants": _listed(_grants_listed),
    "POST /v1/grants": _plain(_grant_made),
    "GET /v1/grants/{grant_id}": Sample(_grant(GrantState.confirmed)),
    "POST /v1/grants/{grant_id}/confirm": Sample(_grant(GrantState.proposed)),
    "POST /v1/grants/{grant_id}/refuse": Sample(_grant(GrantState.proposed, _WHY)),
    "POST /v1/grants/{grant_id}/end": Sample(_grant(GrantState.confirmed, _WHY)),
    "GET /v1/events": _listed(_event),
    "GET /v1/audit": _listed(_entry),
    "POST /v1/audit/verify": _at_root(_nothing()),
    "GET /v1/access-log": _listed(_read),
}
