from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.files.duty_log import DutyLog, LogOptions, load_duty_log
from app.files.faults import InvalidFile
from app.files.log_spans import GivenSpan
from app.scheduling.acgme.intervals import InvalidInterval, InvalidTimelineError
from app.scheduling.acgme.kinds import KINDS
from app.scheduling.acgme.timeline import NO_NIGHT

HEAD = "person,pgy,kind,start,end,zone,rotation"
NY = "America/New_York"
UNTIL = date(2026, 7, 28)

Load = Callable[..., DutyLog]
Faults = Callable[..., list[str]]


def row(
    start: str,
    end: str,
    *,
    person: str = "ada",
    pgy: object = 1,
    kind: str = "in_house",
    zone: str = NY,
    rotation: str = "WARD",
) -> str:
    return f"{person},{pgy},{kind},{start},{end},{zone},{rotation}"


def day(number: int, **other: Any) -> str:
    """Return a day shift in July 2026, 06:00 to 18:00."""
    return row(f"2026-07-{number:02}T06:00", f"2026-07-{number:02}T18:00", **other)


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    monkeypatch.chdir(tmp_path)

    def load(*rows: str, head: str = HEAD, **options: Any) -> DutyLog:
        Path("log.csv").write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
        return load_duty_log(Path("log.csv"), LogOptions(**({"until": UNTIL} | options)))

    return load


@pytest.fixture
def faults(load: Load) -> Faults:
    def faults(*rows: str, **options: Any) -> list[str]:
        with pytest.raises(InvalidFile) as caught:
            load(*rows, **options)
        return [str(fault) for fault in caught.value.faults]

    return faults


def spans(log: DutyLog) -> list[tuple[str, str, str, str]]:
    line, found = log.timeline, log.timeline.spans
    return [
        (
            line.people[found.person[n]].id,
            line.rotations[found.rotation[n]],
            line.day(found.first[n]).isoformat(),
            line.day(found.last[n]).isoformat(),
        )
        for n in range(len(found.person))
    ]


def doubts(log: DutyLog) -> list[str]:
    return [found.message for found in log.findings]


def test_a_log_is_a_timeline(load: Load) -> None:
    log = load(
        "r1,Ana,2,call,2026-07-01T07:00,2026-07-02T07:00,America/New_York,ICU,2026-07-01,,",
        "r1,,2,transition,2026-07-02T07:00,2026-07-02T11:00,America/New_York,ICU,,,true",
        "r1,,2,moonlighting_external,2026-07-04T08:00,2026-07-04T20:00,America/New_York,,,FALSE,",
        "r1,,,leave,2026-07-06,2026-07-08,,,,,",
        head="person,name,pgy,kind,start,end,zone,rotation,call_night,approved,new_care",
        until=date(2026, 7, 9),
    )

    line = log.timeline
    assert line.basis == "record"
    assert [(one.id, one.name, one.zone) for one in line.people] == [("r1", "Ana", NY)]
    kinds = [str(KINDS[kind]) for kind in line.kind]
    assert kinds == ["call", "transition", "moonlighting_external"]
    assert [(end - start) // 60 for start, end in zip(line.start, line.end, strict=True)] == (
        [24, 4, 12]
    )
    assert line.call_night.tolist() == [0, NO_NIGHT, NO_NIGHT]
    assert line.flags.tolist() == [0, 1, 2]
    assert line.pgy.tolist() == [2, 2, 2]
    assert line.references == ("log.csv:2", "log.csv:3", "log.csv:4")
    assert line.leave[0].nonzero()[0].tolist() == [5, 6, 7]
    assert spans(log) == [("r1", "ICU", "2026-07-01", "2026-07-09")]
    assert log.findings == ()
    assert len(log.sha256) == 64


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + HEAD + "\n" + day(1),
        (HEAD + "\n" + day(1)).replace(",", ";"),
        (
            "Zone,End,START,Kind,PGY,Rotation,Person\r\n"
            f"{NY},2026-07-01T18:00,2026-07-01T06:00,in_house,1,WARD,ada\r\n\r\n"
        ),
        HEAD.replace("rotation", "rotation,Call Night,") + "\n" + day(1) + ",,",
    ],
)
def test_bytes_delimiters_and_columns_in_any_order(tmp_path: Path, text: str) -> None:
    path = tmp_path / "log.csv"
    path.write_text(text, encoding="utf-8", newline="")

    log = load_duty_log(path, LogOptions(until=UNTIL))

    assert spans(log) == [("ada", "WARD", "2026-07-01", "2026-07-28")]
    assert len(log.timeline) == 1


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (day(1, person=""), "log.csv:2: column person: the person is missing"),
        (day(1, pgy=10), "log.csv:2: ada: column pgy: '10' is no postgraduate year: write 1 to 9"),
        (day(1, pgy="PGY-1"), "column pgy: 'PGY-1' is no postgraduate year"),
        (day(1, pgy=""), "log.csv:2: ada: column pgy: the PGY is missing"),
        (day(1, kind="In House"), "kind 'In House' is unknown: did you mean 'in_house'"),
        (day(1, kind="moonlighting"), "did you mean 'moonlighting_internal'"),
        (day(1, kind=""), "log.csv:2: ada: column kind: the kind is missing"),
        (day(1, zone="America/NewYork"), "is unknown: did you mean 'America/New_York'"),
        (day(1, zone="america/new_york"), "is unknown: did you mean 'America/New_York'?"),
        (day(1, zone="../etc/passwd"), "log.csv:2: ada: column zone: zone '../etc/passwd' is unkn"),
        (day(1, zone=""), "column zone: the zone is missing: write one such as America/New_York"),
        (row("", "2026-07-01T18:00"), "log.csv:2: ada: column start: the time is missing: write"),
        (row("2026-07-01T06:00", "6 pm"), "log.csv:2: ada: column end: '6 pm' is no time: write"),
        (
            row("2026-07-01T06:00:30", "2026-07-01T18:00"),
            "log.csv:2: ada: column start: 2026-07-01T06:00:30 has seconds: round to whole min",
        ),
        (
            row("2026-07-02T06:00", "2026-07-01T18:00"),
            "log.csv:2: ada: column end: in_house ends before its start",
        ),
        (
            row("2026-07-02T06:00", "2026-07-02T06:00"),
            "log.csv:2: ada: column end: in_house ends at its start",
        ),
        (
            row("2026-11-01T01:45", "2026-11-01T01:15"),
            "column end: in_house ends before its start: add the offset, such as -05:00",
        ),
        (
            row("2026-07-01T06:00", "2026-07-08T06:30"),
            "log.csv:2: ada: column end: in_house lasts 168 h 30 min, more than 7 days: split it",
        ),
        (
            row("2026-07-01T06:00", "2026-07-03", kind="leave"),
            "log.csv:2: ada: column start: 2026-07-01T06:00 is no whole day, as leave is: write",
        ),
        (
            row("2026-07-09", "2026-07-03", kind="leave"),
            "log.csv:2: ada: column end: the leave ends on 2026-07-03, before its start 2026-07-09",
        ),
        (
            row("2026-07-09T00:00", "2026-07-09T00:00", kind="leave"),
            "column end: the leave ends on 2026-07-08, before its start 2026-07-09",
        ),
        (
            row("2026-07-09", "2029-07-09", kind="leave"),
            "column end: the leave lasts 1097 days, more than a year: split it",
        ),
        (row("2026-07-09", "July", kind="leave"), "column end: 'July' is no day: write it as"),
        (row("", "", kind="leave"), "log.csv:2: ada: column start: the day is missing: write it"),
        (row("2026-07-01T25:00", "2026-07-09", kind="leave"), "there is no time 2026-07-01T25:00"),
        (
            row("2026-07-09", "2026-07-09", kind="leave", zone="Mars"),
            "log.csv:2: ada: column zone: zone 'Mars' is unknown",
        ),
        (day(1) + ",x", "log.csv:2: the row has 8 columns, the header has 7"),
        (day(1, rotation='"WARD'), "log.csv:2: this is not CSV: unexpected end of data"),
    ],
)
def test_what_is_wrong_in_a_row(faults: Faults, line: str, expected: str) -> None:
    (found,) = [fault for fault in faults(line) if expected in fault]

    assert found.startswith("log.csv:2: ")


def test_everything_that_is_wrong_is_listed_at_once(faults: Faults) -> None:
    assert faults(
        day(1, kind="ward", pgy=0, zone="Mars"),
        day(2),
        "ben,1,in_house",
        row("2026-07-03T06:00", "2026-07-03T05:00", person="eve"),
        day(4, person="zoe", rotation=""),
        until=None,
    ) == [
        (
            "log.csv:2: ada: column kind: kind 'ward' is unknown: known are admin, call, "
            "conference, education, home_call, home_call_activity, home_call_in, in_house, …"
        ),
        "log.csv:2: ada: column pgy: '0' is no postgraduate year: write 1 to 9",
        next(text for text in faults(day(1, zone="Mars")) if "zone" in text),
        "log.csv:4: the row has 3 columns, the header has 7",
        "log.csv:5: eve: column end: in_house ends before its start",
        (
            "log.csv:6: zoe: no row names a rotation: name it, or give --span "
            "PERSON:ROTATION:START:END"
        ),
    ]


def test_flags_and_call_nights(faults: Faults, load: Load) -> None:
    head = HEAD + ",call_night,approved,new_care"
    assert faults(
        day(1, kind="call") + ",2026-07-03,maybe,1",
        day(2, kind="call") + ",yesterday,,",
        head=head,
    ) == [
        "log.csv:2: ada: column approved: 'maybe' is neither true nor false",
        "log.csv:2: ada: column new_care: '1' is neither true nor false",
        (
            "log.csv:2: ada: column call_night: 2026-07-03 is no night of call from 2026-07-01 to "
            "2026-07-01"
        ),
        "log.csv:3: ada: column call_night: 'yesterday' is no day: write it as 2026-07-01",
    ]
    log = load(day(1) + ",2026-07-01,,", head=head)
    assert "call_night 2026-07-01 is passed over: the kind is in_house" in doubts(log)[0]
    assert log.timeline.call_night.tolist() == [NO_NIGHT]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (HEAD + ",night", "log.csv:1: column 'night' is unknown: did you mean 'call_night'?"),
        (HEAD + ",aproved", "log.csv:1: column 'aproved' is unknown: did you mean 'approved'?"),
        (HEAD + ",Start", "log.csv:1: column 'Start' is there twice: rename one"),
        (HEAD + ",", "log.csv:1: column 8 has values but no name: name it"),
        (HEAD.replace("zone", "tz") + ",x", "log.csv:1: column 'zone' is missing: a log has pers"),
    ],
)
def test_columns_must_be_known(faults: Faults, head: str, expected: str) -> None:
    assert [fault for fault in faults(day(1) + ",x", head=head) if expected in fault]


def test_files_that_are_no_log(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    for content, expected in (
        (b"", "the table has no header row"),
        (HEAD.encode(), "there are no rows under the header"),
        (b"\xff\xfe" + HEAD.encode("utf-16-le"), "the text is UTF-16, not UTF-8: save it as CSV"),
        (HEAD.encode() + b"\n\xe4", "log.csv:2: the text is not UTF-8: save it as CSV UTF-8"),
        (b"\x00" * 1000, "is missing"),
        (b"a" * 200_000, "this is not CSV: field larger than field limit"),
        (b'"', "this is not CSV"),
        (HEAD.encode() + b"\n" + b"x" * 100 * 100 + b"\n" * 10, "the row has 1 columns"),
    ):
        path.write_bytes(content)
        with pytest.raises(InvalidFile) as caught:
            load_duty_log(path, LogOptions(until=UNTIL))
        assert expected in str(caught.value)


def test_the_faults_of_a_hopeless_file_end(faults: Faults) -> None:
    found = faults(*[day(1, kind="x", pgy="x")] * 5000)

    assert len(found) == 1001
    assert "more than 1000 faults" in found[-1]


# Rotation spans


def test_a_rotation_runs_to_the_day_before_the_next(load: Load) -> None:
    log = load(
        day(1),
        day(5),
        day(15, rotation="ICU"),
        row("2026-07-20", "2026-07-21", kind="leave", rotation=""),
        day(22, rotation="", kind="moonlighting_internal"),
        day(22, person="ben", rotation="ICU"),
    )

    assert spans(log) == [
        ("ada", "WARD", "2026-07-01", "2026-07-14"),
        ("ada", "ICU", "2026-07-15", "2026-07-28"),
        ("ben", "ICU", "2026-07-22", "2026-07-28"),
    ]


def test_a_rotation_may_begin_with_leave_and_come_again(load: Load) -> None:
    log = load(
        row("2026-07-01", "2026-07-03", kind="leave"),
        day(4),
        day(10, rotation="ICU"),
        day(17),
    )

    assert spans(log) == [
        ("ada", "WARD", "2026-07-01", "2026-07-09"),
        ("ada", "ICU", "2026-07-10", "2026-07-16"),
        ("ada", "WARD", "2026-07-17", "2026-07-28"),
    ]


def test_stated_spans_override_rows(load: Load) -> None:
    icu = GivenSpan("ada", "ICU", date(2026, 7, 13), date(2026, 7, 19))
    log = load(
        day(1),
        day(12),
        day(14, rotation="ICU"),
        day(16, rotation="CLINIC"),
        day(20),
        spans=(icu,),
    )

    assert spans(log) == [
        ("ada", "WARD", "2026-07-01", "2026-07-12"),
        ("ada", "ICU", "2026-07-13", "2026-07-19"),
        ("ada", "WARD", "2026-07-20", "2026-07-28"),
    ]
    assert not [text for text in doubts(log) if "interrupts" in text]


def test_a_stated_last_span_needs_no_until(load: Load) -> None:
    ward = GivenSpan("ada", "WARD", date(2026, 7, 1), date(2026, 7, 7))

    log = load(day(1), day(7), spans=(ward,), until=None)

    assert spans(log) == [("ada", "WARD", "2026-07-01", "2026-07-07")]


def test_a_gap_between_spans_with_duty_in_it(faults: Faults) -> None:
    given = (
        GivenSpan("ada", "WARD", date(2026, 7, 2), date(2026, 7, 10)),
        GivenSpan("ada", "ICU", date(2026, 7, 12), date(2026, 7, 28)),
    )
    mend = "name the rotation in the row, or give --span PERSON:ROTATION:START:END"

    assert faults(
        day(1, rotation=""),
        day(3),
        day(11, rotation=""),
        day(29, rotation=""),
        day(14, rotation="ICU"),
        spans=given,
        until=None,
    ) == [
        f"log.csv:2: ada: no rotation covers duty on 2026-07-01: {mend}",
        f"log.csv:4: ada: no rotation covers duty on 2026-07-11: {mend}",
        f"log.csv:5: ada: no rotation covers duty on 2026-07-29: {mend}",
    ]


def test_duty_before_the_first_rotation_and_after_the_last_day(faults: Faults) -> None:
    assert faults(
        day(1, rotation="", kind="moonlighting_external"), day(2), day(29), until=UNTIL
    ) == [
        (
            "log.csv:2: ada: no rotation covers duty on 2026-07-01: name the rotation in the row, "
            "or give --span PERSON:ROTATION:START:END"
        ),
        "log.csv:4: ada: duty on 2026-07-29 is after --until 2026-07-28: give a later day",
    ]


def test_two_rotations_that_begin_on_one_day(faults: Faults) -> None:
    afternoon = row("2026-07-02T13:00", "2026-07-02T17:00", rotation="CLINIC")
    assert faults(
        day(1), row("2026-07-02T06:00", "2026-07-02T12:00", rotation="ICU"), afternoon
    ) == [
        (
            "log.csv:4: ada: 'CLINIC' begins on 2026-07-02, as 'ICU' does on line 3: write the "
            "rotation that the day belongs to, or give --span PERSON:ROTATION:START:END"
        )
    ]


def test_the_last_rotation_needs_an_end(faults: Faults) -> None:
    assert faults(day(1), until=None) == [
        (
            "log.csv: nothing says when ada's last rotation 'WARD' ends: "
            "give --until DATE, its last day"
        )
    ]
    assert (
        "when the last rotations of 2 people end"
        in faults(day(1), day(1, person="ben"), until=None)[0]
    )


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (
            GivenSpan("adda", "WARD", date(2026, 7, 1), date(2026, 7, 9)),
            (
                "--span adda:WARD:2026-07-01:2026-07-09: person 'adda' is not in the log: did you "
                "mean 'ada'?"
            ),
        ),
        (
            GivenSpan("ada", "WARD", date(2026, 7, 20), date(2026, 7, 29)),
            "2026-07-20 is a day of --span ada:WARD:2026-07-10:2026-07-20 too",
        ),
    ],
)
def test_spans_that_fit_nowhere(faults: Faults, span: GivenSpan, expected: str) -> None:
    first = GivenSpan("ada", "WARD", date(2026, 7, 10), date(2026, 7, 20))

    (found,) = faults(day(1), day(12), spans=(first, span))

    assert expected in found


def test_a_rotation_that_no_row_names_is_doubted(load: Load) -> None:
    log = load(day(1), spans=(GivenSpan("ada", "WRD", date(2026, 7, 1), UNTIL),))

    assert "no row names the rotation 'WRD': did you mean 'WARD'?" in doubts(log)[0]
    assert spans(log)[0][1] == "WRD"


def test_a_few_days_of_another_rotation_are_doubted(load: Load) -> None:
    log = load(day(1), day(8, rotation="CLINIC"), day(9), day(15))

    assert [text for text in doubts(log) if "interrupts" in text] == [
        (
            "log.csv:3: ada: 'CLINIC' interrupts 'WARD' for 1 day on 2026-07-08: hours are "
            "averaged before, during and after it; if they belong together, give --span "
            "PERSON:ROTATION:START:END"
        )
    ]


def test_days_without_a_row_are_doubted_and_leave_is_not(load: Load) -> None:
    leave = row("2026-07-02", "2026-07-12", kind="leave", rotation="")
    log = load(day(1), leave, day(13))

    assert doubts(log) == [
        (
            "log.csv:4: ada: nothing is logged from 2026-07-14 to 2026-07-28, 15 days of 'WARD': "
            "they lower its averages; log leave, or give --span PERSON:ROTATION:START:END"
        )
    ]
    assert doubts(load(day(1), day(9), day(17), day(25))) == []
    assert (
        "from 2026-07-02 to 2026-07-09, 8 days"
        in doubts(load(day(1), day(10), day(18), day(26)))[0]
    )


# Oddities that are read


def test_overlaps_name_both_lines(load: Load) -> None:
    log = load(
        day(1),
        row("2026-07-01T13:00", "2026-07-01T17:00", kind="education"),
        day(1),
        row("2026-07-01T18:00", "2026-07-01T20:00"),
        until=date(2026, 7, 7),
    )

    assert doubts(log) == [
        (
            "log.csv:3: ada: education from 2026-07-01T13:00 overlaps in_house on line 2, until "
            "2026-07-01T18:00: hours count once"
        ),
        "log.csv:4: ada: is the same in_house as line 2: it is counted once",
    ]
    assert {found.severity for found in log.findings} == {"warning"}
    assert {(found.rule, found.person) for found in log.findings} == {("log", "ada")}
    assert [found.source for found in log.findings] == ["log.csv:3", "log.csv:4"]


def test_home_call_lies_beneath_its_activity(load: Load) -> None:
    call = row("2026-07-01T17:00", "2026-07-02T08:00", kind="home_call")
    log = load(
        day(1),
        call,
        row("2026-07-01T21:00", "2026-07-01T22:00", kind="home_call_activity"),
        call,
        until=date(2026, 7, 7),
    )

    assert doubts(log) == ["log.csv:5: ada: is the same home_call as line 3: it is counted once"]


def test_forty_hours_on_end_are_doubted(load: Load) -> None:
    log = load(
        row("2026-07-01T07:00", "2026-07-02T11:00"),
        row("2026-07-03T07:00", "2026-07-04T23:00"),
        row("2026-07-05T17:00", "2026-07-07T08:00", kind="home_call"),
        until=date(2026, 7, 7),
    )

    assert doubts(log) == ["log.csv:3: ada: in_house lasts 40 h on end: is its end right?"]
    assert log.timeline.end[1] - log.timeline.start[1] == 40 * 60


def test_clock_changes_are_told(load: Load) -> None:
    spring = load(row("2027-03-14T02:30", "2027-03-14T12:00"), until=date(2027, 3, 14))
    autumn = load(row("2026-10-31T18:00", "2026-11-01T01:30"), until=date(2026, 11, 1))
    second = load(row("2026-10-31T18:00", "2026-11-01T01:30-05:00"), until=date(2026, 11, 1))

    assert doubts(spring) == [
        (
            "log.csv:2: ada: start 2027-03-14T02:30 was skipped by the clock of America/New_York: "
            "it is read as 2027-03-14T03:30-04:00"
        )
    ]
    assert doubts(autumn) == [
        (
            "log.csv:2: ada: end 2026-11-01T01:30 came twice in America/New_York: it is read as "
            "2026-11-01T01:30-04:00, the first; the other is 2026-11-01T01:30-05:00"
        )
    ]
    assert doubts(second) == []
    lengths = [int((log.timeline.end - log.timeline.start)[0]) for log in (spring, autumn, second)]
    assert lengths == [510, 450, 510]


def test_leave_is_whole_local_days(load: Load) -> None:
    dates = load(day(1), row("2026-07-06", "2026-07-12", kind="leave"), until=date(2026, 7, 14))
    times = load(
        day(1),
        row("2026-07-06T00:00", "2026-07-13T00:00", kind="leave"),
        until=date(2026, 7, 14),
    )

    assert (dates.timeline.leave == times.timeline.leave).all()
    assert dates.timeline.leave[0].nonzero()[0].tolist() == [5, 6, 7, 8, 9, 10, 11]


def test_leave_twice_and_duty_on_leave(load: Load) -> None:
    log = load(
        day(1),
        row("2026-07-02", "2026-07-04", kind="leave", rotation=""),
        row("2026-07-03", "2026-07-05", kind="leave", rotation=""),
        row("2026-07-03", "2026-07-03", kind="leave", rotation=""),
        day(4, kind="moonlighting_external", rotation=""),
        row("2026-08-06", "2026-08-07", kind="leave", rotation=""),
        until=date(2026, 7, 7),
    )

    assert doubts(log) == [
        "log.csv:4: ada: is leave from 2026-07-03, as line 3 says",
        "log.csv:5: ada: is leave from 2026-07-03, as line 4 says",
        "log.csv:6: ada: moonlighting_external on 2026-07-04, a day of leave by line 4",
        "log.csv:7: ada: leave from 2026-08-06 to 2026-08-07 lies in no rotation: it is idle",
    ]
    assert [found.severity for found in log.findings] == ["warning", "warning", "info", "warning"]


def test_somebody_who_was_only_on_leave(load: Load) -> None:
    away = row("2026-07-01", "2026-07-28", person="ben", kind="leave", rotation="")

    log = load(day(1), away, until=date(2026, 7, 7))

    assert doubts(log) == ["log.csv:3: ben: has leave and no duty: there is nothing to verify"]


def test_the_year_of_training_never_goes_back(faults: Faults, load: Load) -> None:
    assert faults(day(2, pgy=1), day(1, pgy=2), day(3, pgy=1)) == [
        "log.csv:2: ada: PGY 1 comes after PGY 2 on line 3: one of them is wrong"
    ]
    assert load(day(1, pgy=1), day(2, pgy=2), until=date(2026, 7, 7)).timeline.pgy.tolist() == [
        1,
        2,
    ]


def test_a_wrong_year_is_named(faults: Faults) -> None:
    (found,) = faults(day(1), row("2062-07-02T06:00", "2062-07-02T18:00"), until=date(2062, 7, 9))

    assert found == (
        "log.csv:3: ada: 2062-07-02 is more than three years after 2026-07-01 on line 2: one of "
        "the years is wrong, or split the log"
    )


def test_two_names_for_one_id(load: Load) -> None:
    head = HEAD + ",name"
    log = load(day(1) + ",Ana", day(2) + ",Anna", day(3) + ",", head=head, until=date(2026, 7, 7))

    assert doubts(log) == ["log.csv:3: ada: is called 'Anna' here and 'Ana' before: that one holds"]
    assert log.timeline.people[0].label == "Ana"


# Zones


def test_home_is_where_most_rows_are(load: Load) -> None:
    west = "America/Los_Angeles"
    rows = (day(1, zone=west), day(2), day(3))

    assert load(*rows).timeline.people[0].zone == NY
    assert load(day(1, zone=west), day(2)).timeline.people[0].zone == west
    assert load(*rows, zone="America/Chicago").timeline.people[0].zone == "America/Chicago"


def test_days_are_those_at_home(load: Load) -> None:
    late = row("2026-07-01T22:00", "2026-07-02T06:00", zone="America/Los_Angeles", rotation="ICU")

    log = load(day(1, zone=NY), day(3, zone=NY, rotation="ICU"), late)

    assert spans(log)[1] == ("ada", "ICU", "2026-07-02", "2026-07-28")


def test_specialties_of_rotations(load: Load, faults: Faults) -> None:
    log = load(day(1), day(9, rotation="ED"), specialties={"ED": "Emergency medicine"})

    assert dict(zip(log.timeline.rotations, log.timeline.specialties, strict=True)) == {
        "WARD": "",
        "ED": "Emergency medicine",
    }
    assert faults(day(1), specialties={"WRD": "x"}) == [
        "--specialty WRD: no rotation is called so: did you mean 'WARD'?"
    ]


def test_what_the_timeline_refuses_is_a_fault_with_its_line(
    faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        wrong = [InvalidInterval("interval", 1, "no"), InvalidInterval("span", 0, "never")]
        raise InvalidTimelineError(wrong)

    monkeypatch.setattr("app.files.duty_log.build_timeline", refuse)

    assert faults(day(1), day(2)) == ["log.csv: never", "log.csv:3: no"]


# Damaged at random: every log is read, or refused with places


ODD = (
    *("", " ", "0", "10", "-1", "1e9", "x", "é" * 50, '"', "=1+1", "2026-07-01", "9999-12-31"),
    *("0001-01-01T00:00", "2199-12-31T23:59", "2026-11-01T01:30", "2027-03-14T02:30-05:00", "UTC"),
    *("2026-07-01T06:00+99:99", "leave", "home_call", "Asia/Kathmandu", "../../etc", "ICU", "ada"),
)


def noticed(path: Path) -> list[str]:
    """Return the file of every fault or finding, and of the log when there is none."""
    try:
        log = load_duty_log(path, LogOptions(until=UNTIL))
    except InvalidFile as error:
        return [fault.place.file for fault in error.faults]
    return [str(path), *((found.source or "").split(":")[0] for found in log.findings)]


@pytest.mark.parametrize("seed", range(20))
def test_logs_with_odd_cells_and_bytes(seed: int, tmp_path: Path) -> None:
    random = Random(seed)  # noqa: S311 - repeatable on purpose
    path = tmp_path / "log.csv"
    whole = [day(n, person=f"p{n % 3}", rotation="ABC"[n // 10]) + ",,," for n in range(1, 28)]
    head = HEAD + ",call_night,approved,new_care"
    for _ in range(20):
        cells = [line.split(",") for line in (head, *whole)]
        for _ in range(random.randrange(1, 6)):
            line = random.choice(cells)
            line[random.randrange(len(line))] = random.choice(ODD)
        content = bytearray("\n".join(",".join(line) for line in cells).encode())
        for _ in range(random.choice((0, 0, 0, 3))):
            content[random.randrange(len(content))] = random.randrange(256)
        path.write_bytes(content)
        assert set(noticed(path)) == {str(path)}
