import pytest
from pydantic import ValidationError

from app.core.settings import Settings
from tools.settings_page import PAGE, page

_PRODUCTION = {
    "environment": "production",
    "secret_key": "0a" * 32,
    "public_url": "https://housestaff.example",
}


def test_the_page_of_settings_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: make settings"


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize(
    "secret",
    ["", "short", "changethis" * 5, "x-Secret-x" * 5, "housestaff-housestaff-housestaff-1"],
)
def test_production_refuses_weak_secrets(secret: str) -> None:
    with pytest.raises(ValidationError, match="HOUSESTAFF_SECRET_KEY"):
        Settings.model_validate({"environment": "production", "secret_key": secret})


def test_production_takes_a_random_secret() -> None:
    settings = Settings.model_validate(_PRODUCTION)

    assert settings.secret_key.get_secret_value() == "0a" * 32
    assert "0a0a" not in repr(settings)


def test_development_makes_a_secret_of_its_own() -> None:
    secrets = {Settings().secret_key.get_secret_value() for _ in range(2)}

    assert len(secrets) == 2
    assert min(map(len, secrets)) >= 32


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOUSESTAFF_LOGIN_FAILURES", "9")
    monkeypatch.setenv("HOUSESTAFF_DATA_DIR", "/srv/data")

    settings = Settings()

    assert settings.login_failures == 9
    assert settings.database == "sqlite+aiosqlite:////srv/data/housestaff.db"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"public_url": "http://housestaff.example"}, "HOUSESTAFF_PUBLIC_URL"),
        ({"smtp_username": "hs", "smtp_security": "none"}, "HOUSESTAFF_SMTP_SECURITY"),
        ({"public_url": "housestaff.example"}, "public_url"),
        ({"mail_from": "Housestaff"}, "mail_from"),
    ],
)
def test_mails_and_their_links_are_safe(given: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Settings.model_validate(_PRODUCTION | given)
