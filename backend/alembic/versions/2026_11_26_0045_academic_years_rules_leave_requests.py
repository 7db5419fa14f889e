"""academic years, rules, leave, requests

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-26 00:45:58.625092
"""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "academic_years",
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        sa.Column(
            "calendar", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("end_date >= start_date", name=op.f("ck_academic_years_dates_rise")),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["programs.id"],
            name=op.f("fk_academic_years_program_id_programs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_academic_years")),
        sa.UniqueConstraint(
            "program_id", "start_date", name=op.f("uq_academic_years_program_id_start_date")
        ),
    )
    op.create_table(
        "rules",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column(
            "parameters", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["programs.id"],
            name=op.f("fk_rules_program_id_programs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
        sa.UniqueConstraint("program_id", "name", name=op.f("uq_rules_program_id_name")),
    )
    with op.batch_alter_table("rules") as batch_op:
        batch_op.create_index(
            "ix_rules_program_id_position", ["program_id", "position"], unique=False
        )

    op.create_table(
        "leaves",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=True),
        sa.Column("half", sa.String(length=10), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=False),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "decision IN ('asked', 'approved', 'refused', 'withdrawn')",
            name=op.f("ck_leaves_decision_known"),
        ),
        sa.CheckConstraint("end_date >= start_date", name=op.f("ck_leaves_dates_rise")),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["users.id"],
            name=op.f("fk_leaves_decided_by_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_leaves_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["programs.id"],
            name=op.f("fk_leaves_program_id_programs"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"],
            ["users.id"],
            name=op.f("fk_leaves_requested_by_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaves")),
    )
    with op.batch_alter_table("leaves") as batch_op:
        batch_op.create_index(batch_op.f("ix_leaves_decided_by"), ["decided_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_leaves_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "ix_leaves_program_id_start_date", ["program_id", "start_date"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_leaves_requested_by"), ["requested_by"], unique=False)

    op.create_table(
        "requests",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("academic_year_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column(
            "rotations", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "periods", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("avoid", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=False),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "decision IN ('asked', 'approved', 'refused', 'withdrawn')",
            name=op.f("ck_requests_decision_known"),
        ),
        sa.CheckConstraint("rank >= 1", name=op.f("ck_requests_rank_counts")),
        sa.ForeignKeyConstraint(
            ["academic_year_id"],
            ["academic_years.id"],
            name=op.f("fk_requests_academic_year_id_academic_years"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["users.id"],
            name=op.f("fk_requests_decided_by_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_requests_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["program_id"],
            ["programs.id"],
            name=op.f("fk_requests_program_id_programs"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"],
            ["users.id"],
            name=op.f("fk_requests_requested_by_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )
    with op.batch_alter_table("requests") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_requests_academic_year_id"), ["academic_year_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_requests_decided_by"), ["decided_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_requests_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_requests_program_id"), ["program_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_requests_requested_by"), ["requested_by"], unique=False
        )

    op.execute("DELETE FROM appointments")  # no release could write one, and they have a year now
    with op.batch_alter_table("appointments") as batch_op:
        batch_op.add_column(sa.Column("academic_year_id", sa.Uuid(), nullable=False))
        batch_op.add_column(
            sa.Column(
                "changes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
            )
        )
        batch_op.add_column(
            sa.Column(
                "preassignments",
                sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
                nullable=False,
            )
        )
        batch_op.add_column(
            sa.Column(
                "carry_over",
                sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
                nullable=False,
            )
        )
        batch_op.alter_column("start_date", existing_type=sa.DATE(), nullable=True)
        batch_op.alter_column("end_date", existing_type=sa.DATE(), nullable=True)
        batch_op.drop_constraint(batch_op.f("uq_appointments_person_id_start_date"), type_="unique")
        batch_op.create_index(
            batch_op.f("ix_appointments_academic_year_id"), ["academic_year_id"], unique=False
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_appointments_person_id_academic_year_id"),
            ["person_id", "academic_year_id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_appointments_academic_year_id_academic_years"),
            "academic_years",
            ["academic_year_id"],
            ["id"],
            ondelete="CASCADE",
        )

    with op.batch_alter_table("assignments") as batch_op:
        batch_op.alter_column("rotation_type_id", existing_type=sa.CHAR(length=32), nullable=True)

    with op.batch_alter_table("duty_types") as batch_op:
        batch_op.add_column(sa.Column("position", sa.Integer(), nullable=False, server_default="0"))

    with op.batch_alter_table("people") as batch_op:
        batch_op.add_column(sa.Column("position", sa.Integer(), nullable=False, server_default="0"))

    _years_of_programs()
    with op.batch_alter_table("programs") as batch_op:
        batch_op.drop_column("year_start")

    with op.batch_alter_table("rotation_types") as batch_op:
        batch_op.add_column(sa.Column("position", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(
            sa.Column(
                "supervision",
                sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
                nullable=False,
                server_default="[]",
            )
        )
        batch_op.add_column(
            sa.Column(
                "primary_care_exception", sa.Boolean(), nullable=False, server_default=sa.false()
            )
        )

    with op.batch_alter_table("duty_types") as batch_op:
        batch_op.alter_column("position", server_default=None)

    with op.batch_alter_table("people") as batch_op:
        batch_op.alter_column("position", server_default=None)

    with op.batch_alter_table("rotation_types") as batch_op:
        batch_op.alter_column("position", server_default=None)
        batch_op.alter_column("supervision", server_default=None)
        batch_op.alter_column("primary_care_exception", server_default=None)


def _years_of_programs() -> None:
    """Give every programme the academic year that it only knew the first day of."""
    connection = op.get_bind()
    programs = sa.table("programs", sa.column("id", sa.Uuid()), sa.column("year_start", sa.Date()))
    years = sa.table(
        "academic_years",
        sa.column("id", sa.Uuid()),
        sa.column("program_id", sa.Uuid()),
        sa.column("start_date", sa.Date()),
        sa.column("end_date", sa.Date()),
        sa.column("calendar", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")),
        sa.column("version", sa.Integer()),
        sa.column("created_at", sa.DateTime(timezone=True)),
        sa.column("updated_at", sa.DateTime(timezone=True)),
    )
    now = datetime.now(UTC)
    rows = [
        {
            "id": uuid4(),
            "program_id": program,
            "start_date": start,
            "end_date": start + timedelta(364),
            "calendar": {"start": str(start), "end": str(start + timedelta(364))},
            "version": 1,
            "created_at": now,
            "updated_at": now,
        }
        for program, start in connection.execute(sa.select(programs.c.id, programs.c.year_start))
    ]
    if rows:
        connection.execute(years.insert(), rows)


def downgrade() -> None:
    with op.batch_alter_table("rotation_types") as batch_op:
        batch_op.drop_column("primary_care_exception")
        batch_op.drop_column("supervision")
        batch_op.drop_column("position")

    with op.batch_alter_table("programs") as batch_op:
        batch_op.add_column(
            sa.Column("year_start", sa.Date(), nullable=False, server_default="2000-07-01")
        )

    op.execute(
        "UPDATE programs SET year_start = coalesce((SELECT max(start_date) FROM academic_years"
        " WHERE academic_years.program_id = programs.id), year_start)"
    )
    with op.batch_alter_table("programs") as batch_op:
        batch_op.alter_column("year_start", server_default=None)

    with op.batch_alter_table("people") as batch_op:
        batch_op.drop_column("position")

    with op.batch_alter_table("duty_types") as batch_op:
        batch_op.drop_column("position")

    op.execute("DELETE FROM assignments WHERE rotation_type_id IS NULL")
    with op.batch_alter_table("assignments") as batch_op:
        batch_op.alter_column("rotation_type_id", existing_type=sa.CHAR(length=32), nullable=False)

    op.execute("DELETE FROM appointments")
    with op.batch_alter_table("appointments") as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_appointments_academic_year_id_academic_years"), type_="foreignkey"
        )
        batch_op.drop_constraint(
            batch_op.f("uq_appointments_person_id_academic_year_id"), type_="unique"
        )
        batch_op.drop_index(batch_op.f("ix_appointments_academic_year_id"))
        batch_op.create_unique_constraint(
            batch_op.f("uq_appointments_person_id_start_date"), ["person_id", "start_date"]
        )
        batch_op.alter_column("end_date", existing_type=sa.DATE(), nullable=False)
        batch_op.alter_column("start_date", existing_type=sa.DATE(), nullable=False)
        batch_op.drop_column("carry_over")
        batch_op.drop_column("preassignments")
        batch_op.drop_column("changes")
        batch_op.drop_column("academic_year_id")

    with op.batch_alter_table("requests") as batch_op:
        batch_op.drop_index(batch_op.f("ix_requests_requested_by"))
        batch_op.drop_index(batch_op.f("ix_requests_program_id"))
        batch_op.drop_index(batch_op.f("ix_requests_person_id"))
        batch_op.drop_index(batch_op.f("ix_requests_decided_by"))
        batch_op.drop_index(batch_op.f("ix_requests_academic_year_id"))

    op.drop_table("requests")
    with op.batch_alter_table("leaves") as batch_op:
        batch_op.drop_index(batch_op.f("ix_leaves_requested_by"))
        batch_op.drop_index("ix_leaves_program_id_start_date")
        batch_op.drop_index(batch_op.f("ix_leaves_person_id"))
        batch_op.drop_index(batch_op.f("ix_leaves_decided_by"))

    op.drop_table("leaves")
    with op.batch_alter_table("rules") as batch_op:
        batch_op.drop_index("ix_rules_program_id_position")

    op.drop_table("rules")
    op.drop_table("academic_years")
