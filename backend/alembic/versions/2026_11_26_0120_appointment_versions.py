"""appointment versions

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-26 01:20:11.204518
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "appointments", sa.Column("version", sa.Integer(), server_default="1", nullable=False)
    )


def downgrade() -> None:
    with op.batch_alter_table("appointments") as table:
        table.drop_column("version")
