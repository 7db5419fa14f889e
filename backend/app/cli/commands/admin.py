import argparse
import asyncio
from collections.abc import Callable, Coroutine

from pydantic import ValidationError

from app.cli.output import BadInput, Report
from app.cli.render.numbers import counted
from app.cli.service import faults_are_told, first_fault, opened_database, read_settings
from app.core.acting import Actor, actor
from app.core.settings import Settings
from app.db.migrations import head, upgrade
from app.schemas.user import UserCreate, UserResponse
from app.services.mail_service import MailService
from app.services.user_service import OneTimePassword, UserService

Step = Callable[[argparse.Namespace, Settings], Coroutine[None, None, Report]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    create = steps.add_parser("create-user", help="make a user and print a one-time password")
    create.add_argument("username", metavar="NAME", help="name to log in with")
    create.add_argument("--admin", action="store_true", help="ADMIN everywhere")
    create.add_argument("--email", metavar="ADDRESS", help="e-mail address")
    create.set_defaults(step=create_user)
    migrate = steps.add_parser("migrate", help="bring the database up to date")
    migrate.set_defaults(step=migrate_database)
    retry = steps.add_parser("retry-mails", help="queue again the mails that were given up")
    retry.set_defaults(step=retry_mails)
    password = steps.add_parser("reset-password", help="give a user a one-time password")
    password.set_defaults(step=reset_password)
    end = steps.add_parser("revoke-sessions", help="void a user's sessions and API tokens")
    end.set_defaults(step=revoke_sessions)
    for one in (password, end):
        one.add_argument("username", metavar="NAME", help="name or e-mail address")
    users = steps.add_parser("list-users", help="show all users and their roles")
    users.set_defaults(step=list_users)
    for one in (create, migrate, retry, password, end, users):
        # The command's own option, to be given after these words as well.
        one.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS
        )


def run(arguments: argparse.Namespace) -> Report:
    settings = read_settings()
    step: Step = arguments.step
    nobody = actor.set(Actor(None, "command line"))
    try:
        with faults_are_told():
            return asyncio.run(step(arguments, settings))
    finally:
        actor.reset(nobody)


async def migrate_database(arguments: argparse.Namespace, settings: Settings) -> Report:
    """Run the migrations that the database has not seen."""
    del arguments
    await upgrade(settings.database)
    return Report(
        fields={"revision": head()},
        show=lambda: print(f"The database is at revision {head()}."),
    )


async def create_user(arguments: argparse.Namespace, settings: Settings) -> Report:
    """Make a user with a one-time password."""
    try:
        new = UserCreate(
            username=arguments.username, email=arguments.email, is_admin=arguments.admin
        )
    except ValidationError as error:
        raise BadInput(first_fault(error)) from error
    password = await OneTimePassword.make()
    async with opened_database(settings) as database, database.unit_of_work() as session:
        user = await UserService(session).create(new.model_dump(), password)

    def show() -> None:
        print(f"{'ADMIN' if user.is_admin else 'User'} {user.username} is made.")
        print(f"One-time password, shown only here: {password.password}")

    fields = {
        "id": str(user.id),
        "username": user.username,
        "is_admin": user.is_admin,
        "one_time_password": password.password,
    }
    return Report(fields=fields, show=show)


async def retry_mails(arguments: argparse.Namespace, settings: Settings) -> Report:
    """Queue again the mails that were given up."""
    del arguments
    async with opened_database(settings) as database, database.unit_of_work() as session:
        queued = await MailService(session).retry_failed()
    return Report(
        fields={"queued": queued}, show=lambda: print(f"{counted(queued, 'mail')} queued again.")
    )


async def reset_password(arguments: argparse.Namespace, settings: Settings) -> Report:
    """Give a user a one-time password; all their sessions are void then."""
    password = await OneTimePassword.make()
    async with opened_database(settings) as database, database.unit_of_work() as session:
        service = UserService(session)
        user = await service.named(arguments.username)
        await service.give_password(user.id, password)

    def show() -> None:
        print(f"{user.username} has a new password, and no sessions any more.")
        print(f"One-time password, shown only here: {password.password}")

    fields = {"username": user.username, "one_time_password": password.password}
    return Report(fields=fields, show=show)


async def revoke_sessions(arguments: argparse.Namespace, settings: Settings) -> Report:
    """Void a user's sessions and API tokens."""
    async with opened_database(settings) as database, database.unit_of_work() as session:
        service = UserService(session)
        user = await service.named(arguments.username)
        await service.end_sessions(user.id)
    return Report(
        fields={"username": user.username},
        show=lambda: print(f"{user.username} has no sessions and no API tokens any more."),
    )


async def list_users(arguments: argparse.Namespace, settings: Settings) -> Report:
    """Show all users and their roles."""
    del arguments
    async with opened_database(settings) as database, database.reading() as session:
        found = [UserResponse.model_validate(one) for one in await UserService(session).all()]

    def show() -> None:
        for user in found:
            roles = ["ADMIN"] if user.is_admin else [one.role for one in user.memberships]
            active = "" if user.is_active else "  not active"
            print(f"{user.username}  {user.email or '-'}  {', '.join(roles) or '-'}{active}")

    return Report(fields={"users": [one.model_dump(mode="json") for one in found]}, show=show)
