"""str -> spans of postal addresses: streets with a house number, and British postcodes. In doubt, none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voc.text.spans import DIGIT, TAKEN, UPPER, Span, matches

_NEAR = 40  # characters before a place that are read

# --- postcodes -----------------------------------------------------------------------------------------------------------

_AREA = (
    "A[BL]|B[ABDHLNRST]?|C[ABFHMORTVW]|D[ADEGHLNTY]|E[CHNX]?|F[KY]|G[LUY]?|H[ADGPRSUX]|I[GMPV]|JE|K[ATWY]|L[ADELNSU]?|M[EKL]?|N[EGNPRW]?|O[LX]|"
    "P[AEHLOR]|R[GHM]|S[AEGKLMNOPRSTWY]?|T[ADFNQRSW]|UB|W[ACDFNRSV]?|YO|ZE"
)
# London ends at E20, N22 and W14: "W30" is a waist, "E27" a bulb.
_NO_DISTRICT = r"(?:E2[1-9]|N2[3-9]|[EN][3-9]\d|W1[5-9]|W[2-9]\d)"
# Not sizes, storage or screens: "M1 2TB", "S10 2XL", "E5 2ND".
_POSTCODE = re.compile(
    rf"(?<![\w/-])(?!{_NO_DISTRICT})(?:{_AREA})\d[\dA-Z]? \d(?!GB|TB|HD|HZ|XL|XS)(?<!1(?=ST))(?<!2(?=ND))(?<!3(?=RD))[ABD-HJLNP-UW-Z]{{2}}(?![\w-])"
)
_POSTCODE_SAID = re.compile(
    r"\b(?:post ?code|postal code)(?:\s+(?:is|was))?\s*[:=]?\s*(?P<code>[a-z]{1,2}\d[\da-z]?\s?\d[a-z]{2})(?![\w-])", re.IGNORECASE
)
_MEASURED = re.compile(r"(?:DR|WD|LB|FT|HR|YR)$")  # "3DR" has doors, "4WD" driven wheels
# "Seat E12 3AB", "BMW M3 2AB", "trousers in W10 3AB".
_GOODS_BEFORE = re.compile(
    r"\b(?:seats?|sat|sit|sitting|rows?|carriage|coach|wagon|platform|gate|zone|bay|aisle|shelf|locker|cabin|berth|room|desk|table|bulbs?|lamps?|"
    r"sockets?|fittings?|screws?|bolts?|battery|batteries|filters?|sizes?|waist|trousers|jeans|shorts|pants|chinos|bras?|shoes?|boots?|models?|"
    r"types?|typ|modell?|versions?|series|mk|mark|class|part|sku|code|item|flight|sitz|platz|reihe|größe|lampe|birne|hose|"
    r"bmw|audi|vw|volkswagen|golf|polo|ford|fiesta|focus|mercedes|merc|volvo|mazda|toyota|honda|kia|skoda|mini|tesla|nissan|renault|peugeot|"
    r"citro[eë]n|fiat|vauxhall|opel|corsa|astra|jaguar|porsche|triumph|lexus|hyundai|suzuki|samsung|galaxy|iphone|ipad|apple|macbook|pixel|nokia|"
    r"sony|xperia|huawei|oneplus|motorola|moto|xiaomi|redmi|lg|htc|lenovo|thinkpad|dell|hp|asus|acer|canon|nikon|philips|bosch|kindle|an?)"
    r"(?:[ ,:#-]+(?:no|nr|number|is|was|in|at|on|the|my|new|old|row|seat|size|\d+[a-z]?)\b\.?){0,3}[ ,:#]*$",
    re.IGNORECASE,
)
_POSTAL_BEFORE = re.compile(
    r"(?:\b(?:London|Manchester|Birmingham|Liverpool|Sheffield|Glasgow|Leeds|Salford|Street|Road|Rd|Avenue|Ave|Lane|Ln|Crescent|Terrace|Grove|Mews)|"
    r"\b(?i:post ?code|postal code|address))(?:\s+(?:is|was))?\.?[,:]?\s*$"
)
_PLACE_BEFORE = re.compile(r"(?:,\s*|\b(?:in|at|near|from|to|for|of|around)\s+)$", re.IGNORECASE)
_ENDS = re.compile(r"\s*(?:$|[.,;:!?)])")

# --- streets -------------------------------------------------------------------------------------------------------------

_FIRM = (
    r"(?:Street|Road|Rd|Avenue|Ave|Lane|Ln|Crescent|Terrace|Gardens|Gdns|Grove|Mews|Boulevard|Blvd|"
    rf"St(?!\.?\s+[{UPPER}]))\b(?!-|\s+(?:[Ss]tores?|[Ss]hops?|branch(?:es)?|locations?|sites?|visits?|Food|Fighter|Race|Maps?|In|of|to|bays|bus(?:es)?|"
    r"stations?|stops?|exits?|markets?|prices?|lights|closures?|works|rage|trips?|tax|tyres?|tires?|bikes?|shoes|maps?|safety|tickets|tins)\b)"
)
# Words of every day too: "the Samsung Way better", "a Flash Drive with".
_LOOSE = (
    r"(?:Drive|Close|Court|Square|(?<!Milky )Way|Place|Walk|Parade)\b(?!-)"
    rf"(?=\s*(?:$|[.,;:!?)\"”])|\s+(?:[-–—]\s|(?:in|and|near|at|is|was|or|but|opposite|behind|where|which|since|because|when)\b|"
    rf"(?:[{UPPER}][\w’'-]{{1,20}}\s+){{0,2}}(?:{_AREA})\d[\dA-Z]? \d[A-Z]{{2}}\b))"
)
_UNIT = (
    r"(?:[TGMK]i?B|[GMK]bps|inch(?:es)?|minutes?|mins?|hours?|hrs?|seconds?|secs?|days?|nights?|weeks?|months?|years?|wheel(?:s|ed|er)?|mm|cm|km|kgs?|"
    r"ml|litres?|liters?|pints?|oz|lbs?|ft|foot|feet|yards?|metres?|meters?|miles?|k?watts?|kw|volts?|amps?|mah|[kmg]?hz|mp|megapixels?|fps|rpm|bhp|"
    r"percent|cent|pence|doors?|speed|seater|stars?|stages?|steps?|pieces?|packs?|pcs?|cores?|times|point|minuten|stunden|tage|zoll)"
)
# A house number, one to three capitalised words and a word for a street: "14 High Street stores" counts shops.
_STREET = re.compile(
    rf"(?<![\w£$€.,:/+-])(?!(?:19|20)\d\d\b)(?:(?<!\d )\d{{1,4}}|\d\d?)(?<!\b[234](?=D))[a-fA-F]?,?\s+(?!(?i:{_UNIT})\b)"
    rf"(?:[{UPPER}][\w’'.-]{{1,20}}\s+){{1,3}}(?:{_FIRM}|{_LOOSE})",
    re.MULTILINE,
)
# "Room 214 Garden Court", "Windows 10 ...", "the 73 Victoria Street bus": the number belongs to what comes before.
_NUMBERED_BEFORE = re.compile(
    r"\b(?:rooms?|seats?|screens?|platforms?|gates?|bus(?:es)?|trams?|trains?|lines?|routes?|terminals?|windows|versions?|models?|sizes?|halls?|floors?|"
    r"channels?|levels?|zones?|stages?|sections?|exits?|junctions?|stops?|piers?|berths?|cabins?|decks?|coach|carriage|aisles?|bays?|stands?|tables?|"
    r"booths?|desks?|tills?|counters?|lockers?|courts?|pitch|tracks?|theatres?|theaters?|auditorium|studios?|chapters?|episodes?|seasons?|"
    r"parts?|pages?|phases?|days?|weeks?|years?|quarter|teams?|groups?|areas?|sectors?|class|grades?|types?|mark|mk|series|gen|generation|"
    r"usb|iphone|ipad|galaxy|pixel|android|ios|office|playstation|ps|xbox|fifa|formula|boeing|airbus|volume|vol|top|the|an?|every|"
    r"zimmer|gleis|linie|halle|saal|sitz|platz|reihe|etage|stock|tor|ausgang|bahnsteig|größe|modell|kanal|kasse|kino)"
    r"\s?(?:(?:no|nr)\.?|number|#)?\s?$",
    re.IGNORECASE,
)
_NO_STREET = re.compile(
    r"\b(?:(?:Flash|USB|Hard|Disk|Pen|Thumb|Test|Wheel|Tape|Google|SSD|HDD|External|Portable|DVD|CD|Hand|Minute|Hour)\s+Drive|"
    r"(?:Food|Tennis|Squash|Badminton|Basketball|High|Crown|County|Supreme)\s+Court|(?:Fast|Soft|Self|Auto|Slow|Easy)\s+Close|"
    r"(?:One|Two|Three|Half|Long|Right|Wrong|Only|Best|Easy|No|Milky)\s+Way|(?:First|Second|Third|Fire|Work|Great|Nice|Lovely)\s+Place|"
    r"(?:Space|Dog|Minute|Hour|Short|Long)\s+Walk|(?:Day|Pride|Christmas)\s+Parade|(?:Fast|Slow|Bus|Express|Bowling|Outside)\s+Lane|Off\s+Road|"
    r"(?:Quality|Sesame|Coronation|Wall|Easy|Jump)\s+Street)$",
    re.IGNORECASE,
)

_STRASSE = re.compile(
    rf"(?<![\w-])(?:[{UPPER}][\w-]{{1,30}}?(?:stra(?:ß|ss)e|-Stra(?:ß|ss)e|-?[Ss]tr\.?|gasse|allee)|[{UPPER}][\w-]{{1,30}}\s(?:Stra(?:ß|ss)e|Str\.|Gasse|Allee))"
    r"\s+[1-9]\d{0,2}(?:\s?[a-z])?(?![\w-]|[.,:/]\d)"
    r"(?!\s*(?:Minuten?|Min|Stunden?|Std|Uhr|Tagen?|Wochen?|Monaten?|Jahren?|Euro|EUR|km|m|Meter|[Mm]al|Prozent|Personen|Leute|Autos?|minutes?|hours?)\b|\s?[€%])"
)
# Roads with a number of their own, lines of machines, and no name at all: "Bundesstraße 10", "Produktionsstraße 2", "Diese Straße 3".
_NO_STRASSE = re.compile(
    r"(?:(?:Produktions|Fertigungs|Montage|Verpackungs|Wasch|Sortier|Prüf|Lackier|Förder|Bundes|Landes|Land|Kreis|Staats|Auto|Schnell|Einbahn|"
    r"Hauptverkehrs|Fern|Durchgangs|Umgehungs|Einkaufs|Laden|Geschäfts|Neben|Seiten|Zufahrts|Milch|Sack|Daten)-?(?:str|gasse|allee)|"
    r"(?:De[rmn]|Die|Das|Diese[rn]?|Eine[rn]?|Unsere[rn]?|Meine[rn]?|Ihre[rn]?|Seine[rn]?|Jede[rn]?|Keine[rn]?|In|Auf|Ganze|Nächste)\s)",
    re.IGNORECASE,
)
_TOWN_NEXT = re.compile(rf",?\s+\d{{5}}\s+[{UPPER}]")
# "Kaiserstraße 2 Kassen offen" counts, "Hauptstraße 12 Berlin" does not. What is hidden already counts too: no place may free the one before it.
_COUNTED_NEXT = re.compile(
    r"\s+(?:(?:neue|alte|nette|freundliche|offene|freie|geschlossene|große|kleine|weitere|gute|schlechte|defekte|kaputte|lange|volle|leere|von)\b|"
    r"(?!(?:Berlin|Hamburg|München|Köln|Frankfurt|Stuttgart|Düsseldorf|Leipzig|Dortmund|Bremen|Dresden|Hannover|Nürnberg|Bonn|Mannheim|Wien|Graz|"
    rf"Zürich|Basel|Bern|Vorderhaus|Hinterhaus|Wohnung)\b)[{UPPER}\[{TAKEN}])"
)


def places(text: str) -> Iterator[Span]:
    """Street addresses with a house number, and British postcodes."""
    if not DIGIT.search(text):
        return
    for shape, is_place in ((_STREET, _is_street), (_STRASSE, _is_strasse), (_POSTCODE, _is_postcode)):
        for m in shape.finditer(text):
            if is_place(m, text):
                yield m.start(), m.end(), "ADDRESS"
    yield from matches(_POSTCODE_SAID, text, "ADDRESS")


def _is_street(m: re.Match[str], text: str) -> bool:
    return not (_NO_STREET.search(m.group()) or _before(_NUMBERED_BEFORE, m, text))


def _is_strasse(m: re.Match[str], text: str) -> bool:
    if _TOWN_NEXT.match(text, m.end()):
        return True
    return not (_NO_STRASSE.match(m.group()) or (m.group()[-1].isdigit() and _COUNTED_NEXT.match(text, m.end())))


def _is_postcode(m: re.Match[str], text: str) -> bool:
    """Two letters in front are rarely anything else; "E5 3DR" with one letter needs a town, a comma or a preposition before it."""
    if _before(_GOODS_BEFORE, m, text):
        return False
    if _before(_POSTAL_BEFORE, m, text):
        return True
    if _MEASURED.search(m.group()):
        return False
    if m.group()[1].isalpha() or _before(_PLACE_BEFORE, m, text):
        return True
    return not text[: m.start()].strip() and _ENDS.match(text, m.end()) is not None


def _before(shape: re.Pattern[str], m: re.Match[str], text: str) -> bool:
    """Whether a shape ends where the match begins."""
    return shape.search(text, max(m.start() - _NEAR, 0), m.start()) is not None
