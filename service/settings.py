"""Settings: one TOML file in the data directory, overridden by the environment.

Unknown keys are refused, so that a misspelt setting never silently keeps its default. Secrets are
never written here: the key's passphrase comes from the environment or from a file of mode 0600.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from base.errors import Misuse, Unavailable, message

SETTINGS_FILE: Final = "devicetrail.toml"
PASSPHRASE_FILE: Final = "passphrase"  # noqa: S105 - a file's name
PASSPHRASE_ENV: Final = "DEVICETRAIL_KEY_PASSPHRASE"  # noqa: S105 - a variable's name
FORMAT_VERSION: Final = 1
"""Version of the data directory's layout. A newer one is refused."""

NOT_INITIALISED = message(
    "service.not_initialised",
    zh="目录 {path} 中没有 DeviceTrail 数据；请先运行 devicetrail init",
    en="there is no DeviceTrail data in {path}; run devicetrail init first",
)
SETTINGS_BAD = message(
    "service.settings_bad",
    zh="设置文件 {path} 有误：{detail}",
    en="the settings file {path} is wrong: {detail}",
)
DATA_NEWER = message(
    "service.data_newer",
    zh="数据目录 {path} 由更新的版本写成（格式 {found}，本程序支持到 {supported}）；请升级程序",
    en=(
        "the data directory {path} was written by a newer version (format {found}, "
        "this program knows up to {supported}); upgrade the program"
    ),
)
PASSPHRASE_MISSING = message(
    "service.passphrase_missing",
    zh="找不到签名密钥的口令：请设置 DEVICETRAIL_KEY_PASSPHRASE 或口令文件 {path}",
    en="no passphrase for the signing key: set DEVICETRAIL_KEY_PASSPHRASE or the file {path}",
)


class S3Settings(BaseModel):
    """Where originals lie when they lie in S3-compatible storage. Credentials: environment only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bucket: str
    endpoint: str | None = None
    region: str = "us-east-1"
    prefix: str = ""


class IssuerSettings(BaseModel):
    """A logger maker's key beside those built in; see `ingest.readers.types.Issuer`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    key: str = Field(pattern=r"^[0-9a-f]{128}$")
    state: str = Field(default="confirmed", pattern="^(consistent_across_lots|confirmed)$")
    origin: str = ""


class Settings(BaseModel):
    """Everything an installation can choose.

    organisation: short key, part of the log's name. patience_seconds: how long a locked database
    is waited for. readers: child processes that read files. fixity_sample: originals re-hashed a
    day.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = FORMAT_VERSION
    organisation: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    organisation_name: str = Field(min_length=1)
    uscc: str | None = None
    host: str = "devicetrail.local"
    incarnation: int = Field(default=1, ge=1)
    database: str = ""
    patience_seconds: float = Field(default=5.0, gt=0, le=600)
    originals: Path | None = None
    s3: S3Settings | None = None
    key_dir: Path | None = None
    passphrase_file: Path | None = None
    readers: int = Field(default=2, ge=1, le=64)
    daily_check_at: str = Field(default="02:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    checkpoint_seconds: int = Field(default=20, ge=1, le=3600)
    fixity_sample: int = Field(default=200, ge=1)
    issuers: tuple[IssuerSettings, ...] = ()

    @property
    def origin(self) -> str:
        """The log's name: host, organisation, incarnation."""
        return f"{self.host}/{self.organisation}/log/{self.incarnation}"


def data_dir(given: Path | None) -> Path:
    """The data directory: as given, else DEVICETRAIL_DATA, else ./devicetrail-data."""
    return (given or Path(os.environ.get("DEVICETRAIL_DATA", "devicetrail-data"))).absolute()


def load(data: Path) -> Settings:
    """Read the settings of a data directory.

    Environment names are `DEVICETRAIL_` and the key in capitals (`DEVICETRAIL_DATABASE`).
    Raises Unavailable when there is none or it is newer, Misuse when a value or key is wrong.
    """
    path = data / SETTINGS_FILE
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise Unavailable(NOT_INITIALISED, path=data) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise Misuse(SETTINGS_BAD, path=path, detail=wrong) from wrong
    found = values.get("format", FORMAT_VERSION)
    if isinstance(found, int) and found > FORMAT_VERSION:
        raise Unavailable(DATA_NEWER, path=data, found=found, supported=FORMAT_VERSION)
    return made(values, path)


def made(values: Mapping[str, Any], path: Path) -> Settings:
    """Settings from values and the environment, which wins. `path` is named in errors.

    Raises Misuse when a value or key is wrong.
    """
    given = {
        key: value
        for key in Settings.model_fields
        if (value := os.environ.get(f"DEVICETRAIL_{key.upper()}")) is not None
    }
    try:
        return Settings.model_validate({**values, **given})
    except ValidationError as wrong:
        detail = "; ".join(
            f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}"
            for error in wrong.errors()
        )
        raise Misuse(SETTINGS_BAD, path=path, detail=detail) from wrong


def write(data: Path, settings: Settings) -> None:
    """Write the settings file of a new data directory: what was chosen, not what is default.

    Raises FileExistsError if there is one."""
    import tomlkit

    document = tomlkit.document()
    document.add(tomlkit.comment("DeviceTrail settings. Unknown keys are refused."))
    chosen = settings.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    for key, value in {"format": settings.format, **chosen}.items():
        document[key] = value
    with (data / SETTINGS_FILE).open("x", encoding="utf-8") as file:
        file.write(tomlkit.dumps(document))


def database_url(data: Path, settings: Settings) -> str:
    return settings.database or f"sqlite:///{data / 'devicetrail.db'}"


def originals_dir(data: Path, settings: Settings) -> Path:
    return settings.originals or data / "originals"


def key_dir(data: Path, settings: Settings) -> Path:
    return settings.key_dir or data / "keys"


def passphrase(data: Path, settings: Settings) -> bytes:
    """The passphrase of the signing key, from the environment or the passphrase file."""
    if given := os.environ.get(PASSPHRASE_ENV):
        return given.encode()
    path = settings.passphrase_file or data / PASSPHRASE_FILE
    try:
        return path.read_bytes().strip()
    except OSError:
        raise Unavailable(PASSPHRASE_MISSING, path=path) from None
