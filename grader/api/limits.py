"""How often a token may ask and a student may hand in, counted in Redis by the minute.

Redis may be wiped or away: then everybody is let in, since work must never be lost to a counter. The headers are those of the
IETF's draft "RateLimit header fields for HTTP" (11).
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from functools import lru_cache

import redis
from django.conf import settings

from grader.api.problems import Problem

log = logging.getLogger(__name__)

WINDOW_S = 60
TROUBLE_S = 5.0  # so long Redis is not asked again after it failed
_asked_in_vain_at = -TROUBLE_S


@dataclass(frozen=True)
class Limit:
    name: str
    quota: int  # in a minute


@dataclass(frozen=True)
class Rate:
    """How far a limit is used up."""

    limit: Limit
    used: int
    resets_s: int

    @property
    def over(self) -> bool:
        return self.used > self.limit.quota

    def headers(self) -> dict[str, str]:
        left = max(0, self.limit.quota - self.used)
        return {
            "RateLimit-Policy": f'"{self.limit.name}";q={self.limit.quota};w={WINDOW_S}',
            "RateLimit": f'"{self.limit.name}";r={left};t={self.resets_s}',
        }


def of_tokens() -> Limit:
    return Limit("token", settings.GRADER_API_RATE)


def of_students() -> Limit:
    return Limit("student", settings.GRADER_API_STUDENT_RATE)


def count(key: str, limit: Limit) -> Rate | None:
    """Count one request. None where nothing is counted: the limit is 0, or Redis is away."""
    global _asked_in_vain_at
    if not limit.quota or time.monotonic() - _asked_in_vain_at < TROUBLE_S:
        return None
    now = int(time.time())
    name = f"api:{limit.name}:{key}:{now // WINDOW_S}"
    try:
        pipe = _redis().pipeline(transaction=False)
        pipe.incr(name)
        pipe.expire(name, 2 * WINDOW_S)
        used = int(pipe.execute()[0])
    except redis.RedisError as problem:
        log.warning("the API counts nothing: %s", problem)
        _asked_in_vain_at = time.monotonic()
        return None
    return Rate(limit, used, WINDOW_S - now % WINDOW_S)


def problem(rate: Rate) -> Problem:
    return Problem("rate.limited", headers={"Retry-After": str(rate.resets_s), **rate.headers()})


@lru_cache(maxsize=1)
def _redis() -> redis.Redis:
    url = settings.REDIS_URL
    if url.startswith("redis+socket://"):
        url = "unix://" + url.removeprefix("redis+socket://").replace("virtual_host=", "db=")
    return redis.Redis.from_url(url, socket_timeout=0.3, socket_connect_timeout=0.3)
