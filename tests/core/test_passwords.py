import asyncio
import threading
import time

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.core import passwords
from app.core.passwords import NewPassword, hash_password, needs_rehash, password_weakness, verify_password
from tests.turns import some_of


def test_round_trip_and_costs() -> None:
    async def scenario() -> None:
        hashed = await hash_password("rollbook-demo")
        assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert hashed != await hash_password("rollbook-demo")
        assert await verify_password(hashed, "rollbook-demo")
        assert not await verify_password(hashed, "rollbook-Demo")
        assert not needs_rehash(hashed)

    asyncio.run(scenario())


def test_one_form_of_an_accented_letter() -> None:
    async def scenario() -> None:
        assert await verify_password(await hash_password("cafe\u0301-cafe-caf\u00e9"), "caf\u00e9-cafe-cafe\u0301")

    asyncio.run(scenario())


def test_nobody_has_a_password() -> None:
    async def scenario() -> None:
        for guess in ("", "rollbook-demo", "A" * 43, "\0" * 32, "\ud800"):
            assert not await verify_password(None, guess)

    asyncio.run(scenario())


def test_an_unknown_name_costs_what_a_known_one_costs() -> None:
    assert not needs_rehash(passwords._NOBODYS_HASH)

    async def fastest(hashed: str | None) -> float:
        times = []
        for _ in range(5):
            start = time.process_time()
            await verify_password(hashed, "not-the-password")
            times.append(time.process_time() - start)
        return min(times)

    async def scenario() -> tuple[float, float]:
        hashed = await hash_password("rollbook-demo")
        return await fastest(None), await fastest(hashed)

    unknown, known = asyncio.run(scenario())
    assert 0.6 < unknown / known < 1.6


def test_old_costs_are_noticed_and_damage_is_a_fault() -> None:
    assert needs_rehash(PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash("x"))
    for damaged in ("damaged", "$argon2id$damaged"):
        with pytest.raises((InvalidHashError, VerificationError)):
            asyncio.run(verify_password(damaged, "rollbook-demo"))


def test_two_at_a_time_off_the_loop_and_the_impatient_leave_the_queue() -> None:
    release, running, begun = threading.Event(), [], threading.Semaphore(0)

    def work() -> str:
        running.append(threading.current_thread().name)
        begun.release()
        release.wait(5)
        return "done"

    async def scenario() -> None:
        waiting = [asyncio.create_task(passwords._in_thread(work)) for _ in range(4)]
        for _ in range(2):
            assert await asyncio.to_thread(begun.acquire, timeout=5)
        await asyncio.sleep(0.05)
        assert len(running) == 2
        waiting[3].cancel()
        await asyncio.sleep(0)
        release.set()
        assert await asyncio.gather(*waiting[:3]) == ["done"] * 3
        assert len(running) == 3
        assert all(name.startswith("passwords") for name in running)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "good", ["rollbook-demo", "correct horse battery", "pässwörter sind schön", "a" * 190 + "bcdefghij"]
)
def test_good_ones_pass(good: str) -> None:
    kept = TypeAdapter(NewPassword).validate_python(good)
    assert kept.get_secret_value() == good
    assert good not in repr(kept)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ("elevenchars", "too_short"),
        ("x1-" * 67, "too_long"),
        ("Password1234", "password_too_common"),
        ("QWERTYUIOP123", "password_too_common"),
        ("".join(chr(ord(char) + 0xFEE0) for char in "PASSWORD1234"), "password_too_common"),
        ("correcthorsebatterystaple", "password_too_common"),
        ("aaaaaaaaaaaaaa", "password_too_common"),
        ("123412341234", "password_too_common"),
        ("            ", "password_too_common"),
    ],
)
def test_bad_ones_are_refused_unrepeated(bad: str, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(NewPassword).validate_python(bad)
    (error,) = caught.value.errors(include_input=False)
    assert code in error["type"]
    assert bad not in error["msg"]


@pytest.mark.parametrize("password", ["ann.smith@example.org", "ANN.SMITH@example.org ", "ann.smith"])
def test_the_email_is_no_password(password: str) -> None:
    assert password_weakness(password, "Ann.Smith@example.org") == "password_is_email"
    assert password_weakness(f"{password}-and-more", "Ann.Smith@example.org") is None


def test_the_built_in_list_holds_only_what_length_lets_through() -> None:
    assert all(12 <= len(word) <= 200 and word == word.casefold() for word in passwords._COMMONEST)


@settings(max_examples=some_of(200))
@given(st.text(max_size=30))
def test_no_text_breaks_the_policy(text: str) -> None:
    assert password_weakness(text, text) in {"password_too_common", "password_is_email", None}


def test_the_document_states_the_limits() -> None:
    class Form(BaseModel):
        password: NewPassword

    app = FastAPI()

    @app.post("/")
    async def send(form: Form) -> None: ...

    stated = app.openapi()["components"]["schemas"]["Form"]["properties"]["password"]
    assert (stated["type"], stated["format"]) == ("string", "password")
    assert (stated["minLength"], stated["maxLength"]) == (12, 200)
