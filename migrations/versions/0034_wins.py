"""Wins: what was changed, for whom, on what evidence. Stories: told with consent, and where they were used."""

from alembic import op

revision = "0034_wins"
down_revision = "0033_training"
branch_labels = None
depends_on = None

TABLES = [
    """
    create table wins (
      id uuid not null constraint pk_wins primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      branch_id uuid not null constraint fk_wins_branch_id references branches (id),
      campaign_id uuid constraint fk_wins_campaign_id references campaigns (id),
      action_id uuid constraint fk_wins_action_id references actions (id),
      what text not null,
      who_benefits text not null,
      people_benefiting integer,
      level text not null,
      won_on date not null,
      evidence text,
      evidence_url text,
      claimed_by uuid not null constraint fk_wins_claimed_by references accounts (id),
      verified_by uuid constraint fk_wins_verified_by references accounts (id),
      verified_on date,
      state text not null,
      state_since date not null,
      withdrawn_reason text,
      constraint ck_wins_level_known check (level in ('neighbourhood', 'borough', 'city', 'national')),
      constraint ck_wins_state_known check (state in ('claimed', 'verified', 'withdrawn'))
    )
    """,
    "create index ix_wins_branch_id_won_on_id on wins (branch_id, won_on, id)",
    "create index ix_wins_won_on_id on wins (won_on, id)",
    "create index ix_wins_campaign_id on wins (campaign_id)",
    "create index ix_wins_action_id on wins (action_id)",
    """
    create table stories (
      id uuid not null constraint pk_stories primary key,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      version integer not null,
      consent_uses text[] not null,
      consent_wording text not null,
      consent_explicit boolean not null,
      consent_given_on date not null,
      consent_until date,
      consent_withdrawn_on date,
      branch_id uuid not null constraint fk_stories_branch_id references branches (id),
      person_id uuid constraint fk_stories_person_id references people (id),
      organisation_id uuid constraint fk_stories_organisation_id references organisations (id),
      campaign_id uuid constraint fk_stories_campaign_id references campaigns (id),
      told_on date not null,
      written_by uuid not null constraint fk_stories_written_by references accounts (id),
      state text not null,
      state_since date not null,
      sealed bytea not null,
      constraint ck_stories_state_known check (state in ('kept', 'withdrawn'))
    )
    """,
    "create index ix_stories_branch_id_told_on_id on stories (branch_id, told_on, id)",
    "create index ix_stories_told_on_id on stories (told_on, id)",
    "create index ix_stories_person_id on stories (person_id)",
    "create index ix_stories_organisation_id on stories (organisation_id)",
    """
    create table story_uses (
      id uuid not null constraint pk_story_uses primary key,
      created_at timestamptz not null,
      story_id uuid not null constraint fk_story_uses_story_id references stories (id),
      use text not null,
      on_day date not null,
      used_by uuid not null constraint fk_story_uses_used_by references accounts (id),
      taken_down_on date,
      sealed bytea not null,
      constraint ck_story_uses_use_known check (use in ('internal', 'training', 'public', 'press'))
    )
    """,
    "create index ix_story_uses_story_id_on_day_id on story_uses (story_id, on_day, id)",
]

REACH = "branch_id = any ((select reach('{0}'))::uuid[])"
OF_STORY = "exists (select from stories s where s.id = story_uses.story_id)"

#: By table: what is seen, what is changed, and whether somebody is in it.
LOCKS = {
    "wins": (REACH.format("organising"), REACH.format("organising_write"), False),
    "stories": (REACH.format("meetings"), REACH.format("meetings_write"), True),
    "story_uses": (OF_STORY, OF_STORY, True),
}


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table, (seen, changed, about_people) in LOCKS.items():
        op.execute(f"call lock_rows('{table}', $${seen}$$, $${changed}$$, {str(about_people).lower()})")
