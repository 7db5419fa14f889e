"""What is wrong or odd in a duty log, by file and line."""

from dataclasses import dataclass, field
from datetime import date

from app.files.faults import MOST_FAULTS, FileFault, InvalidFile, Place
from app.scheduling.domain.result import Finding, Severity


@dataclass(slots=True)
class LogNotes:
    """Collects everything that is noticed while a log is read.

    Parameters
    ----------
    file
        As the user knows it.
    faults
        What makes the log unusable.
    findings
        What was read, but should be looked at.
    """

    file: str
    faults: list[FileFault] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def place(self, line: int) -> Place:
        """Return the place of a line."""
        return Place(file=self.file, line=line)

    def fault(self, line: int, person: str, message: str, mend: str = "") -> None:
        """List what cannot be used.

        Raises
        ------
        InvalidFile
            When there is already more than anybody reads.
        """
        self.faults.append(FileFault(self.place(line), person, message, mend))
        if len(self.faults) > MOST_FAULTS:
            raise InvalidFile(self.faults)

    def doubt(  # noqa: PLR0913 - what a finding is made of
        self,
        line: int,
        person: str,
        name: str,
        message: str,
        *,
        day: date | None = None,
        severity: Severity = "warning",
    ) -> None:
        """List what was read as it stands, although it is odd."""
        place = self.place(line)
        self.findings.append(
            Finding(
                rule="log",
                name=name,
                severity=severity,
                person=person,
                date=day,
                message=f"{place}: {person}: {message}",
                source=str(place),
            )
        )
