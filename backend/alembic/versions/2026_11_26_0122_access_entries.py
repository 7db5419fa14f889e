"""access entries

Revision ID: 0008
Revises: 0007
Create Date: 2026-11-26 01:22:24.016973
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_entries",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_id", sa.Uuid(), nullable=True),
        sa.Column("resource", sa.String(length=40), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_entries")),
    )
    op.create_index("ix_access_entries_at", "access_entries", ["at"], unique=False)
    op.create_index(
        "ix_access_entries_person_id_at", "access_entries", ["person_id", "at"], unique=False
    )
    op.create_index(
        "ix_access_entries_program_id_at_id",
        "access_entries",
        ["program_id", "at", "id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_access_entries_program_id_at_id", table_name="access_entries")
    op.drop_index("ix_access_entries_person_id_at", table_name="access_entries")
    op.drop_index("ix_access_entries_at", table_name="access_entries")
    op.drop_table("access_entries")
