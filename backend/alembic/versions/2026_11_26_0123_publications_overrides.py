"""publications overrides

Revision ID: 0011
Revises: 0010
Create Date: 2026-11-26 01:23:42.314995
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "overrides",
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("finding_key", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.Column("person", sa.String(length=100), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["users.id"],
            name=op.f("fk_overrides_author_id_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["programs.id"],
            name=op.f("fk_overrides_program_id_programs"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["schedules.id"],
            name=op.f("fk_overrides_schedule_id_schedules"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overrides")),
        sa.UniqueConstraint(
            "schedule_id", "finding_key", name=op.f("uq_overrides_schedule_id_finding_key")
        ),
    )
    op.create_index(op.f("ix_overrides_author_id"), "overrides", ["author_id"], unique=False)
    op.create_index(op.f("ix_overrides_program_id"), "overrides", ["program_id"], unique=False)
    op.create_table(
        "publications",
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        sa.Column("snapshot", sa.LargeBinary(), nullable=False),
        sa.Column("snapshot_sha256", sa.String(length=64), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=True),
        sa.Column("verdict", sa.String(length=40), nullable=True),
        sa.Column("signed_by", sa.String(length=64), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("restores_id", sa.Uuid(), nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=False),
        sa.Column("published_by_name", sa.String(length=255), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["programs.id"],
            name=op.f("fk_publications_program_id_programs"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["published_by"],
            ["users.id"],
            name=op.f("fk_publications_published_by_users"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["restores_id"],
            ["publications.id"],
            name=op.f("fk_publications_restores_id_publications"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["schedules.id"],
            name=op.f("fk_publications_schedule_id_schedules"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
        sa.UniqueConstraint("program_id", "number", name=op.f("uq_publications_program_id_number")),
    )
    op.create_index(
        op.f("ix_publications_published_by"), "publications", ["published_by"], unique=False
    )
    op.create_index(
        op.f("ix_publications_restores_id"), "publications", ["restores_id"], unique=False
    )
    op.create_index(
        op.f("ix_publications_schedule_id"), "publications", ["schedule_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_publications_schedule_id"), table_name="publications")
    op.drop_index(op.f("ix_publications_restores_id"), table_name="publications")
    op.drop_index(op.f("ix_publications_published_by"), table_name="publications")
    op.drop_table("publications")
    op.drop_index(op.f("ix_overrides_program_id"), table_name="overrides")
    op.drop_index(op.f("ix_overrides_author_id"), table_name="overrides")
    op.drop_table("overrides")
