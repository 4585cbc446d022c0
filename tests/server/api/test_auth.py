"""Logging in: passwords, tokens, lock-out."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from argon2 import PasswordHasher, extract_parameters

from server_stub.services.sessions import FAILED_AFTER
from server_stub.testing.accounts import fetch

if TYPE_CHECKING:
    import httpx

    from server_stub.testing import AblageServer

Json = dict[str, Any]
PASSWORD = "richtig pferd batterie"


@pytest.fixture
def email(http: httpx.Client) -> str:
    """The address of a new user with a password."""
    address = f"{uuid.uuid4().hex}@example.org"
    answer = http.post("/api/v2/users", json={"email": address, "password": PASSWORD, "full_name": "Ada"})
    assert answer.status_code == 201, answer.text
    return address


def login(client: httpx.Client, email: str, password: str = PASSWORD) -> httpx.Response:
    return client.post("/api/v2/auth/login", json={"email": email, "password": password})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_password_is_exchanged_for_tokens(anybody: httpx.Client, email: str) -> None:
    answer = login(anybody, email.upper())
    assert answer.status_code == 200
    session = answer.json()
    assert session.keys() == {"access_token", "refresh_token", "token_type", "expires_in", "user"}
    assert (session["token_type"], session["expires_in"]) == ("bearer", 900)
    assert session["user"]["roles"] == ["user"]
    assert answer.headers["Cache-Control"] == "no-store"
    me = anybody.get("/api/v2/auth/me", headers=bearer(session["access_token"])).json()
    assert me == session["user"]
    assert me["permissions"]["documents"] == ["create", "read", "update", "delete"]


@pytest.mark.parametrize("name", ["email", "username"])
@pytest.mark.parametrize("how", ["json", "data"])
def test_v1_takes_json_and_forms_and_either_name(
    anybody: httpx.Client, email: str, name: str, how: str
) -> None:
    body: Any = {how: {name: email, "password": PASSWORD}}
    answer = anybody.post("/api/v1/auth/login", **body)
    assert answer.status_code == 200
    assert answer.json()["user"]["role"] == "user"
    assert "roles" not in answer.json()["user"]


@pytest.mark.parametrize("wrong", ["", "falsch", "x" * 1000])
def test_a_wrong_password_and_a_wrong_address_are_answered_alike(
    anybody: httpx.Client, email: str, wrong: str
) -> None:
    known = login(anybody, email, wrong)
    unknown = login(anybody, f"{uuid.uuid4().hex}@example.org", wrong)
    assert known.status_code == unknown.status_code == 401
    assert known.json()["code"] == unknown.json()["code"] == "AUTH_INVALID_CREDENTIALS"
    assert known.json()["detail"] == unknown.json()["detail"]
    assert "Bearer" in known.headers["WWW-Authenticate"]


def test_many_wrong_passwords_lock_the_user_out_for_longer_and_longer(
    anybody: httpx.Client, server: AblageServer, email: str
) -> None:
    answers = [login(anybody, email, "falsch") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 6
    locked = login(anybody, email)
    assert locked.status_code == 429
    assert locked.json()["code"] == "AUTH_LOCKED"
    first = int(locked.headers["Retry-After"])
    assert 1 <= first <= 3

    # Instead of waiting, the end of each lock is moved to the past.
    waits = []
    for _ in range(3):
        fetch(server.database_url, "UPDATE users SET locked_until = now() WHERE email = $1", email)
        assert login(anybody, email, "falsch").status_code == 401
        waits.append(int(login(anybody, email).headers["Retry-After"]))
    assert waits == sorted(waits)
    assert waits[-1] >= 4 * first - 4

    fetch(server.database_url, "UPDATE users SET locked_until = now() WHERE email = $1", email)
    assert login(anybody, email).status_code == 200
    assert login(anybody, email).status_code == 200


def test_an_address_that_nobody_has_is_locked_like_any_other(anybody: httpx.Client, email: str) -> None:
    stranger = f"{uuid.uuid4().hex}@example.org"
    known, unknown = ([login(anybody, address, "falsch") for _ in range(7)] for address in (email, stranger))
    for answers in (known, unknown):
        assert [answer.status_code for answer in answers] == [401] * 6 + [429]
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 3
    for one, other in zip(known, unknown, strict=True):
        assert one.json()["code"] == other.json()["code"]
        assert one.headers.keys() == other.headers.keys()
    assert login(anybody, stranger.upper(), "falsch").status_code == 429


def test_the_time_does_not_tell_whether_an_address_is_known(
    anybody: httpx.Client, email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    verify = PasswordHasher.verify

    def noting(hasher: PasswordHasher, hashed: str, password: str) -> bool:
        verified.append(hashed)
        return verify(hasher, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", noting)
    for address in (email, f"{uuid.uuid4().hex}@example.org"):
        begun = time.perf_counter()
        assert login(anybody, address, "falsch").status_code == 401
        assert time.perf_counter() - begun >= FAILED_AFTER  # whatever the database had to do
    known, unknown = (extract_parameters(hashed) for hashed in verified)
    assert known == unknown, "the costly part costs the same"


def test_many_guesses_at_once_gain_nothing(anybody: httpx.Client, email: str) -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: login(anybody, email, "falsch").status_code, range(24)))
    # Each attempt that gets through takes a place; when five are gone, the lock shuts out what follows.
    assert answers.count(429) >= 12
    assert set(answers) == {401, 429}


def test_a_refresh_token_works_once_and_its_second_use_ends_the_session(
    anybody: httpx.Client, email: str
) -> None:
    first = login(anybody, email).json()
    second = anybody.post("/api/v2/auth/refresh", json={"refresh_token": first["refresh_token"]}).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert anybody.get("/api/v2/auth/me", headers=bearer(second["access_token"])).status_code == 200

    stolen = anybody.post("/api/v2/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert stolen.status_code == 401
    assert stolen.json()["code"] == "AUTH_TOKEN_INVALID"
    after = anybody.post("/api/v2/auth/refresh", json={"refresh_token": second["refresh_token"]})
    assert after.status_code == 401
    wait_until_refused(anybody, second["access_token"])


def test_a_repeated_refresh_with_the_same_idempotency_key_gives_the_same_token(
    anybody: httpx.Client, email: str
) -> None:
    token = login(anybody, email).json()["refresh_token"]
    request: Any = {
        "json": {"refresh_token": token},
        "headers": {"Idempotency-Key": uuid.uuid4().hex},
    }
    first = anybody.post("/api/v2/auth/refresh", **request).json()
    again = anybody.post("/api/v2/auth/refresh", **request).json()
    assert again["refresh_token"] == first["refresh_token"]
    further = anybody.post("/api/v2/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert further.status_code == 200
    assert anybody.post("/api/v2/auth/refresh", **request).status_code == 401


def test_only_one_of_two_racing_refreshes_wins(anybody: httpx.Client, email: str) -> None:
    token = login(anybody, email).json()["refresh_token"]

    def refresh(_: int) -> int:
        return anybody.post("/api/v2/auth/refresh", json={"refresh_token": token}).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(refresh, range(4))) == [200, 401, 401, 401]


@pytest.mark.parametrize("with_refresh_token", [True, False])
def test_logging_out_ends_the_session(anybody: httpx.Client, email: str, *, with_refresh_token: bool) -> None:
    session = login(anybody, email).json()
    answer = anybody.post(
        "/api/v2/auth/logout",
        json={"refresh_token": session["refresh_token"]} if with_refresh_token else None,
        headers={} if with_refresh_token else bearer(session["access_token"]),
    )
    assert answer.status_code == 204
    body = {"refresh_token": session["refresh_token"]}
    assert anybody.post("/api/v2/auth/refresh", json=body).status_code == 401
    wait_until_refused(anybody, session["access_token"])


def wait_until_refused(client: httpx.Client, token: str) -> None:
    """A credential may be believed for a second; not longer."""
    time.sleep(1)
    answer = client.get("/api/v2/auth/me", headers=bearer(token))
    assert answer.status_code == 401
    assert answer.json()["code"] == "AUTH_TOKEN_INVALID"


def test_a_new_password_ends_all_sessions(anybody: httpx.Client, http: httpx.Client, email: str) -> None:
    session = login(anybody, email).json()
    path = f"/api/v2/users/{session['user']['id']}"
    assert http.patch(path, json={"password": "ein neues Passwort"}).status_code == 200
    body = {"refresh_token": session["refresh_token"]}
    assert anybody.post("/api/v2/auth/refresh", json=body).status_code == 401
    assert login(anybody, email).status_code == 401
    assert login(anybody, email, "ein neues Passwort").status_code == 200


def test_who_is_switched_off_cannot_log_in(anybody: httpx.Client, http: httpx.Client, email: str) -> None:
    session = login(anybody, email).json()
    http.patch(f"/api/v2/users/{session['user']['id']}", json={"is_active": False})
    assert login(anybody, email).status_code == 401
    wait_until_refused(anybody, session["access_token"])


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"exp": 1}, "AUTH_TOKEN_EXPIRED"), ({"aud": "somebody else"}, "AUTH_TOKEN_INVALID"),
     ({"sub": "nobody"}, "AUTH_TOKEN_INVALID"), ({"sub": str(uuid.uuid4())}, "AUTH_TOKEN_INVALID")],
)  # fmt: skip
def test_a_token_that_is_not_right_in_every_respect_is_refused(
    anybody: httpx.Client, server: AblageServer, email: str, changes: Json, code: str
) -> None:
    token = login(anybody, email).json()["access_token"]
    secret = server.runtime.services.settings.secret_key.get_secret_value()
    claims = {**jwt.decode(token, options={"verify_signature": False}), **changes}
    answer = anybody.get("/api/v2/auth/me", headers=bearer(jwt.encode(claims, secret, algorithm="HS256")))
    assert answer.status_code == 401
    assert answer.json()["code"] == code


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_forged_token_is_refused(anybody: httpx.Client, email: str, algorithm: str) -> None:
    token = login(anybody, email).json()["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    key = "" if algorithm == "none" else "another key that is long enough for the hash"
    forged = jwt.encode(claims, key, algorithm=algorithm)
    answer = anybody.get("/api/v2/auth/me", headers=bearer(forged))
    assert (answer.status_code, answer.json()["code"]) == (401, "AUTH_TOKEN_INVALID")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "AUTH_REQUIRED"),
        ({"Authorization": "Basic dXNlcjpwYXNz"}, "AUTH_TOKEN_INVALID"),
        ({"Authorization": "Bearer"}, "AUTH_TOKEN_INVALID"),
        ({"Authorization": "Bearer ak_live_unknown"}, "AUTH_INVALID_CREDENTIALS"),
        ({"X-API-Key": "nonsense"}, "AUTH_TOKEN_INVALID"),
        ({"X-API-Key": "ak_live_a", "Authorization": "Bearer ak_live_b"}, "AUTH_INVALID_CREDENTIALS"),
        ({"X-API-Key": b"ak_live_\xff"}, "AUTH_TOKEN_INVALID"),
    ],
)
def test_without_a_right_credential_nobody_gets_in(
    anybody: httpx.Client, headers: dict[str, str], code: str
) -> None:
    answer = anybody.get("/api/v2/documents", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == code
    assert "ak_live" not in answer.text.replace("ak_live_…", "")


def test_secrets_are_stored_as_hashes_only(server: AblageServer, anybody: httpx.Client, email: str) -> None:
    session = login(anybody, email).json()
    rows = fetch(server.database_url, "SELECT password_hash FROM users WHERE email = $1", email)
    assert str(rows[0]["password_hash"]).startswith("$argon2id$")
    tokens = fetch(server.database_url, "SELECT token_hash FROM refresh_tokens")
    assert session["refresh_token"] not in {row["token_hash"] for row in tokens}
