"""schedule edits

Revision ID: 0009
Revises: 0008
Create Date: 2026-11-26 01:25:22.737860
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schedule_edits",
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.Column(
            "operations", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("cells", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('edit', 'undo', 'redo', 'replacement')",
            name=op.f("ck_schedule_edits_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["about_id"],
            ["schedule_edits.id"],
            name=op.f("fk_schedule_edits_about_id_schedule_edits"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["users.id"],
            name=op.f("fk_schedule_edits_author_id_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["programs.id"],
            name=op.f("fk_schedule_edits_program_id_programs"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["schedules.id"],
            name=op.f("fk_schedule_edits_schedule_id_schedules"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_edits")),
        sa.UniqueConstraint(
            "schedule_id", "revision", name=op.f("uq_schedule_edits_schedule_id_revision")
        ),
    )
    op.create_index(
        op.f("ix_schedule_edits_about_id"), "schedule_edits", ["about_id"], unique=False
    )
    op.create_index(
        op.f("ix_schedule_edits_author_id"), "schedule_edits", ["author_id"], unique=False
    )
    op.create_index(
        op.f("ix_schedule_edits_program_id"), "schedule_edits", ["program_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_schedule_edits_program_id"), table_name="schedule_edits")
    op.drop_index(op.f("ix_schedule_edits_author_id"), table_name="schedule_edits")
    op.drop_index(op.f("ix_schedule_edits_about_id"), table_name="schedule_edits")
    op.drop_table("schedule_edits")
