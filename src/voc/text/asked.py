"""str -> str: what an open question asks for: what to improve, what was good, or neither."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

Wanted = Literal["improvement", "praise", ""]

# Words that look like an answer and are none: "how likely", "what would you like us to know", "if you gave a low score".
_IDLE = (
    r"\bhow (?:well|good|likely|satisfied|happy|easy)\b|\b(?:would|do|if|d) you like (?:to|us)\b|\bwould like\b|\bas well\b|\blike to\b"
    r"|\bwie (?:gut|zufrieden|wahrscheinlich)\b|\bgustaria\w*|\bplairait\b|\bpiacerebbe\b|\bgostaria\w*|\bs il vous plait\b|\bhoe (?:goed|tevreden)\b"
)
_IMPROVEMENT = (
    # English
    r"\bimprov\w*|\b(?:do|done|did|doing|be|been|made|make|work) (?:\w+ )?(?:even )?better\b|\bbetter(?: experience| next time)?\b"
    r"|\bchang(?:e|es|ed|ing)\b|\bdifferent(?:ly)?\b|\b(?:go|went|gone|going|do|did|done) wrong\b|\bdislik\w*|\bworst\b|\bbad(?:ly)?\b"
    r"|\bpoor(?:ly)?\b"
    r"|\b(?:like|liked|enjoy|enjoyed|valued?) (?:the )?least\b|\bleast (?:like|liked|enjoy|enjoyed|favou?rite)\b"
    r"|\b(?:not|didn t|didnt|don t|dont) (?:you )?(?:like|enjoy|go well|work well|work)\b|\bmissing\b|\bfix\b|\bdisappoint\w*|\bfrustrat\w*"
    r"|\bproblems?\b|\bissues?\b|\bcomplain\w*|\bdifficult\w*|\bconcerns?\b|\bsuggestions?\b"
    # German
    r"|\bverbesser\w*|\bbesser\b|\banders\b|\bandern\b|\bveranderungs?\w*|\b(?:nicht|weniger|wenigsten|missfallen)(?: so)?(?: gut"
    r"| gern)?(?: gefallen| gefallt|\b)"
    r"|\bgestort\b|\bstort\b|\bschlecht\w*|\bfehlt\w*|\bgefehlt\b|\bvermisst\b|\bprobleme?n?\b|\bargert?\b|\bgeargert\b|\bunzufrieden\w*"
    # French
    r"|\bamelior\w*|\b(?:faire|fait|faisons) (?:de )?mieux\b|\bmieux faire\b|\bchanger\b|\bdeplu\b|\bdeplait\b|\b(?:pas|moins) (?:aime|plu"
    r"|apprecie)\w*"
    r"|\b(?:aime|plu|apprecie)\w* le moins\b|\bmanqu\w*|\bproblemes?\b|\bpoints faibles\b|\bautrement\b"
    # Spanish, Portuguese, Italian
    r"|\bmejora\w*|\b(?:hacer|hecho|hacemos) (?:\w+ )?mejor\b|\bcambi\w*|\bno (?:le|te|les|os) (?:ha |han )?gust\w*|\bmenos\b|\bfalt\w*"
    r"|\bproblemas?\b"
    r"|\bmelhor(?:a|e|i)\w*|\b(?:fazer|feito|fazemos) (?:\w+ )?melhor\b|\bmud(?:ar|aria)\w*|\bnao (?:gostou|agradou)\b|\bdesagradou\b"
    r"|\bmiglior(?:a|i|e|o)\w*|\b(?:fare|fatto|facciamo) (?:di )?meglio\b|\bnon (?:le |ti |vi |l |e |ha )*(?:piaciuto|piace|apprezzato)\b"
    r"|\bmeno\b|\bmancat\w*|\bproblemi?\b"
    # Dutch
    r"|\bverbeter\w*|\bbeter\b|\bverander\w*|\b(?:niet|minder|minst) (?:goed|leuk|bevallen|fijn)\b|\bslecht\w*|\bgemist\b|\bontbrak\b"
    r"|\bprobleem\b|\bproblemen\b"
)
_PRAISE = (
    # English
    r"\b(?:do|did|done|doing|go|goes|went|gone|going|work|works|worked|working) (?:\w+ )?(?:really |particularly |especially )?(?:well|right)\b"
    r"|\b(?:like|liked|likes|love|loved|enjoy|enjoyed|appreciate|appreciated|impressed|pleased|delighted|positives?|strengths?)\b"
    r"|\b(?:was|is|were|are|anything|something|particularly|especially) (?:particularly |especially )?(?:good|great|excellent)\b|\bgood about\b"
    r"|\bbest\b|\bfavou?rite\b"
    # German
    r"|\b(?:am besten|gut|gern|gerne|besonders|positiv) (?:gefallen|gefallt|gemacht|gelaufen|funktioniert|aufgefallen)\b|\bgefallen\b|\bgefallt\b"
    r"|\bam besten\b|\b(?:war|ist|lief|machen wir|haben wir) (?:besonders |schon )?gut\b|\bgut gemacht\b|\bbegeistert\b|\bpositiv\b|\bstarken\b"
    # French
    r"|\baimez?\b|\baimee?s?\b|\bapprecie\w*|\bplu\b|\bplait\b|\bbien (?:fait|fonctionne|marche|passe)\b|\bpoints forts\b|\ble mieux\b"
    # Spanish, Portuguese, Italian
    r"|\bgusto\b|\bgusta\w*|\b(?:lo|la|el) mejor\b|\bhi[cz]\w+ bien\b|\bhecho bien\b|\bsalio bien\b|\bagrad[oa]\w*"
    r"|\bgost(?:ou|a|aram)\b|\bo melhor\b|\ba melhor\b|\b(?:correu|fizemos|feito|fez) bem\b"
    r"|\bpiaciut\w*|\bpiace\b|\bapprezzat\w*|\bil meglio\b|\b(?:fatto|andato|funzionato) bene\b"
    # Dutch
    r"|\bbevallen\b|\bbevalt\b|\bleuk\b|\bgoed (?:gedaan|gegaan|ging|verlopen)\b|\b(?:ging|was|doen we|deden we) (?:er )?goed\b|\bhet beste\b"
    r"|\bwaardeer\w*|\bgewaardeerd\b"
)
_PATTERNS = [re.compile(p) for p in (_IDLE, _IMPROVEMENT, _PRAISE)]


@lru_cache(maxsize=256)
def asks_for(question: str) -> Wanted:
    """What a question in English, German, French, Spanish, Italian, Dutch or Portuguese asks for.

    Args:
        question: its wording; "" asks for nothing in particular.

    Returns:
        "improvement", "praise", or "" where it asks for neither or for both.

    >>> [asks_for(q) for q in ("What should we improve?", "What did you like most?", "Why did you give this score?")]
    ['improvement', 'praise', '']
    """
    decomposed = unicodedata.normalize("NFKD", question.casefold())
    words = " ".join(re.sub(r"[\W_]+", " ", "".join(c for c in decomposed if not unicodedata.combining(c))).split())
    idle, improvement, praise = _PATTERNS
    words = idle.sub(" ", words)
    rest = improvement.sub(" ", words)
    wanted = rest != words, bool(praise.search(rest))
    match wanted:
        case (True, False):
            return "improvement"
        case (False, True):
            return "praise"
        case _:
            return ""
