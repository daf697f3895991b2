"""Passwords: Argon2id as OWASP advises (19 MiB, two passes, one lane), and which ones are refused.

A hash costs about 40 ms of processor and 19 MiB. Two threads of their own do all of it, so that a flood of
sign-ins neither stops the event loop nor takes the memory; who gives up while waiting leaves the queue.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, TypeVar
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

MIN_LENGTH, MAX_LENGTH = 12, 200
_FEWEST_DIFFERENT = 5

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")
# Well formed and never matched: its digest is all zeros. Unknown names cost the same time as known ones.
_NOBODYS_HASH = f"$argon2id$v=19$m=19456,t=2,p=1${'A' * 22}${'A' * 43}"

_COMMONEST_WORDS = """
123456789012 1234567890123 12345678901234 123456789012345 1234567890123456 0123456789012 012345678910
123456789abc 123456789qwerty 1q2w3e4r5t6y 1q2w3e4r5t6y7u 1q2w3e4r5t6y7u8i 1qaz2wsx3edc 1qaz2wsx3edc4rfv
qazwsxedcrfv qwerty123456 qwerty1234567 qwerty12345678 qwerty123456789 qwertyuiop12 qwertyuiop123
qwertyuiop1234 qwertyqwerty qwertyuiop[] qwertyuiopasdfghjkl qwertyuiopasdfghjklzxcvbnm asdfghjkl123
asdfghjklzxcvbnm zxcvbnm12345 abcdefghijkl abcdefghijklm abcdefghijklmnop abcdefghijklmnopqrstuvwxyz
abcdefg12345 abcdef123456 abcd1234abcd abc123abc123 abc123456789 a1b2c3d4e5f6 password1234 password12345
password123456 password12345678 password123456789 passwordpassword password1password1 p@ssw0rd1234
p@ssword1234 passw0rd1234 passw0rdpassw0rd mypassword123 mypassword1234 password123! password1234!
password2023 password2024 password2025 password2026 changeme1234 changeme12345 changemenow! letmein12345
letmein123456 letmeinletmein welcome12345 welcome123456 welcome1234! administrator administrator1
admin1234567 admin12345678 adminadmin123 administrator123 iloveyou1234 iloveyou12345 iloveyou123456
iloveyouiloveyou ilovemyfamily ihateyou1234 manchesterunited manchestercity liverpoolfc1 liverpool123
liverpool1234 arsenal12345 chelsea12345 tottenhamhotspur football1234 sunshine1234 superman1234
princess1234 monkey123456 dragon123456 computer1234 michael12345 charlie12345 trustno1trustno1
thisismypassword correcthorsebatterystaple unitedkingdom secret123456 supersecret1 internet1234
"""
_COMMONEST = frozenset(_COMMONEST_WORDS.split())

T = TypeVar("T")


async def hash_password(password: str) -> str:
    return await _in_thread(lambda: _hasher.hash(_prepared(password)))


async def verify_password(hashed: str | None, password: str) -> bool:
    """Whether this is the password of that hash; as slow for no hash at all, and then False.

    Raises argon2's VerificationError or InvalidHashError for a damaged hash: a fault, not a wrong password.
    """

    def verify() -> bool:
        try:
            return _hasher.verify(hashed or _NOBODYS_HASH, _prepared(password))
        except VerifyMismatchError:
            return False

    return await _in_thread(verify)


def needs_rehash(hashed: str) -> bool:
    """Whether a hash was made with other costs than today's: hash anew at the next sign-in."""
    return _hasher.check_needs_rehash(hashed)


def password_weakness(password: str, email: str | None = None) -> str | None:
    """Why a new password is refused, as a code, or None. Pass the account's e-mail to refuse that too."""
    folded = normalize("NFKC", password).casefold().strip()
    if folded in _COMMONEST or len(set(folded)) < _FEWEST_DIFFERENT:
        return "password_too_common"
    if email and folded in {email.casefold(), email.casefold().partition("@")[0]}:
        return "password_is_email"
    return None


def _prepared(password: str) -> bytes:
    # Keyboards differ in how they compose é; NIST SP 800-63B asks for one form before hashing.
    return normalize("NFKC", password).encode("utf-8", "surrogatepass")


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, work)


def _strong_enough(password: SecretStr) -> SecretStr:
    if password_weakness(password.get_secret_value()):
        raise PydanticCustomError("password_too_common", "This password is among the first that would be guessed.")
    return password


NewPassword = Annotated[SecretStr, Field(min_length=MIN_LENGTH, max_length=MAX_LENGTH), AfterValidator(_strong_enough)]
"""A password being chosen. Its service also asks `password_weakness` with the account's e-mail."""
