"""What mails about accounts say.

Tokens stand behind a `#`: browsers do not send that part, so that no log has it.
"""

from app.core.settings import Settings

Mail = tuple[str, str]
"""Subject and text."""


def invitation(settings: Settings, program: str, role: str, token: str) -> Mail:
    """Return the mail that invites somebody into a programme."""
    text = f"""\
You are invited to {program} on Housestaff, as {role.lower()}.

Open this link to accept. It works once, for {settings.invitation_days} days:

{_link(settings, "invitation", token)}

If you did not expect this, do nothing.
"""
    return f"Invitation to {program}", text


def password_reset(settings: Settings, username: str, token: str) -> Mail:
    """Return the mail with a link to a new password."""
    text = f"""\
Somebody, probably you, asked for a new password for {username} on Housestaff.

Open this link to choose one. It works once, for {settings.password_reset_minutes} minutes:

{_link(settings, "reset-password", token)}

If it was not you, do nothing: your password stays as it is.
"""
    return "A new password", text


def password_changed(username: str) -> Mail:
    """Return the mail that tells of a new password."""
    text = f"""\
The password of {username} on Housestaff was changed just now, and all sessions were ended.

If it was not you, tell your coordinator or administrator at once.
"""
    return "Your password was changed", text


def _link(settings: Settings, page: str, token: str) -> str:
    return f"{settings.public_url.rstrip('/')}/{page}#{token}"
