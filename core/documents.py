"""Documents on paper: PDF that is printed, filed or put into a safe, in pure Python and by one look.

Every page says who printed it, when, and which of how many it is. A font of our own is embedded, so that names in
Latin, Greek, Cyrillic and Hebrew letters come out as they are written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from pypdf import PdfReader, PdfWriter
from reportlab.graphics.barcode.qr import QrCode
from reportlab.graphics.shapes import Circle, Drawing, Line, PolyLine, Rect, String
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

FONTS = Path(__file__).resolve().parent / "fonts"
MARGIN, FOOT = 18 * mm, 12 * mm
HEADING_NEEDS = 34 * mm
DRAWN_WIDTH, DRAWN_HEIGHT = 90 * mm, 24 * mm
LINE_COLOUR, HEAD_COLOUR = colors.HexColor("#b9c2c9"), colors.HexColor("#eef2f4")


@dataclass(frozen=True)
class Heading:
    """A heading inside a document."""

    text: str


@dataclass(frozen=True)
class Text:
    """A paragraph; line breaks are kept, as they are in the cells of rows."""

    text: str


@dataclass(frozen=True)
class Rows:
    """A table with a head that is repeated on every page; `widths` are shares of the page's width."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]


@dataclass(frozen=True)
class SignatureLines:
    """Empty lines for signatures by hand, each under what the person signs as."""

    people: Sequence[str]


@dataclass(frozen=True)
class Code:
    """An address as a QR code, beside what it leads to; whoever opens it signs in first."""

    address: str
    text: str


@dataclass(frozen=True)
class Limit:
    """A line across a grid, with its words at the right end; a firm one is drawn through, another is dashed."""

    value: float
    words: str
    firm: bool


@dataclass(frozen=True)
class Grid:
    """An empty grid to draw into by hand: what is measured upwards, the time along, with the limits drawn."""

    low: float
    high: float
    step: float
    columns: Sequence[str]
    limits: Sequence[Limit]
    height_mm: float


@dataclass(frozen=True)
class Drawn:
    """A signature drawn by hand: lines of points, each between 0 and 1 of the box's width and height."""

    strokes: Sequence[Sequence[tuple[float, float]]]


@dataclass(frozen=True)
class Stroke:
    """A line through points; a faint one is of the scale, a dashed one of a second arm."""

    points: Sequence[tuple[float, float]]
    faint: bool = False
    dashed: bool = False


@dataclass(frozen=True)
class Mark:
    """A mark at a point: `round` or `square` and filled, or `ring` and empty; shapes tell apart without colour."""

    shape: str
    x: float
    y: float


@dataclass(frozen=True)
class Label:
    """Words in a figure, from the point on, up to it, or around it: `start`, `end` or `middle`."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Figure:
    """A figure as on the screen: across from the left, down from the top, drawn as wide as the page allows."""

    width: float
    height: float
    strokes: Sequence[Stroke]
    marks: Sequence[Mark]
    labels: Sequence[Label]
    # Nothing is drawn larger than this share of the page's width.
    share: float = 1.0


Part = Heading | Text | Rows | SignatureLines | Code | Grid | Drawn | Figure


def pdf(title: str, *, parts: Sequence[Part], printed_by: str, at: datetime, zone: str) -> bytes:
    """Returns a document as PDF; the foot of each page says who printed it, when, and which page of how many it is."""
    local = at.astimezone(ZoneInfo(zone))
    foot = f"{title}. Printed {local:%-d %b %Y, %H:%M} {local.tzname()} by {printed_by}."
    return pdf_of_record(title, parts=parts, foot=foot)


def pdf_of_record(title: str, *, parts: Sequence[Part], foot: str) -> bytes:
    """Returns a document that depends on nothing but what it says: the same record gives the same bytes."""
    _font()
    written = BytesIO()
    # Invariant: the same facts give the same bytes, so that a digest of the document means something.
    document = SimpleDocTemplate(
        written, pagesize=A4, title=title, author="Vigil", invariant=1,
        leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN + FOOT,
    )  # fmt: skip
    flow: list[Flowable] = [Paragraph(escape(title), _style("title"))]
    for part in parts:
        flow += _flow(part, width=document.width)
    document.build(flow, canvasmaker=lambda *args, **kwargs: _NumberedCanvas(*args, foot=foot, **kwargs))
    return written.getvalue()


def sealed(document: bytes, *, password: str, length: int | None = None) -> bytes:
    """Returns the PDF encrypted by AES-256; without the password nothing of it can be read.

    With `length` the file is filled up to exactly so many bytes, so that its size cannot tell what it says.
    Raises ValueError when it is longer.
    """
    writer = PdfWriter(clone_from=PdfReader(BytesIO(document)))
    writer.encrypt(password, algorithm="AES-256")
    written = BytesIO()
    writer.write(written)
    return written.getvalue() if length is None else _filled(written.getvalue(), length=length)


def _filled(file: bytes, *, length: int) -> bytes:
    # A comment before the last pointer moves no object of the file.
    before, pointer, after = file.rpartition(b"startxref")
    missing = length - len(file) - len(b"%\n")
    if missing < 0:
        raise ValueError(f"The document has {len(file)} bytes, more than {length}.")
    return b"".join((before, b"%", b" " * missing, b"\n", pointer, after))


class _NumberedCanvas(Canvas):
    """Writes the foot when the number of pages is known."""

    def __init__(self, *args: Any, foot: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._foot = foot
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:
        """Keeps the page until the last one is written."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Writes each page with its foot."""
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self.setFont("DejaVu", 7)
            self.drawString(MARGIN, FOOT, self._foot)
            self.drawRightString(A4[0] - MARGIN, FOOT, f"Page {number} of {len(self._pages)}")
            super().showPage()
        super().save()


def _flow(part: Part, *, width: float) -> list[Flowable]:
    if isinstance(part, Heading):
        # A heading does not stand alone at the foot of a page.
        return [CondPageBreak(HEADING_NEEDS), Spacer(1, 4 * mm), Paragraph(escape(part.text), _style("heading"))]
    if isinstance(part, Text):
        return [Paragraph(_lines(part.text), _style("body")), Spacer(1, 2 * mm)]
    if isinstance(part, Drawn):
        return [_drawing(part), Spacer(1, 2 * mm)]
    if isinstance(part, SignatureLines):
        blank = [[Paragraph(escape(person), _style("small")), "", ""] for person in part.people]
        lines = Table(
            blank, colWidths=[width * share for share in (0.34, 0.42, 0.24)], rowHeights=[16 * mm] * len(blank)
        )
        lines.setStyle(
            TableStyle([("LINEBELOW", (1, 0), (2, -1), 0.5, colors.black), ("VALIGN", (0, 0), (-1, -1), "BOTTOM")])
        )
        return [Spacer(1, 4 * mm), lines, Paragraph("Name and signature, date and time", _style("small"))]
    if isinstance(part, Code):
        return [_code(part, width=width), Spacer(1, 2 * mm)]
    if isinstance(part, Figure):
        return [_figure(part, width=width), Spacer(1, 3 * mm)]
    if isinstance(part, Grid):
        return [_grid(part, width=width), Spacer(1, 3 * mm)]
    return [_table(part, width=width), Spacer(1, 3 * mm)]


def _code(part: Code, *, width: float) -> Table:
    side = 24 * mm
    square = QrCode(part.address, width=side, height=side, qrLevel="M")
    words = Paragraph(_lines(part.text), _style("body"))
    table = Table([[square, words]], colWidths=[side + 4 * mm, width - side - 4 * mm])
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LEFTPADDING", (0, 0), (0, 0), 0)]))
    return table


def _figure(part: Figure, *, width: float) -> Drawing:
    scale = width * part.share / part.width
    drawing = Drawing(width * part.share, part.height * scale)

    def place(x: float, y: float) -> tuple[float, float]:
        return x * scale, (part.height - y) * scale

    for stroke in part.strokes:
        points = [value for x, y in stroke.points for value in place(x, y)]
        colour, weight = (LINE_COLOUR, 0.4) if stroke.faint else (colors.black, 1)
        dash = [4, 3] if stroke.dashed else None
        drawing.add(PolyLine(points, strokeColor=colour, strokeWidth=weight, strokeDashArray=dash))
    for mark in part.marks:
        x, y = place(mark.x, mark.y)
        if mark.shape == "square":
            drawing.add(Rect(x - 2, y - 2, 4, 4, fillColor=colors.black, strokeWidth=0))
        else:
            filled = colors.black if mark.shape == "round" else colors.white
            drawing.add(Circle(x, y, 2.2, fillColor=filled, strokeColor=colors.black, strokeWidth=0.8))
    for label in part.labels:
        x, y = place(label.x, label.y)
        drawing.add(String(x, y - 2, label.text, fontName="DejaVu", fontSize=6, textAnchor=label.anchor))
    return drawing


def _grid(part: Grid, *, width: float) -> Drawing:
    height, left, right = part.height_mm * mm, 12 * mm, 30 * mm
    drawing = Drawing(width, height + 8 * mm)
    top, bottom, inner = height + 8 * mm, 8 * mm, width - left - right

    def place(value: float) -> float:
        return bottom + (value - part.low) / (part.high - part.low) * (top - bottom)

    value = part.low
    while value <= part.high:
        drawing.add(Line(left, place(value), left + inner, place(value), strokeColor=LINE_COLOUR, strokeWidth=0.3))
        drawing.add(String(left - 3, place(value) - 2, f"{value:g}", fontName="DejaVu", fontSize=6, textAnchor="end"))
        value += part.step
    for index, words in enumerate(part.columns):
        x = left + inner * index / max(len(part.columns) - 1, 1)
        drawing.add(Line(x, bottom, x, top, strokeColor=LINE_COLOUR, strokeWidth=0.3))
        drawing.add(String(x, bottom - 9, words, fontName="DejaVu", fontSize=6, textAnchor="middle"))
    for limit in part.limits:
        y = place(limit.value)
        dash = None if limit.firm else [3, 2]
        drawing.add(Line(left, y, left + inner, y, strokeWidth=1, strokeDashArray=dash))
        drawing.add(String(left + inner + 3, y - 2, limit.words, fontName="DejaVu", fontSize=6))
    return drawing


def _drawing(part: Drawn) -> Drawing:
    box = Drawing(DRAWN_WIDTH, DRAWN_HEIGHT)
    box.add(Line(0, 0, DRAWN_WIDTH, 0, strokeColor=LINE_COLOUR, strokeWidth=0.5))
    for stroke in part.strokes:
        points = [value for x, y in stroke for value in (x * DRAWN_WIDTH, (1 - y) * DRAWN_HEIGHT)]
        if len(stroke) > 1:
            box.add(PolyLine(points, strokeColor=colors.black, strokeWidth=1))
    return box


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br/>")


def _table(part: Rows, *, width: float) -> Table:
    share = width / sum(part.widths)
    head = [Paragraph(escape(text), _style("head")) for text in part.head]
    rows = [[Paragraph(_lines(text), _style("cell")) for text in row] for row in part.rows]
    # A row that is longer than a page goes on at the next one.
    table = Table(
        [head, *rows], colWidths=[part_width * share for part_width in part.widths], repeatRows=1, splitInRow=1
    )
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, 0), HEAD_COLOUR),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE_COLOUR),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return table


@cache
def _style(name: str) -> ParagraphStyle:
    size, bold, after = {
        "title": (15, True, 8),
        "heading": (11, True, 4),
        "body": (9.5, False, 0),
        "head": (8, True, 0),
        "cell": (8, False, 0),
        "small": (8, False, 0),
    }[name]
    return ParagraphStyle(
        name, fontName="DejaVu-Bold" if bold else "DejaVu", fontSize=size, leading=size * 1.35, spaceAfter=after
    )


@cache
def _font() -> None:
    pdfmetrics.registerFont(TTFont("DejaVu", FONTS / "DejaVuSans.ttf"))
    pdfmetrics.registerFont(TTFont("DejaVu-Bold", FONTS / "DejaVuSans-Bold.ttf"))
