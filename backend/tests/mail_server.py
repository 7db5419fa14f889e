"""A real mail server on a local port: it keeps what it is given, and can be made to behave ill."""

import socket
from asyncio import Transport
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from app.core.settings import Settings

TAKEN = "250 taken"


class MailServer:
    """Attributes are set by tests.

    Parameters
    ----------
    answer
        What a mail is answered with, by its recipient; it is kept if the answer begins with 2.
    """

    def __init__(self, answer: Callable[[str], str] = lambda _: TAKEN) -> None:
        self.answer = answer
        self.mails: list[EmailMessage] = []
        self.logins: list[str] = []
        self.port = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if address.startswith("nobody@"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del session
        answer = self.answer(envelope.rcpt_tos[0])
        if answer.startswith("2") or answer == "drop":
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.mails.append(message)
        if answer == "drop":
            assert isinstance(server.transport, Transport)
            server.transport.abort()
        return answer

    def authenticate(self, *given: object) -> AuthResult:
        """Take one name and password."""
        data = given[-1]
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login.decode())
        return AuthResult(success=data.password == b"right", handled=False)

    def settings(self, settings: Settings) -> Settings:
        """Return settings with this server."""
        smtp = {"smtp_host": "127.0.0.1", "smtp_port": self.port, "smtp_security": "none"}
        return settings.model_copy(update=smtp)


@contextmanager
def serving(server: MailServer, *, auth: bool = False) -> Iterator[MailServer]:
    """Run a server for as long as the block takes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server.port = free.getsockname()[1]
    controller = Controller(
        server,
        hostname="127.0.0.1",
        port=server.port,
        authenticator=server.authenticate,
        auth_required=auth,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
