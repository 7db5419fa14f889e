import argparse
import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager

from pydantic import ValidationError

from app.cli.output import BadInput, Report, typed_name
from app.cli.render.numbers import counted
from app.core.exceptions import AppException
from app.core.settings import Settings
from app.db.migrations import head, missing, upgrade
from app.db.session import Database
from app.schemas.user import UserCreate
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
    for one in (create, migrate, retry):
        # The command's own option, to be given after these words as well.
        one.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS
        )


def run(arguments: argparse.Namespace) -> Report:
    try:
        settings = Settings()
    except ValidationError as error:
        raise BadInput(_first(error)) from error
    try:
        settings.prepare_data_dir()
    except OSError as error:
        raise BadInput(f"{settings.data_dir} cannot be made: {error.strerror}") from error
    step: Step = arguments.step
    try:
        return asyncio.run(step(arguments, settings))
    except AppException as error:
        raise BadInput(error.message) from error


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
        raise BadInput(_first(error)) from error
    password = await OneTimePassword.make()
    async with _database(settings) as database, database.unit_of_work() as session:
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
    async with _database(settings) as database, database.unit_of_work() as session:
        queued = await MailService(session).retry_failed()
    return Report(
        fields={"queued": queued}, show=lambda: print(f"{counted(queued, 'mail')} queued again.")
    )


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    """Give the database, which has to be up to date."""
    database = Database.connect(settings.database)
    try:
        if await missing(database) == ["migrations"]:
            raise BadInput(f"the database is not up to date: {typed_name()} admin migrate")
        yield database
    finally:
        await database.close()


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else str(first["msg"])
