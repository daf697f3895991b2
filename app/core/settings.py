"""One frozen object of settings, read from the environment once."""

from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import pydantic_settings
from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core import schema
from app.core.crypto import MasterKey

DEMO_SECRET = "demo-secret-that-no-real-organisation-may-use"  # noqa: S105  (refused outside the demo and the tests)


SECRETS = Path("/run/secrets")


class SettingsError(ValueError):
    """A setting is missing or cannot be; the text says which, and what would be right, and never its value."""


class Environment(StrEnum):
    demo = "demo"
    test = "test"
    production = "production"


class Settings(BaseSettings):
    """What differs between one deployment and another. Names are the environment variables, in upper case.

    A file of the same name under /run/secrets serves as well. `database_url` is the owner's (it migrates), or is made
    of `database_host` and `postgres_password`; the app signs in as `rollbook_app`, whose password is derived from
    `secret_key`, unless `app_database_url` names another. Outside the demo and the tests a default secret is refused.
    """

    model_config = SettingsConfigDict(
        frozen=True, env_ignore_empty=True, extra="ignore", secrets_dir=SECRETS if SECRETS.is_dir() else None
    )

    rollbook_env: Environment = Environment.production
    rollbook_home: Path = Path(".rollbook")
    database_url: SecretStr | None = None
    database_host: str | None = None
    postgres_password: SecretStr | None = None
    app_database_url: SecretStr | None = None
    secret_key: SecretStr = SecretStr(DEMO_SECRET)
    previous_secret_keys: tuple[SecretStr, ...] = ()
    public_url: str = "http://127.0.0.1:8000"
    app_url: str | None = None
    cors_origins: tuple[str, ...] = ()
    pool_size: int = Field(default=10, ge=1, le=100)
    smtp_url: SecretStr | None = None
    mail_from: str = "rollbook@rollbook.example"

    @model_validator(mode="after")
    def _refuse_default_secrets(self) -> Self:
        secret = self.secret_key.get_secret_value()
        if self.rollbook_env is Environment.production and (secret == DEMO_SECRET or len(secret) < 32):
            raise ValueError("SECRET_KEY must be set to at least 32 random characters outside the demo")
        return self

    @cached_property
    def owner_dsn(self) -> str:
        """The address of the database for its owner. Raises SettingsError when none is set."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        if self.database_host is None:
            raise SettingsError("set DATABASE_URL, or DATABASE_HOST with its POSTGRES_PASSWORD")
        password = self.postgres_password.get_secret_value() if self.postgres_password else ""
        return f"postgresql://rollbook_owner:{quote(password)}@{self.database_host}/rollbook"

    @cached_property
    def app_dsn(self) -> str:
        """Where the web process and the worker connect: as the app's role, never as the owner."""
        if self.app_database_url is not None:
            return self.app_database_url.get_secret_value()
        return schema.app_dsn(self.owner_dsn, self.secret_key.get_secret_value())

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """The secret in use, then those before it."""
        return tuple(key.get_secret_value() for key in (self.secret_key, *self.previous_secret_keys))

    @cached_property
    def master_key(self) -> MasterKey:
        """What the application's secrets open."""
        return MasterKey(self.secrets)

    @cached_property
    def links_url(self) -> str:
        """Where links in letters lead: the people's app at `app_url`, or this API where none is set."""
        return self.app_url or self.public_url

    @cached_property
    def is_demo(self) -> bool:
        return self.rollbook_env is Environment.demo

    @cached_property
    def clock_is_settable(self) -> bool:
        return self.rollbook_env is not Environment.production


def load_settings(**given: Any) -> Settings:
    """The environment's settings, with what is `given` in place of some. Raises SettingsError."""
    try:
        return Settings(**given)
    except ValidationError as error:
        faults = [
            f"{str(fault['loc'][0]).upper()}: {fault['msg']}" if fault["loc"] else fault["msg"]
            for fault in error.errors(include_input=False, include_context=False, include_url=False)
        ]
        raise SettingsError("; ".join(fault.removeprefix("Value error, ") for fault in faults)) from None
    except pydantic_settings.SettingsError as error:
        raise SettingsError(f"{error}: lists are written as JSON") from None


@lru_cache
def get_settings() -> Settings:
    return load_settings()
