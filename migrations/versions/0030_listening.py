"""Listening: campaigns of it, sessions, issues in people's own words, themes, votes, priorities; testimonies."""

from alembic import op

revision = "0030_listening"
down_revision = "0029_leaders"
branch_labels = None
depends_on = None

ROW = "id uuid not null constraint pk_{0} primary key, created_at timestamptz not null"
RECORD = f"{ROW}, updated_at timestamptz not null, version integer not null"
REFERS = "constraint fk_{0}_{1} references {2} (id)"


def _key(table: str, column: str, target: str, *, optional: bool = False) -> str:
    return f"{column} uuid {'' if optional else 'not null '}{REFERS.format(table, column, target)}"


def _of_campaign(table: str) -> str:
    return _key(table, "listening_campaign_id", "listening_campaigns")


TABLES = [
    f"""
    create table listening_campaigns (
      {RECORD.format("listening_campaigns")},
      {_key("listening_campaigns", "branch_id", "branches")},
      {_key("listening_campaigns", "campaign_id", "campaigns", optional=True)},
      name text not null,
      name_cy text,
      question text not null,
      question_cy text,
      starts_on date not null,
      ends_on date not null,
      {_key("listening_campaigns", "assembly_action_id", "actions", optional=True)},
      assembly_on date,
      votes_each integer not null,
      state text not null,
      state_since date not null,
      entitled integer,
      close_reason text,
      constraint ck_listening_campaigns_state_known check (
        state in ('planned', 'listening', 'discerning', 'closed', 'cancelled'))
    )
    """,
    "create index ix_listening_campaigns_branch_id_starts_on_id on listening_campaigns (branch_id, starts_on, id)",
    "create index ix_listening_campaigns_starts_on_id on listening_campaigns (starts_on, id)",
    "create index ix_listening_campaigns_campaign_id on listening_campaigns (campaign_id)",
    "create index ix_listening_campaigns_assembly_action_id on listening_campaigns (assembly_action_id)",
    f"""
    create table listening_organisations (
      {ROW.format("listening_organisations")},
      {_of_campaign("listening_organisations")},
      {_key("listening_organisations", "organisation_id", "organisations")},
      joined_on date not null,
      left_on date
    )
    """,
    "create index ix_listening_organisations_pair on listening_organisations (listening_campaign_id, organisation_id)",
    "create index ix_listening_organisations_organisation_id on listening_organisations (organisation_id)",
    f"""
    create table listening_sessions (
      {RECORD.format("listening_sessions")},
      {_key("listening_sessions", "branch_id", "branches")},
      {_of_campaign("listening_sessions")},
      kind text not null,
      on_day date not null,
      {_key("listening_sessions", "organisation_id", "organisations", optional=True)},
      participants integer not null,
      {_key("listening_sessions", "recorded_by", "accounts")},
      constraint ck_listening_sessions_kind_known check (kind in ('house_meeting', 'one_to_one', 'street', 'online'))
    )
    """,
    "create index ix_listening_sessions_listening_campaign_id_on_day_id "
    "on listening_sessions (listening_campaign_id, on_day, id)",
    "create index ix_listening_sessions_organisation_id on listening_sessions (organisation_id)",
    f"""
    create table session_participants (
      {ROW.format("session_participants")},
      {_key("session_participants", "listening_session_id", "listening_sessions")},
      {_key("session_participants", "person_id", "people")},
      part text not null,
      constraint ck_session_participants_part_known check (part in ('host', 'participant'))
    )
    """,
    "create index ix_session_participants_listening_session_id on session_participants (listening_session_id)",
    "create index ix_session_participants_person_id on session_participants (person_id)",
    f"""
    create table listening_issues (
      {RECORD.format("listening_issues")},
      {_key("listening_issues", "branch_id", "branches")},
      {_of_campaign("listening_issues")},
      {_key("listening_issues", "listening_session_id", "listening_sessions")},
      words text not null,
      count integer not null,
      {_key("listening_issues", "heard_by", "accounts")}
    )
    """,
    "create index ix_listening_issues_listening_session_id_id on listening_issues (listening_session_id, id)",
    "create index ix_listening_issues_listening_campaign_id_id on listening_issues (listening_campaign_id, id)",
    f"""
    create table listening_themes (
      {RECORD.format("listening_themes")},
      {_of_campaign("listening_themes")},
      name text not null,
      description text,
      {_key("listening_themes", "named_by", "accounts")}
    )
    """,
    "create index ix_listening_themes_listening_campaign_id_name_id "
    "on listening_themes (listening_campaign_id, name, id)",
    f"""
    create table listening_groupings (
      {ROW.format("listening_groupings")},
      {_key("listening_groupings", "listening_issue_id", "listening_issues")},
      {_key("listening_groupings", "listening_theme_id", "listening_themes")},
      {_key("listening_groupings", "grouped_by", "accounts")},
      replaced_at timestamptz
    )
    """,
    "create unique index ix_listening_groupings_held on listening_groupings (listening_issue_id) "
    "where replaced_at is null",
    "create index ix_listening_groupings_listening_issue_id_id on listening_groupings (listening_issue_id, id)",
    "create index ix_listening_groupings_listening_theme_id on listening_groupings (listening_theme_id)",
    f"""
    create table listening_votes (
      {RECORD.format("listening_votes")},
      {_of_campaign("listening_votes")},
      {_key("listening_votes", "organisation_id", "organisations")},
      theme_ids uuid[] not null,
      {_key("listening_votes", "delegate_person_id", "people", optional=True)},
      on_day date not null,
      {_key("listening_votes", "recorded_by", "accounts")},
      struck_on date,
      {_key("listening_votes", "struck_by", "accounts", optional=True)},
      struck_reason text
    )
    """,
    "create unique index ix_listening_votes_one_voice on listening_votes (listening_campaign_id, organisation_id) "
    "where struck_on is null",
    "create index ix_listening_votes_listening_campaign_id_id on listening_votes (listening_campaign_id, id)",
    "create index ix_listening_votes_delegate_person_id on listening_votes (delegate_person_id)",
    f"""
    create table listening_priorities (
      {ROW.format("listening_priorities")},
      {_of_campaign("listening_priorities")},
      {_key("listening_priorities", "listening_theme_id", "listening_themes")},
      place integer not null,
      name text not null,
      votes integer not null
    )
    """,
    "create index ix_listening_priorities_listening_campaign_id_place "
    "on listening_priorities (listening_campaign_id, place)",
    f"""
    create table testimonies (
      {RECORD.format("testimonies")},
      consent_uses text[] not null,
      consent_wording text not null,
      consent_explicit boolean not null,
      consent_given_on date not null,
      consent_until date,
      consent_withdrawn_on date,
      {_key("testimonies", "branch_id", "branches")},
      {_key("testimonies", "person_id", "people")},
      {_key("testimonies", "listening_campaign_id", "listening_campaigns", optional=True)},
      {_key("testimonies", "listening_session_id", "listening_sessions", optional=True)},
      given_on date not null,
      {_key("testimonies", "taken_by", "accounts")},
      state text not null,
      state_since date not null,
      sealed bytea not null,
      constraint ck_testimonies_state_known check (state in ('kept', 'withdrawn'))
    )
    """,
    "create index ix_testimonies_branch_id_given_on_id on testimonies (branch_id, given_on, id)",
    "create index ix_testimonies_given_on_id on testimonies (given_on, id)",
    "create index ix_testimonies_person_id on testimonies (person_id)",
    "create index ix_testimonies_listening_session_id on testimonies (listening_session_id)",
    "create index ix_testimonies_listening_campaign_id on testimonies (listening_campaign_id)",
    f"""
    create table testimony_specials (
      {ROW.format("testimony_specials")},
      {_key("testimony_specials", "testimony_id", "testimonies")},
      {_key("testimony_specials", "branch_id", "branches")},
      {_key("testimony_specials", "person_id", "people")},
      {_key("testimony_specials", "taken_by", "accounts")},
      kinds text[] not null,
      sealed bytea not null
    )
    """,
    "create index ix_testimony_specials_testimony_id on testimony_specials (testimony_id)",
    "create index ix_testimony_specials_person_id on testimony_specials (person_id)",
    f"""
    create table testimony_uses (
      {ROW.format("testimony_uses")},
      {_key("testimony_uses", "testimony_id", "testimonies")},
      use text not null,
      on_day date not null,
      {_key("testimony_uses", "used_by", "accounts")},
      sealed bytea not null,
      constraint ck_testimony_uses_use_known check (use in ('internal', 'training', 'public', 'press'))
    )
    """,
    "create index ix_testimony_uses_testimony_id_on_day_id on testimony_uses (testimony_id, on_day, id)",
]


def _within(resource: str) -> tuple[str, str]:
    """Seen where the resource is read, changed where it is written: of rows that have their unit."""
    condition = "branch_id = any ((select reach('{0}'))::uuid[])"
    return condition.format(resource), condition.format(f"{resource}_write")


def _hangs(table: str, column: str, parent: str) -> tuple[str, str]:
    """Seen and changed with what it hangs from, whose right the service judges."""
    condition = f"exists (select from {parent} p where p.id = {table}.{column})"
    return condition, condition


ORGANISING, MEETINGS = _within("organising"), _within("meetings")

#: Who was named in a session is seen and written by those who may know of meetings, not by all who see the session.
PARTICIPANTS = tuple(
    "exists (select from listening_sessions p where p.id = session_participants.listening_session_id "
    f"and p.{condition})"
    for condition in MEETINGS
)

#: Whoever took them sees them, and supervision does.
SPECIALS = (
    f"{MEETINGS[0]} and (taken_by = (select acting_account()) "
    "or branch_id = any ((select reach('supervision'))::uuid[]))",
    # Whoever records a withdrawal takes them away, without having read them.
    MEETINGS[1],
)

#: By table: what is seen, what is changed, and whether somebody is in it.
LOCKS = {
    "listening_campaigns": (*ORGANISING, False),
    "listening_organisations": (
        *_hangs("listening_organisations", "listening_campaign_id", "listening_campaigns"), False,
    ),
    "listening_sessions": (*ORGANISING, False),
    "session_participants": (*PARTICIPANTS, True),
    "listening_issues": (*ORGANISING, False),
    "listening_themes": (*_hangs("listening_themes", "listening_campaign_id", "listening_campaigns"), False),
    "listening_groupings": (*_hangs("listening_groupings", "listening_issue_id", "listening_issues"), False),
    "listening_votes": (*_hangs("listening_votes", "listening_campaign_id", "listening_campaigns"), True),
    "listening_priorities": (*_hangs("listening_priorities", "listening_campaign_id", "listening_campaigns"), False),
    "testimonies": (*MEETINGS, True),
    "testimony_specials": (*SPECIALS, True),
    "testimony_uses": (*_hangs("testimony_uses", "testimony_id", "testimonies"), True),
}  # fmt: skip


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table, (seen, changed, about_people) in LOCKS.items():
        op.execute(f"call lock_rows('{table}', $${seen}$$, $${changed}$$, {str(about_people).lower()})")
