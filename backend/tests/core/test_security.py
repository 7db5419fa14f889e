import pytest

from app.core.security import hash_password, new_password, new_token, password_matches

pytestmark = pytest.mark.anyio


async def test_passwords_are_kept_as_argon2id() -> None:
    """OWASP's least: 19 MiB with two passes, or more memory with fewer."""
    password_hash = await hash_password("correct horse")

    kind, _, cost = password_hash.split("$")[1:4]
    numbers = dict(part.split("=") for part in cost.split(","))
    assert kind == "argon2id"
    assert int(numbers["m"]) >= 19 * 1024
    assert int(numbers["t"]) >= 2
    assert await password_matches("correct horse", password_hash)
    assert not await password_matches("wrong horse", password_hash)


async def test_nobody_has_a_password() -> None:
    assert not await password_matches("", None)
    assert not await password_matches("", "")  # a user without one


def test_what_is_made_at_random_differs() -> None:
    assert len({new_token() for _ in range(9)} | {new_password() for _ in range(9)}) == 18
