"""The laws of the house that its import rules cannot see, held over the syntax tree.

Each exception stands with its reason, and an exception that nothing needs any more fails too.
"""

import ast
import re

from tests.contracts.source import HOUSE, Source, parameters, place, sources, texts

MOST_LINES, MOST_LINES_OF_A_FUNCTION = 300, 60

#: Who may end a transaction besides the module that owns it.
ENDS_A_TRANSACTION = {
    "app/services/sign_ins.py": "what is refused must let its row go before the end of a stolen family is written",
}

#: Service functions that act for nobody, by module or by module and function.
ACTS_FOR_NOBODY = {
    "access_watch.watch_reads": "the worker's",
    "actions_lessons.lessons_alike": "a part of an action that an actor sees",
    "actions_parts.takes_part": "a check, within the change that calls for it",
    "actions_turnout": "a part of an action that an actor sees",
    "audit.seal": "the worker's",
    "audit.verify": "the command's: proves the whole trail",
    "backups": "the command's: the whole house at one moment",
    "branches.lock_tree": "a lock, within the change that calls for it",
    "check_ins.code_hashes": "arithmetic, within the change that calls for it",
    "check_ins.open_sheet": "the code says who",
    "calendar_feeds.open_feed": "the token says who",
    "console": "works out the actor of a command",
    "contacts.must_see_person": "a check, within the change that calls for it",
    "data_complaints.intake.close_to_accounts": "a wall, within the change that calls for it",
    "data_complaints.intake.submit_openly": "the open form: nobody is signed in",
    "demo_clock": "the demo's alone: anybody sets its clock",
    "disputes.appeals.finalise_due": "the worker's",
    "disputes.case.case_within": "for the worker, and for a party who has been judged",
    "disputes.case.opener": "texts of a case that an actor sees",
    "disputes.case.openers": "texts of cases that an actor sees",
    "disputes.case.seal": "a text, within the change that calls for it",
    "disputes.case.unseal": "a text of a case that an actor sees",
    "disputes.disclosing.relied_upon": "evidence of a case that an actor sees",
    "disputes.duties": "the worker's",
    "disputes.evidence_files.judge": "of a file alone, whoever sends it",
    "disputes.intake.submit_openly": "the open form: nobody is signed in",
    "disputes.parties": "naming, within the change that calls for it",
    "disputes.receiving": "the seat of a receiver, within the change that calls for it",
    "disputes.triage.parties_of": "parties of a case that an actor sees",
    "envelopes": "a subject's key, within the change that calls for it",
    "erasures.account": "what is left of somebody, within the reading and the act that call for it",
    "erasures.ledger": "the command's: does again what somebody decided",
    "erasures.reach.find_known": "a step of an erasure that somebody decided",
    "exports_build.end_build": "the worker's",
    "exports_build.forget_old_exports": "the worker's",
    "exports_records.find_askers": "names, beside records that an actor sees",
    "file_links.drop_old_links": "the worker's",
    "file_links.take_link": "the token says who",
    "files.open_file_within": "in a role of the house, for whoever was judged otherwise",
    "founding": "before it there is nobody",
    "guardians.must_have_guardian": "a guard, within the change that calls for it",
    "health": "asked by machines",
    "idempotency.drop_old_keys": "the worker's",
    "idempotency.keep_answer": "of a claim that an actor made",
    "imports.console": "works out the actor of a command",
    "imports.file.forget_old_imports": "the worker's",
    "imports.staging": "a step of a reading that an actor asked for",
    "jobs_run": "the worker's",
    "legal_holds.on_hold": "a guard, within the change that calls for it",
    "income.must_be_account": "a check, within the change that calls for it",
    "listening.facts.must_take_part": "a check, within the change that calls for it",
    "matters.close_to": "a wall, within the change that calls for it",
    "matters.controllers_division": "a fact of the controller",
    "matters.root_of": "a fact of the organisation",
    "matters.steps_of": "the course of a matter that an actor sees",
    "matters_kept.unseal_if_kept": "a text of a matter that an actor sees",
    "one_to_ones_notes.is_charity": "a fact of the organisation",
    "one_to_ones_notes.is_outsider_to_charity": "a fact, within the change that calls for it",
    "one_to_ones_notes.move_tier": "a step of a change for which the organiser was judged",
    "one_to_ones_notes.write_notes": "a step of a change for which the organiser was judged",
    "outbox": "mail is the house's to send; the demo shows it to anybody",
    "own_disputes.parties_of": "parties of cases in the scope of one's own record",
    "package_releases.open_release": "the token and the code say who",
    "password_resets": "the token says who",
    "personal_data.disclosed": "what a party was told, within a search that was judged",
    "personal_data.naming": "what ids stand for, in data that an actor was given",
    "personal_data.packing": "writes a file, and knows nobody",
    "personal_data.reading": "rows, within a search that was judged",
    "personal_data.search": "within a request for which an actor was judged",
    "personal_data.third_parties": "within a request for which an actor was judged",
    "privacy_duties": "the worker's",
    "erasures.verify": "the command's: reads the whole house",
    "procedures.procedure_in_force": "everybody's to read, also where nobody has signed in",
    "processing.gaps.account_today": "the record of processing is everybody's to read",
    "receivers.live_receivers": "asked where a complaint comes in, which anybody makes",
    "reminders": "the worker's, and letters within the change that calls for them",
    "representatives.delegate_of": "a fact, within the vote that calls for it",
    "restores": "the command's: nobody is signed in meanwhile",
    "restores_finish": "a part of restores",
    "retention.aside": "of somebody whom a run takes, or gives back, that an actor approved",
    "retention.candidates": "whom a rule finds, within a run for which an actor was judged",
    "retention.cases": "one of a run that an actor approved",
    "retention.duties": "the worker's",
    "retention.people": "one of a run that an actor approved",
    "retention.periods.months_of": "rules are everybody's to read",
    "rights": "works out the actor",
    "rights_requests.clock.clock_columns": "arithmetic, within the change that calls for it",
    "rights_requests.package_building.end_package": "the worker's",
    "rights_requests.release.code_hash": "arithmetic, within the change that calls for it",
    "rights_requests.release.make_ready": "within the change that calls for it",
    "rights_requests.search_letters": "the worker's, and a letter within the change that calls for it",
    "rights_requests.letters": "a letter, within the change that calls for it",
    "rules.clause_in_force": "everybody's to read, also where nobody has signed in",
    "sign_ins.check_csrf": "of a sign-in, before its actor acts",
    "sign_ins.csrf_token": "of a sign-in, before its actor acts",
    "sign_ins.end_all": "of an account, within the change that calls for it",
    "sign_ins.record_failure": "a password was wrong",
    "sign_ins.refresh": "the token says who",
    "sign_ins.sign_in": "the password says who",
    "signing_keys": "the house's own",
    "throttles": "counts before it is known who asks",
    "unit_records.must_see": "a check, within the change that calls for it",
}

#: Files among the routers that are no room of a noun.
NO_SERVICE_OF_ITS_NAME = {
    "__init__": "lists the routers",
    "deps": "what routes are made of",
    "docs": "pages, no record",
    "own_requests": "one's own rights requests: services/rights_requests/own",
    "request_items": "of a rights request: services/rights_requests",
    "request_verbs": "the same verbs for both collections of rights_requests",
    "subject_access_requests": "a request for access is a rights request: services/rights_requests",
    "reading": "what endpoints are called with",
    "route": "a route is a transaction",
    "search_tasks": "of a rights request: services/rights_requests",
    "sessions": "the service is called sign_ins, because a Session is a transaction here",
}

SQL = re.compile(r"(?is)\b(select\b.+\bfrom|insert\s+into|update\s+[\w…]+\s+set|delete\s+from)\b")

#: Where what a caller sent is kept: SQL is never made of it.
FROM_OUTSIDE = {"data", "query", "body", "given", "changes", "request", "values"}


def _room_of_services() -> list[Source]:
    return [source for source in sources("app/services") if source.path != HOUSE / "app/services/__init__.py"]


def _module(source: Source) -> str:
    return ".".join(source.path.relative_to(HOUSE / "app/services").with_suffix("").parts).removesuffix(".__init__")


def test_only_the_database_module_ends_a_transaction() -> None:
    found = {
        source.name: place(source, call)
        for source in sources()
        for call in source.calls("commit", "rollback")
        if source.name != "app/core/db.py"
    }
    assert found.keys() == ENDS_A_TRANSACTION.keys(), found


def test_what_services_do_they_do_for_somebody() -> None:
    """A public service function that is async, or is given a session, begins `(session, actor`.

    What takes several transactions is given the database in the session's place.
    """
    excused: set[str] = set()
    offenders = []
    for source in _room_of_services():
        module = _module(source)
        for function in source.public_functions():
            names = [name.removeprefix("_") for name in parameters(function)]
            is_pure = isinstance(function, ast.FunctionDef) and names[:1] not in (["session"], ["database"])
            if names[:2] in (["session", "actor"], ["database", "actor"]) or is_pure:
                continue
            excuse = {module, f"{module}.{function.name}"} & ACTS_FOR_NOBODY.keys()
            excused |= excuse
            if not excuse:
                offenders.append(f"{place(source, function)} {function.name}({', '.join(names)})")
    assert not offenders, "\n".join(offenders)
    assert ACTS_FOR_NOBODY.keys() <= excused, "an excuse that nothing needs any more"


def test_every_router_has_a_service_of_its_name() -> None:
    services = {_module(source).partition(".")[0] for source in _room_of_services()}
    rooms = {
        source.path.relative_to(HOUSE / "app/routers").with_suffix("").parts[0] for source in sources("app/routers")
    }
    alone = rooms - services
    assert alone == NO_SERVICE_OF_ITS_NAME.keys()


def test_routers_ask_no_database() -> None:
    offenders = [
        place(source, node)
        for source in sources("app/routers")
        for node in (
            *source.calls("fetch", "fetchrow", "fetchval", "execute", "insert", "update"),
            *(node for node, text, _ in texts(source) if SQL.search(text)),
        )
        if not _is_set_or_dict_update(node)
    ]
    assert not offenders, "\n".join(offenders)


def _is_set_or_dict_update(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    owner = node.func.value
    return node.func.attr == "update" and not (isinstance(owner, ast.Name) and owner.id == "session")


def test_no_sql_is_made_of_what_a_caller_sent() -> None:
    offenders = {
        source.name: place(source, node)
        for source in sources()
        if not source.name.startswith("app/core/")  # which makes SQL of the names of columns, for everybody
        for node, text, filled in texts(source)
        if SQL.search(text)
        for expression in filled
        if any(isinstance(part, ast.Name) and part.id in FROM_OUTSIDE for part in ast.walk(expression))
    }
    assert not offenders


def test_files_and_functions_stay_small() -> None:
    long_files = [
        f"{source.name}: {len(source.text.splitlines())} lines"
        for source in sources()
        if len(source.text.splitlines()) > MOST_LINES
    ]
    long_functions = [
        f"{place(source, function)} {function.name}: {function.end_lineno - function.lineno + 1} lines"
        for source in sources()
        for function in source.functions()
        if function.end_lineno and function.end_lineno - function.lineno >= MOST_LINES_OF_A_FUNCTION
    ]
    assert not long_files + long_functions, "\n".join(long_files + long_functions)


def test_one_module_knows_the_token_library() -> None:
    assert [s.name for s in sources() if any(name.split(".")[0] == "jose" for name in s.imports())] == [
        "app/core/tokens.py"
    ]


def test_models_keep_their_annotations_alive() -> None:
    """SQLModel reads a table's annotations at class creation; as strings it loses them."""
    assert not [s.name for s in sources("app/models") if "__future__.annotations" in s.imports()]


def test_tests_replace_nothing_of_ours_and_pass_over_nothing() -> None:
    banned = re.compile(r"unittest\.mock|pytest\.mark\.(skip|xfail)|pytest\.(skip|xfail)\(|importorskip")
    tests = (s for s in sources("tests") if s.path != HOUSE / "tests/contracts/test_house.py")
    assert not [source.name for source in tests if banned.search(source.text)]
