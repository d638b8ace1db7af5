"""str -> what kind of reply it is: one that says nothing, also in the light of the question, in the languages that surveys come in."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from voc.text.asked import asks_for

_ENGLISH = (
    "na|n a|none|nothing|nil|no|nope|no comment|no comments|no answer|nothing to add|nothing else|nothing really|"
    "nothing to say|not applicable|no reason|no opinion|see above|as above|same as above|same|dont know|don t know|idk|"
    "not sure|no idea|no feedback|none really|none at all|nothing at all|ok|okay|fine|yes|yep|test|asdf|x|xx|xxx|later|pass|skip|whatever|"
    "nothing comes to mind|blank|same again|already said|see previous|nothing more to say|no thanks|no thank you|"
    "i d rather not say|rather not say|nothing else thanks|can t think of anything|cant think of anything"
)
_GERMAN = (
    "nichts|gar nichts|nix|nein|ja|kein|keine|keiner|keines|kein kommentar|keine kommentare|keine angabe|keine angaben|keine antwort|"
    "keine anmerkung|keine anmerkungen|keine ahnung|keine meinung|k a|ka|entfällt|nicht zutreffend|trifft nicht zu|nichts zu sagen|"
    "nichts weiter|nichts besonderes|nichts hinzuzufügen|weiß nicht|weiß ich nicht|ich weiß nicht|weiß ich nicht mehr|siehe oben|s o|wie oben"
)
_FRENCH = (
    "rien|rien du tout|rien de plus|rien de spécial|rien de particulier|rien à dire|rien à ajouter|rien à signaler|ras|r a s|aucun|aucune|"
    "aucun commentaire|aucune remarque|aucune idée|aucun avis|aucune réponse|sans commentaire|sans commentaires|sans avis|sans réponse|sans objet|"
    "non|oui|pas de commentaire|pas de commentaires|pas de réponse|pas d avis|je ne sais pas|ne sais pas|sais pas|nsp|néant|non applicable|"
    "ne se prononce pas|voir ci dessus|idem"
)
_SPANISH = (
    "nada|nada más|nada que decir|nada que añadir|nada que agregar|ninguno|ninguna|ningún comentario|sin comentario|sin comentarios|sin opinión|"
    "sin respuesta|no sé|no lo sé|no aplica|no procede|ns|nc|ns nc|sí|igual|lo mismo|ver arriba|no tengo comentarios|no tengo ningún comentario"
)
_ITALIAN = (
    "niente|nulla|nessuno|nessuna|nessun commento|nessuna risposta|nessuna opinione|nessuna osservazione|niente da dire|niente da aggiungere|"
    "nulla da dire|nulla da aggiungere|nulla da segnalare|niente di particolare|non so|non lo so|senza commenti|non applicabile|vedi sopra|"
    "come sopra|nd|n d"
)
_DUTCH = (
    "niets|niks|geen|geen commentaar|geen opmerking|geen opmerkingen|geen idee|geen mening|geen antwoord|geen reden|nvt|n v t|"
    "niet van toepassing|weet niet|weet ik niet|weet het niet|ik weet het niet|niets toe te voegen|niets te melden|nee|zie boven|zie hierboven"
)
_PORTUGUESE = (
    "nada a dizer|nada a acrescentar|nada a declarar|nada mais|nenhum|nenhuma|nenhum comentário|sem comentário|sem comentários|sem opinião|"
    "sem resposta|não|não sei|não se aplica|sim"
)
_CHINESE_JAPANESE_KOREAN = "无|無|没有|沒有|なし|特になし|特にない|特にありません|ありません|없음|없다|없습니다"

_SPACE = re.compile(r"\s+")
_CUT = re.compile(r"[.,;:!?]+\s|\s[-–—]+\s")
_VOWEL = re.compile("[aeiouy0-9 ]")
# One such character is a word: 好 is "good".
_WHOLE_WORD = re.compile("[\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]")
ABBREVIATION = 6  # capital letters at most
MOST_WORDS = 15  # a longer reply says something

_DECLINES = ("no thanks", "no thank you")

ReplyKind = Literal["answer", "non-answer", "praise", "complaint"]

# What follows is compared with `_folded(_bare(...))`: small letters, no accents, blanks for everything else.
_NOT = r"(?:no|well|um|honestly|absolutely|really|truly|literally|probably|overall|in my opinion|there is|there was|there s|to be honest|i would say)"
_CANNOT_THINK = (
    r"(?:i )?(?:really |honestly )?(?:can t|cant|cannot|can not|couldn t|couldnt|could not)"
    r"(?: really| honestly)? think of (?:anything|any|one|a thing)"
)
_FOUND_NOTHING = (
    rf"(?:{_NOT} )*(?:nothing|none|nil|no|nope|nada|zero|not a thing|not really|not much|not a lot|very little|{_CANNOT_THINK}"
    r"|(?:i )?(?:don t|dont|do not) think so|nichts|gar nichts|nix|nein|kein|keine|keiner|keines|(?:mir )?fallt (?:mir )?nichts ein"
    r"|rien|rien du tout|aucun|aucune|non|neant|ninguno|ninguna|niente|nulla|nessuno|nessuna|niets|niks|geen|nee|nenhum|nenhuma|nao"
    r"|无|無|没有|沒有|なし|特になし|特にない|特にありません|ありません|없음|없다|없습니다)"
    r"(?: (?:at all|really|specific|special|major|in particular|in general|(?:that )?i (?:can|could) think of|(?:that )?(?:comes"
    r"|springs) to mind|for me"
    r"|at present|at the moment|right now|so far|as such|einzuwenden|besonderes|spezielles|bestimmtes|du tout|de special|de particulier|en especial"
    r"|en particular|di particolare|in particolare|bijzonders|speciaals|de especial|em especial))*"
)
# Nothing is left to improve; to the question what was good, these would say something else.
_NOTHING_TO_IMPROVE = (
    rf"(?:{_FOUND_NOTHING}|nothing)(?: (?:else|more|to (?:add|say|report|improve(?: on| upon)?|change|complain about|fault)|needed|weiter|mehr"
    r"|zu (?:verbessern|beanstanden|meckern|sagen|bemangeln)|de plus|a (?:dire|ajouter|signaler|redire|ameliorer)|mas|que (?:decir|anadir"
    r"|agregar|mejorar)"
    r"|da (?:dire|aggiungere|segnalare|migliorare)|di piu|toe te voegen|te (?:melden|verbeteren)|a (?:dizer|acrescentar|declarar|melhorar)|mais))+"
    r"|(?:no|keine|aucune?|sin|nessun|geen|sem) (?:complaints?|issues?|problems?|concerns?|worries|improvements?(?: needed| required)?|changes?"
    r"|beschwerden?|probleme?|probl[eè]mes?|plainte|quejas?|problemas?|problemi?|lamentele|klachten|problemen|reclamacoes)"
    r"|(?:nothing )?(?:it |things |you )?(?:couldn t|couldnt|could not|can t|cant|cannot)(?: have| of)?(?: be| been| do| done"
    r"| get)+(?: it)?(?: any)? (?:better|improved|faulted)"
    r"|(?:there (?:is|was|s) )?nothing (?:(?:that )?(?:you |i |they )?(?:could|can|needs?|would|should) )?(?:(?:to|have|of|be|been|do"
    r"|done) )*(?:any )?"
    r"(?:better|improved?|improving|improvement|changed?|changing)"
)
_FULL = {"improvement": re.compile(rf"{_FOUND_NOTHING}|{_NOTHING_TO_IMPROVE}"), "praise": re.compile(_FOUND_NOTHING)}
# "Nothing all was good": without a comma only where what follows cannot belong to the "nothing", as it does in "nothing was good".
_RUN_ON = re.compile(
    r"(?:nothing|none|no|nope|absolutely nothing|nothing at all|nothing really) (?:as |because |cause |cos |since )?(?=(?:all|everything|everyone"
    r"|it|i am|i m|im|i have|i ve|ive|you are|you re|they are|been|have been) )(?!been (?!(?:very |so |really )?(?:happy|satisfied|pleased)))"
    r"|(?:nichts|nix|rien|nada|niente|nulla|niets|niks) (?=(?:alles|tout|todo|tutto|tudo) )"
)
_BOUND = frozenset("with about for of mit avec con com met over".split())  # "nothing I am happy with"
_LOOSE = frozenset(
    "all everything everyone it was is were been has have very so really just absolutely always i am im m ive ve s we as at about and a of me "
    "for you "
    "they re are with the to be thanks thank please sorry well alles ist war bin sehr ich und danke bitte waren tout etait est tres merci suis "
    "todo esta estuvo fue muy gracias estoy tutto era e molto grazie sono tudo esteve muito obrigado obrigada estou zeer heel dank "
    "bedankt ben".split()
)
_PLEASED = frozenset(
    "good great fine perfect excellent ok okay happy satisfied pleased brilliant fantastic lovely amazing wonderful superb faultless best ideal "
    "satisfactory awesome outstanding 100 gut super perfekt bestens prima toll zufrieden bien parfait satisfait satisfaite excelente perfecto "
    "perfecta satisfecho satisfecha bene perfetto ottimo soddisfatto soddisfatta bem perfeito otimo satisfeito satisfeita goed tevreden "
    "uitstekend".split()
)
_DISPLEASED = frozenset(
    "bad terrible awful poor rubbish horrible dreadful disappointing disappointed worst unhappy useless disgusting appalling shocking schlecht "
    "furchtbar "
    "schrecklich unzufrieden mauvais nul horrible malo mal pesimo fatal male pessimo brutto ruim pessimo slecht ontevreden".split()
)
_FEELINGS = {"improvement": _PLEASED, "praise": _DISPLEASED}
_PARTS = re.compile(r"[.,;:!?…。，！？]+|\s[-–—]+\s?|(?<=\w)[-–—]+\s")
_THANKS = re.compile(r"(?<=\w) (?:thanks|thank you|danke|merci|gracias|grazie|bedankt|obrigad[oa])(?: very much| so much| a lot)?$")


def reply_kind(text: str, question: str = "") -> ReplyKind:
    """What kind of reply a comment is, in the light of the question that it answers.

    "Nothing" to "What should we improve?" is praise, to "What did we do well?" a complaint, and to any other question says nothing.
    "N/a", "don't know" and "no comment" say nothing to any question. Whatever names a thing is an answer: "nothing, the nurses were kind".

    Args:
        text: a comment.
        question: the wording of the open question, in English, German, French, Spanish, Italian, Dutch or Portuguese; "" when not known.

    >>> [reply_kind("Nothing!", q) for q in ("What should we improve?", "What did you like?", "Why this score?")]
    ['praise', 'complaint', 'non-answer']
    """
    wanted = asks_for(question)
    if wanted and _finds_nothing(text, wanted):
        return "praise" if wanted == "improvement" else "complaint"
    return "non-answer" if _says_nothing(text) else "answer"


def is_non_answer(text: str) -> bool:
    """True for "n/a", "nothing", "-", "???" and the like, also "kein Kommentar", "rien": words that say nothing about the contact.

    >>> [is_non_answer(t) for t in ("N/A", "...", "nothing to add", "k.A.", "nothing worked")]
    [True, True, True, True, False]
    """
    return reply_kind(text) == "non-answer"


def _says_nothing(text: str) -> bool:
    words = _bare(text)
    if _folded(words) in _NON_ANSWERS or _is_mashed(words, text):
        return True
    if sum(c.isalpha() for c in words) < 2:
        return not _WHOLE_WORD.search(words)
    parts = _CUT.split(text)
    return len(parts) > 1 and all(_folded(_bare(part)) in _NON_ANSWERS for part in parts)


def _finds_nothing(text: str, wanted: str) -> bool:
    """True where at least one part of a reply says "nothing" and the others only how the customer feels."""
    if text.count(" ") >= MOST_WORDS or _folded(_bare(text)) in _DECLINES:
        return False
    parts = [words for part in _PARTS.split(text) if (words := _folded(_bare(part)))]
    found = [_part_finds_nothing(words, wanted) for words in parts]
    return any(found) and all(nothing or _only_feels(words, _FEELINGS[wanted]) for nothing, words in zip(found, parts, strict=True))


def _part_finds_nothing(words: str, wanted: str) -> bool:
    words = _THANKS.sub("", words)
    if _FULL[wanted].fullmatch(words):
        return True
    run_on = _RUN_ON.match(words)
    return run_on is not None and _only_feels(words[run_on.end() :], _FEELINGS[wanted])


def _only_feels(words: str, feelings: frozenset[str]) -> bool:
    """True for "it was all very good", and for bare thanks; "good with" is the end of something else."""
    if _THANKS.fullmatch(f"x {words}", 1):
        return True
    said = words.split()
    return said[-1] not in _BOUND and not feelings.isdisjoint(said) and all(w in feelings or w in _LOOSE for w in said)


def _bare(text: str) -> str:
    """Its words in lower case, one blank between them."""
    return _SPACE.sub(" ", re.sub(r"[\W_]+", " ", text.casefold())).strip()


def _folded(words: str) -> str:
    """Without accents, as many people type."""
    if words.isascii():
        return words
    bare = "".join(c for c in unicodedata.normalize("NFKD", words) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare)  # Korean letters are put together again


def _is_mashed(words: str, text: str) -> bool:
    """True for "qwrt": a word without a vowel, unless it is an abbreviation in capitals such as HMRC."""
    if len(words) < 4 or not words.isascii() or _VOWEL.search(words):
        return False
    return not (len(words) <= ABBREVIATION and len(set(words)) > 2 and text.isupper())


_NON_ANSWERS = frozenset(
    _folded(_bare(reply))
    for language in (_ENGLISH, _GERMAN, _FRENCH, _SPANISH, _ITALIAN, _DUTCH, _PORTUGUESE, _CHINESE_JAPANESE_KOREAN)
    for reply in language.split("|")
)
