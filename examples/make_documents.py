"""Make the documents in ``examples/documents`` and, beside each, its true text.

    python examples/make_documents.py [folder]

A page is described once, as rows of text, and drawn either as a PDF with a text layer or as a picture that
looks like a scan or a photo. The made files are kept in the repository: programs use those, so that they
do not depend on the versions of the libraries used here (reportlab, Pillow, NumPy).
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import reportlab
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FOLDER = Path(__file__).parent / "documents"
FONTS = Path(reportlab.__file__).parent / "fonts"
FONT_FILES = {"Vera": "Vera.ttf", "VeraBd": "VeraBd.ttf"}
POINTS_PER_MM = 72 / 25.4
PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0  # mm
DARK = 140  # a black and white scanner takes darker grey for black


@dataclass(frozen=True)
class Row:
    """Texts on one baseline: ``y`` from the top and the ``x`` of each cell in mm, the size in points."""

    y: float
    cells: tuple[tuple[float, str], ...]
    size: float = 10.5
    bold: bool = False

    @property
    def font(self) -> str:
        return "VeraBd" if self.bold else "Vera"


Page = list[Row]


def row(y: float, text: str, *, x: float = 25, size: float = 10.5, bold: bool = False) -> Row:
    return Row(y, ((x, text),), size, bold)


def paragraph(y: float, *lines: str, step: float = 5.6) -> Page:
    return [row(y + step * index, line) for index, line in enumerate(lines)]


def table(y: float, columns: tuple[float, ...], *rows: tuple[str, ...], step: float = 7.5) -> Page:
    return [
        Row(y + step * index, tuple(zip(columns, cells, strict=True)), size=9.5, bold=index == 0)
        for index, cells in enumerate(rows)
    ]


INVOICE_COLUMNS = (25.0, 38.0, 112.0, 136.0, 165.0)
INVOICE: list[Page] = [
    [
        row(25, "Großmann & Söhne Bürobedarf GmbH", size=14, bold=True),
        row(31, "Königstraße 17 · 70173 Stuttgart · USt-IdNr. DE123456788", size=8.5),
        row(52, "Ärztehaus Zwölf Linden"),
        row(57.5, "z. Hd. Frau Dr. Jäger"),
        row(63, "Mühlenweg 4a"),
        row(68.5, "89073 Ulm"),
        row(88, "Rechnung Nr. RE-2026-00417", size=13, bold=True),
        row(96, "Rechnungsdatum: 14.09.2026 · Lieferdatum: 10.09.2026 · Kundennummer: 20981", size=9),
        *paragraph(108, "Sehr geehrte Frau Dr. Jäger,", "für unsere Lieferung berechnen wir Ihnen:"),
        *table(
            126,
            INVOICE_COLUMNS,
            ("Pos.", "Bezeichnung", "Menge", "Einzelpreis", "Betrag"),
            ("1", "Kopierpapier A4, weiß, 80 g/m²", "40", "4,85 €", "194,00 €"),
            ("2", "Aktenordner, breit, grün", "25", "2,36 €", "59,00 €"),
            ("3", "Bürostuhl „Rückenfreund“", "2", "319,90 €", "639,80 €"),
            ("4", "Tonerkassette XL, schwarz", "3", "87,45 €", "262,35 €"),
            ("5", "Schreibtischlampe, dimmbar", "2", "64,50 €", "129,00 €"),
        ),
        row(184, "Übertrag: 1.284,15 €", x=130, bold=True),
        row(285, "Seite 1 von 2", x=95, size=8),
    ],
    [
        row(25, "Rechnung Nr. RE-2026-00417 · Fortsetzung", size=11, bold=True),
        *table(
            40,
            INVOICE_COLUMNS,
            ("Pos.", "Bezeichnung", "Menge", "Einzelpreis", "Betrag"),
            ("6", "Haftnotizen, gelb, 12 Blöcke", "8", "9,99 €", "79,92 €"),
            ("7", "Aufstellung und Einweisung (Std.)", "1,5", "58,00 €", "87,00 €"),
        ),
        row(70, "Summe netto: 1.451,07 €", x=120),
        row(76, "Umsatzsteuer 19 %: 275,70 €", x=120),
        row(84, "Rechnungsbetrag: 1.726,77 €", x=120, size=12, bold=True),
        *paragraph(
            104,
            "Bitte überweisen Sie den Betrag bis zum 14.10.2026 auf unser Konto.",
            "Bei Zahlung innerhalb von 10 Tagen gewähren wir 2 % Skonto.",
            "IBAN: DE89 3704 0044 0532 0130 00 · BIC: COBADEFFXXX",
            "Verwendungszweck: RE-2026-00417",
        ),
        *paragraph(136, "Mit freundlichen Grüßen", "Jörg Großmann"),
        row(285, "Seite 2 von 2", x=95, size=8),
    ],
]

LETTER: Page = [
    row(28, "Hausverwaltung Schäfer", size=15, bold=True),
    row(35, "Bäckergasse 9, 86150 Augsburg, Telefon 0821 4470915", size=9),
    row(58, "Familie Özdemir"),
    row(63.6, "Weißenburger Straße 112"),
    row(69.2, "86159 Augsburg"),
    row(86, "Augsburg, den 3. Februar 2026", x=130),
    row(102, "Abrechnung der Nebenkosten für das Jahr 2025", size=12, bold=True),
    *paragraph(
        116,
        "Sehr geehrte Familie Özdemir,",
        "die Abrechnung der Heiz- und Betriebskosten für Ihre Wohnung im zweiten",
        "Obergeschoss ist fertig. Die Kosten für Wärme sind gegenüber dem Vorjahr um",
        "sieben Prozent gesunken; größere Reparaturen waren nicht nötig.",
    ),
    *paragraph(
        146,
        "Ihre Vorauszahlungen betrugen 2.640,00 €, die tatsächlichen Kosten 2.487,35 €.",
        "Daraus ergibt sich ein Guthaben von 152,65 €. Wir überweisen es in den",
        "nächsten Tagen auf das uns bekannte Konto:",
    ),
    row(170, "IBAN DE02 1203 0000 0000 2020 51", x=40, bold=True),
    *paragraph(
        183,
        "Sollte sich Ihre Bankverbindung geändert haben, teilen Sie uns dies bitte bis zum",
        "20. Februar schriftlich mit. Die Belege können Sie nach Absprache jederzeit in",
        "unserem Büro einsehen.",
    ),
    *paragraph(206, "Für Rückfragen stehen wir Ihnen gern zur Verfügung."),
    *paragraph(220, "Mit freundlichen Grüßen"),
    row(238, "Käthe Schäfer"),
]

NOTICE: Page = [
    row(30, "Hinweise zur Müllabfuhr", size=17, bold=True),
    *paragraph(
        48,
        "Liebe Bewohnerinnen und Bewohner,",
        "ab dem 1. April gelten für unsere Straße neue Abfuhrtage:",
        step=6.5,
    ),
    *paragraph(
        66,
        "Restmüll wird jeden zweiten Dienstag abgeholt.",
        "Die Biotonne wird jeden Freitag geleert.",
        "Papier und Pappe holen wir am ersten Montag im Monat.",
        "Gelbe Säcke stellen Sie bitte donnerstags vor sieben Uhr hinaus.",
        step=6.5,
    ),
    *paragraph(
        100,
        "Sperrmüll melden Sie bitte zwei Wochen vorher an. Möbel, Matratzen",
        "und Teppiche werden kostenlos abgeholt, für Kühlgeräte berechnen",
        "wir eine Gebühr von 12,50 €. Bauschutt nehmen wir nicht mit.",
        step=6.5,
    ),
    *paragraph(
        130,
        "Schadstoffe wie Farben, Lösungsmittel und Batterien gehören nicht",
        "in die Tonne. Bringen Sie diese zum Wertstoffhof in der Gärtnerstraße.",
        "Geöffnet ist dort montags bis freitags von 8 bis 17 Uhr.",
        step=6.5,
    ),
    *paragraph(160, "Vielen Dank für Ihre Mithilfe!", "Ihr Amt für Abfallwirtschaft", step=6.5),
]

MINUTES: list[Page] = [
    [
        row(30, "Protokoll der Vereinssitzung", size=15, bold=True),
        row(38, "Gartenfreunde Grünau e. V., 12. Mai 2026, 19 Uhr", size=10),
        *paragraph(
            54,
            "Anwesend sind achtzehn Mitglieder. Die Vorsitzende, Frau Böhm, eröffnet",
            "die Sitzung und stellt fest, dass ordnungsgemäß eingeladen wurde.",
            "Die Tagesordnung wird ohne Änderungen angenommen.",
        ),
        row(285, "Blatt 1", x=98, size=9),
    ],
    [
        row(30, "Bericht der Kassenprüfer", size=13, bold=True),
        *paragraph(
            44,
            "Herr Weiß legt die Jahresrechnung vor. Den Einnahmen von 8.412,60 €",
            "stehen Ausgaben von 7.935,18 € gegenüber. Die Prüfung ergab keine",
            "Beanstandungen. Der Vorstand wird bei zwei Enthaltungen entlastet.",
        ),
        row(285, "Blatt 2", x=98, size=9),
    ],
    [
        row(30, "Beschlüsse und Termine", size=13, bold=True),
        *paragraph(
            44,
            "Der Brunnen am Südtor wird im Juni erneuert. Dafür werden höchstens",
            "1.200 € bereitgestellt. Das Sommerfest findet am 25. Juli statt; um",
            "Kuchenspenden wird gebeten. Die nächste Sitzung ist am 8. September.",
        ),
        *paragraph(70, "Schriftführerin: Änne Krüger"),
        row(285, "Blatt 3", x=98, size=9),
    ],
]

MIXED: list[Page] = [
    [
        row(30, "Antrag auf Kostenerstattung", size=14, bold=True),
        *paragraph(
            46,
            "Antragsteller: Matthias Krämer, Personalnummer 40711",
            "Dienstreise nach Nürnberg vom 17. bis 18. November 2025",
            "Fahrtkosten: 96,40 €",
            "Übernachtung: 118,00 €",
            "Summe: 214,40 €",
        ),
        *paragraph(82, "Der Beleg der Unterkunft ist auf der folgenden Seite beigefügt."),
    ],
    [
        row(32, "Gasthof zum Löwen", size=16, bold=True),
        row(40, "Hauptstraße 3, 90403 Nürnberg", size=10),
        *paragraph(
            58,
            "Quittung Nr. 5512",
            "Eine Übernachtung im Einzelzimmer mit Frühstück",
            "Betrag dankend erhalten: 118,00 €",
            "Nürnberg, 18. November 2025",
        ),
    ],
]


def true_text(pages: list[Page]) -> str:
    texts = ("\n".join(" ".join(text for _, text in item.cells) for item in page) for page in pages)
    return "\n\n".join(texts) + "\n"


def draw_text(canvas: Canvas, page: Page) -> None:
    """Draw a page as text; the canvas counts from the bottom, in points."""
    for item in page:
        canvas.setFont(item.font, item.size)
        for x, text in item.cells:
            canvas.drawString(x * POINTS_PER_MM, A4[1] - item.y * POINTS_PER_MM, text)
    canvas.showPage()


def draw_picture(canvas: Canvas, picture: Image.Image, *, quality: int) -> None:
    """Draw a page that is only a picture."""
    data = io.BytesIO()
    if picture.mode == "1":
        picture.save(data, "PNG")
    else:
        picture.save(data, "JPEG", quality=quality)
    data.seek(0)
    canvas.drawImage(ImageReader(data), 0, 0, *A4)
    canvas.showPage()


def rendered(page: Page, dpi: int) -> Image.Image:
    """Draw a page as a picture in shades of grey."""
    picture = Image.new("L", (round(PAGE_WIDTH / 25.4 * dpi), round(PAGE_HEIGHT / 25.4 * dpi)), 255)
    draw = ImageDraw.Draw(picture)
    for item in page:
        font = ImageFont.truetype(str(FONTS / FONT_FILES[item.font]), item.size * dpi / 72)
        for x, text in item.cells:
            draw.text((x / 25.4 * dpi, item.y / 25.4 * dpi), text, fill=25, font=font, anchor="ls")
    return picture


def scanned(page: Page, *, dpi: int, lean: float, noise: float, seed: int) -> Image.Image:
    """Make a page look scanned: paper that lies ``lean`` degrees askew, soft edges, noise."""
    picture = rendered(page, dpi).rotate(lean, Image.Resampling.BICUBIC, fillcolor=255)
    width, height = picture.size
    soft = picture.resize((width * 3 // 4, height * 3 // 4), Image.Resampling.BOX)
    pixels = as_floats(soft.resize((width, height), Image.Resampling.BICUBIC)) * 0.94 + 6
    pixels += np.random.default_rng(seed).normal(0, noise, pixels.shape)
    return as_picture(pixels)


def photographed(page: Page, *, dpi: int, lean: float, seed: int) -> Image.Image:
    """Make a page look photographed: askew, lit from one side, with a shadow across one corner."""
    pixels = as_floats(scanned(page, dpi=dpi, lean=lean, noise=2.0, seed=seed))
    height, width = pixels.shape
    down, right = np.mgrid[0:height, 0:width] / np.array([height, width]).reshape(2, 1, 1)
    light = 1.0 - 0.42 * right - 0.16 * down
    shadow = 1.0 - 0.38 / (1.0 + np.exp(-24 * (down + 0.55 * right - 0.62)))
    # few shades keep the file small
    return as_picture(np.round(pixels * light * shadow / 6) * 6)


def as_floats(picture: Image.Image) -> npt.NDArray[np.float64]:
    return np.asarray(picture).astype(np.float64)


def as_picture(pixels: npt.NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def new_pdf(path: Path, title: str) -> Canvas:
    canvas = Canvas(str(path), pagesize=A4, invariant=True)
    canvas.setTitle(title)
    return canvas


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, file in FONT_FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(FONTS / file)))

    pdf = new_pdf(folder / "invoice.pdf", "Rechnung RE-2026-00417")
    for page in INVOICE:
        draw_text(pdf, page)
    pdf.save()

    pdf = new_pdf(folder / "letter.pdf", "Scan")
    draw_picture(pdf, scanned(LETTER, dpi=300, lean=0.3, noise=4.0, seed=1), quality=30)
    pdf.save()

    photo = photographed(NOTICE, dpi=200, lean=3.2, seed=2)
    photo.quantize(43).save(folder / "notice.png", optimize=True)

    black_and_white = [
        scanned(page, dpi=300, lean=0.0, noise=4.0, seed=3).point(lambda value: 255 * (value > DARK), "1")
        for page in MINUTES
    ]
    black_and_white[0].save(
        folder / "minutes.tiff",
        save_all=True,
        append_images=black_and_white[1:],
        compression="group4",
        dpi=(300, 300),
    )

    pdf = new_pdf(folder / "mixed.pdf", "Antrag")
    draw_text(pdf, MIXED[0])
    receipt = scanned(MIXED[1], dpi=300, lean=-0.4, noise=4.0, seed=4)
    draw_picture(pdf, receipt.point(lambda value: 255 * (value > DARK), "1"), quality=0)
    pdf.save()

    whole = (folder / "invoice.pdf").read_bytes()
    # what an interrupted download leaves: the beginning, without any of the objects of a page
    (folder / "broken.pdf").write_bytes(whole[:60] + whole[2000:3500])

    texts = {"invoice": INVOICE, "letter": [LETTER], "notice": [NOTICE], "minutes": MINUTES, "mixed": MIXED}
    for name, pages in texts.items():
        (folder / f"{name}.txt").write_text(true_text(pages), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
