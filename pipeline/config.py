"""Settings: built-in defaults < ``bansou.toml`` < environment (``BANSOU_…``) < command-line options."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from pipeline.errors import ConfigError

CONFIG_NAME = "bansou.toml"
ENV_PREFIX = "BANSOU_"
EMBEDDED_MODEL = "base"
# A path loses one of the slashes after the colon.
_ADDRESS = re.compile(r"(s3|gs|file):/+(.+)")


class Settings(BaseSettings):
    """Everything a user may set; frozen once read.

    ``model`` and ``listen`` may stay unset: an episode then keeps what it was transcribed with, so
    that trying a large model on one episode is not undone by the next plain run.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_ignore_empty=True, frozen=True, extra="forbid"
    )

    data: Path = Field(
        Path("data"), description="folder (or address) that holds raw/ and processed/"
    )
    place: str | None = Field(
        None, description="address of the data folder; set by an address in data"
    )
    cache: Path = Field(
        default_factory=lambda: Path(platformdirs.user_cache_dir("bansou", appauthor=False)),
        description="folder for the joined recognition model",
    )
    model: str | None = Field(None, description="recognition model: name, hub id or folder")
    language: str = Field("ja", description="language code of the speech")
    device: Literal["auto", "cpu", "cuda"] = "auto"
    compute_type: str = Field("auto", description="ctranslate2 compute type")
    batch_size: int | None = Field(
        None, ge=1, le=128, description="clips heard at a time; unset: 4 on a CPU, 8 on a GPU"
    )
    beam_size: int = Field(5, ge=1, le=20)
    hotwords: bool = Field(True, description="hint recognition with the glossary")
    listen: bool | None = Field(
        None, description="transcribe audio even where a transcript stands beside it"
    )
    speakers: bool | None = Field(
        None, description="tell the speakers of audio apart by their voices; unset: as last time"
    )
    speaker_count: int | None = Field(
        None, ge=1, le=30, description="how many people speak; unset: estimated"
    )
    # From the environment as a search path, `a.yaml:b.yaml`, like other lists of files there.
    terms: Annotated[tuple[Path, ...], NoDecode] = Field((), description="further glossary files")
    taxonomy: Path | None = Field(None, description="taxonomy file instead of the built-in one")
    jobs: int | None = Field(
        None, ge=1, le=256, description="episodes at a time; unset: recordings as many as pay"
    )
    engine: Literal["local", "ray"] = Field("local", description="where episodes are run")
    address: str | None = Field(
        None, description="Ray cluster to use; one of its own where not set"
    )
    workers: int | None = Field(
        None, ge=1, description="workers on the Ray cluster; as many as it has GPUs or cores for"
    )
    cores: int = Field(4, ge=1, description="cores of a worker on the Ray cluster")
    # From the environment separated by spaces, which no address holds.
    feeds: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="podcast feeds that ingest fetches first"
    )
    feeds_since: dt.date | None = Field(None, description="fetch episodes of this day or later")
    feeds_limit: int | None = Field(None, ge=1, description="fetch the newest so many of each feed")
    feeds_max_mib: int = Field(2048, ge=1, description="largest media file that is fetched")
    feeds_allow_private: bool = Field(False, description="fetch from private networks too")

    @model_validator(mode="before")
    @classmethod
    def _split_address(cls, values: Any) -> Any:
        """An address names the place; what is worked on is a copy of its tables in the cache."""
        match = _ADDRESS.fullmatch(str(values.get("data") or ""))
        if match is None:
            return values
        if match[1] == "file":
            return {**values, "data": Path("/" + match[2])}
        place = f"{match[1]}://{match[2].rstrip('/')}"
        cache = Path(
            values.get("cache") or cls.model_fields["cache"].get_default(call_default_factory=True)
        )
        name = hashlib.sha256(place.encode()).hexdigest()[:16]
        return {**values, "data": cache.absolute() / "places" / name, "place": place}

    @field_validator("feeds", mode="before")
    @classmethod
    def _split_feeds(cls, value: Any) -> Any:
        return tuple(value.split()) if isinstance(value, str) else value

    @field_validator("terms", mode="before")
    @classmethod
    def _split_terms(cls, value: Any) -> Any:
        return value.split(os.pathsep) if isinstance(value, str) else value

    @property
    def raw(self) -> Path:
        return self.data / "raw"

    @property
    def processed(self) -> Path:
        return self.data / "processed"

    @property
    def glossary_files(self) -> tuple[Path, ...]:
        """The team's own glossary files: ``terms.yaml`` in the data folder, then the configured."""
        own = self.data / "terms.yaml"
        return (*((own,) if own.is_file() else ()), *self.terms)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


@functools.lru_cache(maxsize=16)
def _with_file(path: Path) -> type[Settings]:
    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=path)

    return FromFile


def load_settings(*, config: Path | None = None, **options: Any) -> Settings:
    """Read the settings.

    Args:
        config: settings file; ``bansou.toml`` in the current folder where not given.
        options: command-line options; None means not given.

    Raises:
        ConfigError: a file is missing or broken, or a value is wrong.
    """
    if config is not None and not config.is_file():
        raise ConfigError(
            f"settings file {config} does not exist; check the path given by --config"
        )
    given = {key: value for key, value in options.items() if value not in (None, ())}
    path = config or Path(CONFIG_NAME)
    try:
        return _with_file(path)(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise ConfigError(
                f"{name} is no setting (in {path} or the options); "
                f"the settings are {', '.join(Settings.model_fields)}"
            ) from error
        # An address may hold a subscriber's token.
        got = "" if name.startswith("feeds") else f" (got {first['input']!r})"
        raise ConfigError(
            f"setting {name}: {first['msg']}{got}; "
            f"see {path}, the environment ({ENV_PREFIX}{name.upper()}) or the command line"
        ) from error
    except (ValueError, OSError) as error:  # broken TOML, unreadable file
        raise ConfigError(f"settings file {path} cannot be read: {error}") from error
