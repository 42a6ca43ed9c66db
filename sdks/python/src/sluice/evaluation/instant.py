"""Instants."""

from __future__ import annotations

import re

_FORM = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))"
)
_DAYS_OF_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def parse_instant(text: str) -> int | None:
    """Milliseconds since 1970-01-01T00:00:00Z of an RFC 3339 date-time with its zone; None where it does not parse.

    Fractions count to the millisecond, further digits are cut. Second 60 and dates that do not exist do not parse.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(match[at]) for at in range(1, 7))
    zone_hour, zone_minute = int(match[9] or 0), int(match[10] or 0)
    if not 1 <= month <= 12 or not 1 <= day <= _days_of_month(year, month):
        return None
    if hour > 23 or minute > 59 or second > 59 or zone_hour > 23 or zone_minute > 59:
        return None
    zone_minutes = (zone_hour * 60 + zone_minute) * (-1 if match[8] == "-" else 1)
    minutes = (_days_since_1970(year, month, day) * 24 + hour) * 60 + minute - zone_minutes
    return (minutes * 60 + second) * 1000 + int((match[7] or "")[:3].ljust(3, "0"))


def _days_of_month(year: int, month: int) -> int:
    is_leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
    return 29 if month == 2 and is_leap else _DAYS_OF_MONTH[month - 1]


def _days_since_1970(year: int, month: int, day: int) -> int:
    """Days of the proleptic Gregorian calendar, year 0 included, which `datetime` has not.

    Source: Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil.
    """
    y = year - 1 if month <= 2 else year
    era, year_of_era = divmod(y, 400)
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468
