"""A connection to the mail server. Everything here blocks: call it in a thread."""

import smtplib
import ssl
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from app.core.settings import Settings

STEP_S = 20
"""The longest wait for one answer; a whole session has about ten of them."""


class MailRefusedError(Exception):
    """The server will never take this mail."""


class MailServerError(Exception):
    """The server cannot be used for the moment, or not with these settings."""


class MailPostponedError(Exception):
    """The server will not take this mail now."""


class SmtpConnection:
    """One session with the server of the settings.

    Raises
    ------
    MailServerError
        When there is none.
    """

    def __init__(self, settings: Settings) -> None:
        kind = smtplib.SMTP_SSL if settings.smtp_security == "tls" else smtplib.SMTP
        try:
            self._smtp = kind(settings.smtp_host, settings.smtp_port, timeout=STEP_S)
        except (OSError, smtplib.SMTPException) as error:
            raise MailServerError(_words(error)) from error
        try:
            if settings.smtp_security == "starttls":
                self._smtp.starttls(context=ssl.create_default_context())
            if settings.smtp_username:
                password = settings.smtp_password.get_secret_value()
                self._smtp.login(settings.smtp_username, password)
        except (OSError, smtplib.SMTPException) as error:
            self._smtp.close()
            raise MailServerError(_words(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the session; a server that is gone already is no error."""
        try:
            self._smtp.quit()
        except (OSError, smtplib.SMTPException):
            self._smtp.close()

    def send(self, message: EmailMessage) -> None:
        """Have the server take a mail.

        Raises
        ------
        MailRefusedError
            When it never will.
        MailPostponedError
            When it may do so later.
        MailServerError
            When the connection is lost, or the server does not want our sender. Whether it has
            taken the mail is not known then.
        """
        try:
            self._smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            [(code, words)] = error.recipients.values()
            raise _judged(code, words) from error
        except smtplib.SMTPDataError as error:
            raise _judged(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailRefusedError(_words(error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailServerError(_words(error)) from error


def _judged(code: int, words: bytes | str) -> MailRefusedError | MailPostponedError:
    said = f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
    return MailRefusedError(said) if code >= 500 else MailPostponedError(said)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
