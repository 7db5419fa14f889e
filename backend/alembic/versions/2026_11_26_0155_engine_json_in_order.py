"""engine json in order

Revision ID: 0012
Revises: 0011
Create Date: 2026-11-26 01:55:10.120000
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_COLUMNS = {
    "programs": ("settings",),
    "academic_years": ("calendar",),
    "rotation_types": ("who", "template", "supervision"),
    "rules": ("parameters",),
    "appointments": ("changes", "preassignments", "carry_over"),
}


def upgrade() -> None:
    _make("json")


def downgrade() -> None:
    _make("jsonb")


def _make(kind: str) -> None:
    """Change what PostgreSQL keeps of the engine's dataclasses; SQLite keeps texts in any case."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, columns in _COLUMNS.items():
        steps = [f"ALTER {one} TYPE {kind} USING {one}::{kind}" for one in columns]
        op.execute(f"ALTER TABLE {table} {', '.join(steps)}")
