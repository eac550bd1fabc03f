"""Typed readers of the environment for `grader.settings`: each refuses a bad value by name and says what would do.

A reader that is given nothing returns its default. A secret may also come from a file (`NAME_FILE`), and where
neither is given it is made once and kept under GRADER_HOME, so that one machine needs no set-up.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def text(name: str, default: str = "") -> str:
    """The variable as it is, trimmed; `NAME_FILE` names a file to read instead."""
    if name in os.environ:
        return os.environ[name].strip()
    file = os.environ.get(f"{name}_FILE", "").strip()
    if not file:
        return default
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise ImproperlyConfigured(f"{name}_FILE={file!r}: {problem.strerror or problem}.") from problem


def flag(name: str, default: bool = False) -> bool:
    raw = text(name).lower()
    if not raw:
        return default
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name}={raw!r} is neither yes nor no. Write 1 or 0.")


def integer(name: str, default: int, *, least: int = 0) -> int:
    raw = text(name)
    if not raw:
        return default
    try:
        value = int(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={raw!r} is not a whole number.") from None
    if value < least:
        raise ImproperlyConfigured(f"{name}={value} is too small. The least is {least}.")
    return value


def choice(name: str, default: str, among: tuple[str, ...]) -> str:
    raw = text(name) or default
    if raw not in among:
        raise ImproperlyConfigured(f"{name}={raw!r} must be one of {', '.join(among)}.")
    return raw


def words(name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """A list separated by commas."""
    raw = text(name)
    return tuple(word.strip() for word in raw.split(",") if word.strip()) if raw else default


def seconds(name: str, default: tuple[float, ...]) -> tuple[float, ...]:
    """A list of waits, separated by commas."""
    try:
        found = tuple(float(word) for word in words(name)) or default
    except ValueError:
        raise ImproperlyConfigured(f"{name}={text(name)!r} is no list of seconds. Write 5,300,1800, say.") from None
    if not all(0 <= one < 10**7 for one in found):
        raise ImproperlyConfigured(f"{name}={text(name)!r}: each wait is between 0 and 10000000 seconds.")
    return found


def networks(name: str) -> tuple[Network, ...]:
    """A list of address ranges such as 10.1.0.0/16."""
    found = []
    for word in words(name):
        try:
            found.append(ipaddress.ip_network(word))
        except ValueError:
            raise ImproperlyConfigured(f"{name} holds {word!r}, which is no address range. Write 10.1.0.0/16, say.") from None
    return tuple(found)


def folder(name: str, default: Path) -> Path:
    return Path(text(name) or default).expanduser().absolute()


def secret(name: str, home: Path) -> str:
    """A secret given by the environment or a file; else made once and kept in `home/secrets`, readable by us alone."""
    given = text(name)
    if given:
        if len(given) < 32:
            raise ImproperlyConfigured(f"{name} has {len(given)} characters. Give at least 32 random ones.")
        return given
    kept = home / "secrets" / name.lower()
    try:
        if not kept.exists():
            _keep(kept, secrets.token_urlsafe(48))
        return kept.read_text(encoding="ascii").strip()
    except OSError as problem:
        raise ImproperlyConfigured(
            f"{name} is not set and {kept} can't be used ({problem.strerror}). Set {name}, or a GRADER_HOME that can be written."
        ) from problem


def _keep(path: Path, value: str) -> None:
    """Whole or not at all, and the first of two processes that start together wins (a link can't replace a file)."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(value, encoding="ascii")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def database(name: str, default: str) -> dict[str, str]:
    """NAME, USER, PASSWORD, HOST, PORT of a postgresql:// address; `?host=/folder` means a unix socket in that folder."""
    raw = text(name) or default
    parts = urlsplit(raw)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host:5432/name. Only Postgres will do.")
    unknown = sorted(set(query) - {"host", "sslmode", "sslrootcert"})
    if unknown:
        raise ImproperlyConfigured(f"{name} has unknown options: {', '.join(unknown)}. Known are host, sslmode, sslrootcert.")
    try:
        port = str(parts.port or "")
    except ValueError:
        raise ImproperlyConfigured(f"{name} has a port that is no number.") from None
    found = {
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host") or unquote(parts.hostname or ""),
        "PORT": port,
    }
    return found | {key: query[key] for key in ("sslmode", "sslrootcert") if key in query}


def redis(name: str, default: str) -> str:
    """A Redis address as Celery wants it: redis://, rediss:// or redis+socket:// (unix:// is taken as the same)."""
    raw = text(name) or default
    scheme, _, rest = raw.partition("://")
    if scheme == "unix":
        scheme, rest = "redis+socket", rest.replace("db=", "virtual_host=")
    if scheme not in {"redis", "rediss", "redis+socket"} or not rest:
        raise ImproperlyConfigured(f"{name} must be redis://host:6379/0, rediss://… or redis+socket:///path/of/socket.")
    return f"{scheme}://{rest}"


def given_by_file(path: Path) -> None:
    """Take `NAME=value` lines of `path` for names that the environment lacks: `./dev up` tells other commands this way."""
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        name, separator, value = line.partition("=")
        if separator and not line.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip())
