from datetime import date

import pytest

from app.files.local_times import LocalTimeError, read_day, read_local_time, zones

NEW_YORK = "America/New_York"


def shown(text: str, zone: str = NEW_YORK) -> tuple[str, str]:
    time = read_local_time(text, zone)
    assert time.minutes == time.moment.timestamp() // 60
    return time.moment.isoformat(timespec="minutes"), time.oddity


@pytest.mark.parametrize(
    "text",
    ["2026-07-01T06:00", "2026-07-01 06:00", "2026-07-01T06:00:00", "2026-07-01T06:00-04:00"],
)
def test_a_time_is_read_in_its_zone(text: str) -> None:
    assert shown(text) == ("2026-07-01T06:00-04:00", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-01T01:30", ("2026-11-01T01:30-04:00", "shown twice")),
        ("2026-11-01T01:30-04:00", ("2026-11-01T01:30-04:00", "")),
        ("2026-11-01T01:30-05:00", ("2026-11-01T01:30-05:00", "")),
        ("2026-11-01T01:30-0500", ("2026-11-01T01:30-05:00", "")),
        ("2026-11-01T01:00", ("2026-11-01T01:00-04:00", "shown twice")),
        ("2026-11-01T00:59", ("2026-11-01T00:59-04:00", "")),
        ("2026-11-01T02:00", ("2026-11-01T02:00-05:00", "")),
    ],
)
def test_a_time_that_came_twice_is_the_first_unless_the_offset_says(
    text: str, expected: tuple[str, str]
) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-03-14T02:30", ("2027-03-14T03:30-04:00", "skipped")),
        ("2027-03-14T02:00", ("2027-03-14T03:00-04:00", "skipped")),
        ("2027-03-14T02:30-05:00", ("2027-03-14T03:30-04:00", "skipped")),
        ("2027-03-14T01:59", ("2027-03-14T01:59-05:00", "")),
        ("2027-03-14T03:00", ("2027-03-14T03:00-04:00", "")),
    ],
)
def test_a_time_that_was_skipped_moves_forward(text: str, expected: tuple[str, str]) -> None:
    assert shown(text) == expected


def test_zones_east_of_greenwich_and_without_changes() -> None:
    assert shown("2026-07-01T06:00Z", "UTC") == ("2026-07-01T06:00+00:00", "")
    assert shown("2026-07-01T06:00+05:45", "Asia/Kathmandu") == ("2026-07-01T06:00+05:45", "")


@pytest.mark.parametrize(
    ("text", "message", "mend"),
    [
        ("2026-07-01", "2026-07-01 has no time of day", "write it as 2026-07-01T06:00"),
        ("7/1/2026 6:00", "'7/1/2026 6:00' is no time", "write it as 2026-07-01T06:00"),
        ("2026-W27-3T06:00", "'2026-W27-3T06:00' is no time", "write it as 2026-07-01T06:00"),
        ("2026-06-31T06:00", "there is no time 2026-06-31T06:00", "write it as 2026-07-01T06:00"),
        ("2026-07-01T24:00", "there is no time 2026-07-01T24:00", "00:00 of the next day"),
        ("2026-07-01T06:00:30", "2026-07-01T06:00:30 has seconds", "round to whole minutes"),
        ("0026-07-01T06:00", "0026-07-01T06:00 lies outside the years 1990 to 2199", ""),
        (
            "2026-07-01T06:00-05:00",
            "has the offset -05:00, America/New_York is at -04:00 then",
            "write the local time, without an offset",
        ),
        ("2026-07-01T06:00Z", "America/New_York is at -04:00 then", "without an offset"),
        ("2026-11-01T01:30+00:00", "America/New_York is at -04:00 or -05:00 then", "local time"),
        ("٢026-07-01T06:00", "is no time", ""),
    ],
)
def test_what_is_no_time(text: str, message: str, mend: str) -> None:
    with pytest.raises(LocalTimeError) as caught:
        read_local_time(text, NEW_YORK)

    assert message in str(caught.value)
    assert mend in caught.value.mend


def test_days() -> None:
    assert read_day("2026-07-01") == date(2026, 7, 1)
    for text in ("2026-02-30", "20260701", "1 July", "1066-10-14"):
        with pytest.raises(LocalTimeError):
            read_day(text)


def test_zones_that_differ_between_machines_are_not_known() -> None:
    assert NEW_YORK in zones()
    assert not {"localtime", "Factory", "posixrules"} & zones()
