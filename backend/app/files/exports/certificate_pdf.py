"""A certificate as one page to sign, send and file."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Final

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import letter
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from app.files.certificate_document import Certificate
from app.files.certificate_summary import CertificateSummary, RuleRow
from app.files.exports.annual_grid import long_date
from app.files.exports.duty_report import dates
from app.files.signing import signer
from app.scheduling.acgme.words import counted, decimal

_PAGE: Final[tuple[float, float]] = letter
_WIDTH, _HEIGHT = _PAGE
_SIDE, _TOP, _BOTTOM = 42.0, 40.0, 34.0
_INNER = _WIDTH - 2 * _SIDE
_GUTTER = 18.0

_TEXT, _BOLD, _FIXED = "Helvetica", "Helvetica-Bold", "Courier"
_INK, _SOFT, _LINE, _BAND = "#1c2430", "#5a6675", "#c9d0d8", "#eef1f4"
_VERDICTS = {
    "compliant": ("#1b6b3a", "#e6f3ea"),
    "compliant with overrides": ("#8a5a00", "#fbf1dc"),
    "not compliant": ("#b3261e", "#fbe9e7"),
}
_BROKEN, _DOUBTFUL = _VERDICTS["not compliant"], _VERDICTS["compliant with overrides"]

_ROW_HEIGHTS: Final = (24.0, 21.0, 18.5, 16.5)
"""The highest at which all rules fit is taken."""
_ONE_LINE = 10.5
"""Of a row without its arithmetic, where even the lowest do not fit."""
_LEAST_NOTES = 56.0
_MOST_OPEN = 6
_FEW_OVERRIDES = 3
"""So many have room for their whole reasons."""

_RULE, _LIMIT, _WHO, _WHEN, _MEASURED = 0.0, 168.0, 268.0, 346.0, 458.0
"""Where the columns begin; what was measured and what was found are set to the right."""

_PLAIN = str.maketrans(
    "ŁłĐđıĦħØøŊŋŒœ\u2212\u2010\u2011\u2012\u2192\u2009\u202f", "LlDdiHhØøNnŒœ---–>  "
)
"""Letters that do not come apart into a letter and its accent."""


def write_certificate_page(certificate: Certificate, file: str) -> bytes:
    """Return the certificate as a PDF of one page.

    Text is in the fonts that every reader has, which are those of western Europe: other letters
    lose their accents, and somebody whose name has none of theirs is called by the id.

    Parameters
    ----------
    file
        Name of the certificate's file, which the page tells how to check.
    """
    memory = BytesIO()
    canvas = Canvas(memory, pagesize=_PAGE, invariant=True, pageCompression=True)
    summary = CertificateSummary(certificate)
    sheet = _Sheet(canvas)
    canvas.setTitle(f"Duty-hour certificate: {sheet.plain(certificate.subject.programme)}")
    canvas.setAuthor(f"Housestaff {certificate.engine_version}")
    canvas.setSubject(summary.verdict)
    _Page(sheet, summary, file).draw()
    canvas.showPage()
    canvas.save()
    return memory.getvalue()


@dataclass(frozen=True)
class _Style:
    size: float
    font: str = _TEXT
    colour: str = _INK


_HEADING = _Style(7.5, _BOLD)
_SMALL = _Style(6.3, colour=_SOFT)
_COLUMN_HEAD = _Style(7, _BOLD, _SOFT)
_HASH = _Style(6.5, _FIXED)


@dataclass
class _Sheet:
    """Text and lines on a canvas."""

    canvas: Canvas
    lossy: bool = False

    def plain(self, text: str) -> str:
        """Return text in letters that the fonts have; note when some are lost."""
        result = "".join(map(_letter, text))
        self.lossy |= result != text
        return result

    def text(self, x: float, y: float, words: str, style: _Style, width: float = _INNER) -> None:
        """Write one line, cut with an ellipsis where it is wider than `width`."""
        self.canvas.drawString(x, y, self._set(words, style, width))

    def text_to(self, x: float, y: float, words: str, style: _Style, width: float = _INNER) -> None:
        """Write one line that ends at `x`."""
        self.canvas.drawRightString(x, y, self._set(words, style, width))

    def _set(self, words: str, style: _Style, width: float) -> str:
        self.canvas.setFillColor(HexColor(style.colour))
        self.canvas.setFont(style.font, style.size)
        return _cut(self.plain(words), width, style.font, style.size)

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Fill a rectangle."""
        self.canvas.setFillColor(HexColor(colour))
        self.canvas.rect(x, y, width, height, stroke=0, fill=1)

    def line(self, x: float, y: float, width: float, weight: float = 0.4) -> None:
        """Draw a line to the right."""
        self.canvas.setStrokeColor(HexColor(_LINE))
        self.canvas.setLineWidth(weight)
        self.canvas.line(x, y, x + width, y)


def _letter(letter_: str) -> str:
    letter_ = letter_.translate(_PLAIN)
    if letter_.isprintable() and _known(letter_):
        return letter_
    base = "".join(part for part in unicodedata.normalize("NFKD", letter_) if _known(part))
    return base if base and base.isprintable() else " " if letter_.isspace() else "?"


def _known(letter_: str) -> bool:
    try:
        return bool(letter_.encode("cp1252"))
    except UnicodeEncodeError:
        return False


def _cut(words: str, width: float, font: str, size: float) -> str:
    if stringWidth(words, font, size) <= width:
        return words
    while words and stringWidth(f"{words}…", font, size) > width:
        words = words[:-1]
    return f"{words.rstrip()}…"


def _wrapped(words: str, width: float, style: _Style, most: int) -> list[str]:
    """Return lines of at most `width`; what does not fit into `most` lines is cut."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if stringWidth(longer, style.font, style.size) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > most:
        lines[most - 1 :] = [" ".join(lines[most - 1 :])]
    return lines


@dataclass(frozen=True)
class _Note:
    """A line below the table, and how far it is from the one above."""

    words: str
    style: _Style = _Style(7)
    above: float = 0.0

    @property
    def step(self) -> float:
        return self.above + self.style.size + 2


@dataclass
class _Page:
    sheet: _Sheet
    summary: CertificateSummary
    file: str
    _column: float = field(default=(_INNER - _GUTTER) / 2, init=False)

    def draw(self) -> None:
        top = self._head()
        low = self._foot()
        left, right = self._left(), self._right()
        notes = max(_height(left), _height(right))
        rows = self.summary.rows
        room = top - low - 18.0 - 8.0 * len(self._also(0))
        heights = _heights(rows, room - notes, room - min(notes, _LEAST_NOTES))
        y = self._table(top, rows[: len(heights)], heights, len(rows) - len(heights))
        for x, lines in ((0.0, left), (self._column + _GUTTER, right)):
            self._notes(_SIDE + x, y - 8, lines, y - 8 - low)
        self._imprint()

    def _head(self) -> float:
        """Draw the title and the verdict; return where the table begins."""
        sheet, certificate = self.sheet, self.summary.certificate
        right, issued = _SIDE + _INNER, certificate.issued_at
        y = _HEIGHT - _TOP - 8
        sheet.canvas.setFillColor(HexColor(_SOFT))
        sheet.canvas.setFont(_BOLD, 8)
        sheet.canvas.drawString(_SIDE, y, "DUTY-HOUR CERTIFICATE", charSpace=1.2)
        when = "" if issued is None else f"Issued {long_date(issued.date())}, {issued:%H:%M} UTC"
        sheet.text_to(right, y, when, _Style(8, colour=_SOFT))
        name = sheet.plain(certificate.subject.programme) or "Residency programme"
        size = next(
            (size for size in (20.0, 17.0, 14.0) if stringWidth(name, _BOLD, size) <= _INNER), 13.0
        )
        y -= 8
        for line in _wrapped(name, _INNER, _Style(size, _BOLD), 2):
            y -= size if size > 13 else size + 2
            sheet.text(_SIDE, y, line, _Style(size, _BOLD))
        y -= 15
        sheet.text(_SIDE, y, self.summary.subject, _Style(9, colour=_SOFT))
        strong, pale = _VERDICTS[certificate.judgement.verdict]
        y -= 40
        sheet.box(_SIDE, y, _INNER, 28, pale)
        sheet.box(_SIDE, y, 4, 28, strong)
        counts = f"Findings: {self.summary.counts}"
        room = _INNER - stringWidth(counts, _TEXT, 8) - 34
        sheet.text(_SIDE + 14, y + 10, self.summary.verdict, _Style(11.5, _BOLD, strong), room)
        sheet.text_to(right - 10, y + 10, counts, _Style(8, colour=strong))
        return y - 16

    def _table(
        self, y: float, rows: Sequence[RuleRow], heights: Sequence[float], left_out: int
    ) -> float:
        """Draw one row a rule; return where the table ends."""
        sheet = self.sheet
        heads = ((_RULE + 4, "Rule"), (_LIMIT, "Limit"), (_WHO, "Closest to it"), (_WHEN, "When"))
        for x, words in heads:
            sheet.text(_SIDE + x, y, words, _COLUMN_HEAD)
        sheet.text_to(_SIDE + _MEASURED, y, "Measured", _COLUMN_HEAD)
        sheet.text_to(_SIDE + _INNER - 4, y, "Findings", _COLUMN_HEAD)
        y -= 5
        sheet.line(_SIDE, y, _INNER, 0.8)
        for row, height in zip(rows, heights, strict=True):
            y -= height
            self._row(y, row, height)
            sheet.line(_SIDE, y, _INNER)
        for words in self._also(left_out):
            y -= 8
            sheet.text(_SIDE, y, words, _SMALL)
        return y

    def _also(self, left_out: int) -> list[str]:
        """Say which rules are not in the table, in three lines at most."""
        words = f"{counted(left_out, 'more rule')} in the file. " if left_out else ""
        if self.summary.silent:
            words += f"Nothing to judge: {', '.join(self.summary.silent)}"
        return _wrapped(self.sheet.plain(words), _INNER, _SMALL, 3) if words else []

    def _row(self, y: float, row: RuleRow, height: float) -> None:
        sheet, worst = self.sheet, row.worst
        colour = _INK
        if row.counts["error"] or row.counts["warning"] or row.accepted:
            colour, pale = _BROKEN if row.counts["error"] else _DOUBTFUL
            sheet.box(_SIDE, y, _INNER, height, pale)
        tall = height > _ONE_LINE
        base = y + (height / 2 + 1.2 if tall else 3.0)
        name = f"{row.rule.name} †" if row.unconfirmed else row.rule.name
        plain, found = _Style(7), _Style(7, _TEXT if colour == _INK else _BOLD, colour)
        sheet.text(_SIDE + 4, base, name, _Style(7.3, _BOLD), _LIMIT - 8)
        sheet.text(_SIDE + _LIMIT, base, row.limit, plain, _WHO - _LIMIT - 4)
        sheet.text(_SIDE + _WHO, base, self._who(worst.person), plain, _WHEN - _WHO - 4)
        when = dates(worst.first, worst.last)
        sheet.text(_SIDE + _WHEN, base, when, plain, _MEASURED - _WHEN - 30)
        sheet.text_to(_SIDE + _MEASURED, base, decimal(worst.measured), found)
        none = replace(plain, colour=_SOFT)
        style = found if row.counts or row.accepted else none
        sheet.text_to(_SIDE + _INNER - 4, base, row.found, style, _INNER - _MEASURED - 8)
        if tall:
            below = base - 7.6
            sheet.text(_SIDE + 4, below, row.rule.id, replace(none, size=6), _LIMIT - 8)
            sheet.text(_SIDE + _LIMIT, below, worst.message, _SMALL, _INNER - _LIMIT - 4)

    def _who(self, person: str) -> str:
        """Return somebody's name, or the id where the fonts have not its letters."""
        if not person:
            return "everybody"
        name = self.sheet.plain(self.summary.labels.get(person, person))
        return person if "?" in name else name

    def _left(self) -> list[_Note]:
        """Return by what was judged."""
        certificate = self.summary.certificate
        notes = [_Note("Judged by, with SHA-256", _HEADING)]
        for pack in certificate.law.packs:
            count, hash_ = counted(len(pack.rules), "rule"), certificate.hashes.packs[pack.name]
            notes.append(_Note(f"{pack.title} {pack.version}: {count}, {hash_[:12]}…"))
        notes += self._lines(["; ".join(self.summary.choices)], most=5)
        if self.summary.unconfirmed:
            title = "Unconfirmed numbers (†), never an error until confirmed"
            notes.append(_Note(title, _HEADING, above=4))
            notes += self._lines([", ".join(self.summary.unconfirmed)], most=4)
        return notes

    def _right(self) -> list[_Note]:
        """Return what was accepted, and what is open."""
        judgement, errors = self.summary.certificate.judgement, self.summary.open_errors
        count = f" ({len(judgement.overrides)})" if judgement.overrides else ""
        notes = [_Note(f"Overrides{count}", _HEADING)]
        if not judgement.overrides:
            notes.append(_Note("None: nothing was accepted that a rule forbids", _SMALL))
        most = 5 if len(judgement.overrides) <= _FEW_OVERRIDES else 2
        for one in judgement.overrides:
            when = dates(one.first, one.last or one.first)
            notes.append(_Note(f"{self._who(one.person)}, {one.rule}, {when}"))
            words = f"Accepted by {one.author}: {one.reason}"
            notes += self._lines([words], most=most, colour=_SOFT)
        if errors:
            heading = replace(_HEADING, colour=_BROKEN[0])
            notes.append(_Note(f"Open errors ({len(errors)})", heading, above=4))
            for found in errors[:_MOST_OPEN]:
                words = f"{self._who(found.person)}, {found.rule}: {found.message}"
                notes += self._lines([words], most=3)
            if len(errors) > _MOST_OPEN:
                notes.append(_Note(f"and {len(errors) - _MOST_OPEN} more in the file", _SMALL))
        return notes

    def _lines(self, texts: Iterable[str], *, most: int = 2, colour: str = _INK) -> list[_Note]:
        return [
            _Note(line, _Style(7, colour=colour))
            for words in texts
            for line in _wrapped(self.sheet.plain(words), self._column, _Style(7), most)
        ]

    def _notes(self, x: float, y: float, notes: Sequence[_Note], room: float) -> None:
        """Write notes one below the other, as many as fit."""
        for number, note in enumerate(notes):
            rest = sum(later.step for later in notes[number:])
            last = rest > room < note.step + 9
            words = "and more: all of it is in the file" if last else note.words
            y -= note.step
            room -= note.step
            self.sheet.text(x, y, words, _SMALL if last else note.style, self._column)
            if last:
                return

    def _foot(self) -> float:
        """Draw how to check the certificate; return where that ends, seen from below."""
        sheet, certificate = self.sheet, self.summary.certificate
        schedule = certificate.subject.schedule
        signature = certificate.signature
        lines = [("Certificate", certificate.hashes.document)]
        if schedule is not None:
            lines.append(("Schedule", f"{schedule.sha256}  {schedule.file}"))
        if signature is None:
            lines.append(("Not signed", "nothing says who made it; certify --sign-key signs"))
        else:
            lines.append(("Signed by key", signer(signature)))
        height, width = 30.0 + 9 * len(lines), _INNER - 78
        y = _BOTTOM + 12
        sheet.box(_SIDE, y, _INNER, height, _BAND)
        at = y + height - 12
        sheet.text(_SIDE + 8, at, "To check it", _HEADING)
        key = "" if signature is None else " --key PUBLIC.pem"
        command = f"housestaff verify-certificate {self.file}{key}"
        sheet.text(_SIDE + 70, at, command, _Style(7.5, _FIXED), width)
        at -= 10
        words = (
            "derives every number on this page again from the file alone, and fails on any changed "
            "byte. Below: SHA-256."
        )
        sheet.text(_SIDE + 70, at, words, _SMALL, width)
        for name, hash_ in lines:
            at -= 9
            sheet.text(_SIDE + 8, at, name, _SMALL)
            sheet.text(_SIDE + 70, at, hash_, _HASH, width)
        return y + height + 8

    def _imprint(self) -> None:
        """Say what the page was made from, and what it cannot show."""
        version = self.summary.certificate.engine_version
        note = f"Made by Housestaff {version} from {self.file}: the file decides."
        if self.sheet.lossy:
            note += " Letters that this page's fonts do not have are replaced; the file has them."
        self.sheet.text(_SIDE, _BOTTOM, note, _SMALL)


def _heights(rows: Sequence[RuleRow], ample: float, room: float) -> list[float]:
    """Return how high each row is, for as many rows as fit into the room.

    `ample` is the room that leaves the notes theirs. Where the lowest rows do not fit, those that
    nothing breaks go without their arithmetic, and then all do.
    """
    lowest = _ROW_HEIGHTS[-1]
    uniform = ([height] * len(rows) for height in _ROW_HEIGHTS)
    chosen = next((heights for heights in uniform if sum(heights) <= ample), [lowest] * len(rows))
    if sum(chosen) <= room:
        return chosen
    mixed = [lowest if row.counts or row.accepted else _ONE_LINE for row in rows]
    if sum(mixed) <= room:
        return mixed
    return [_ONE_LINE] * min(len(rows), int(room / _ONE_LINE))


def _height(notes: Sequence[_Note]) -> float:
    return sum(note.step for note in notes) + 10
