"""str -> bool: comments that say nothing about the contact, in the languages that surveys come in."""

from __future__ import annotations

import re
import unicodedata

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


def is_non_answer(text: str) -> bool:
    """True for "n/a", "nothing", "-", "???" and the like, also "kein Kommentar", "rien": words that say nothing about the contact.

    >>> [is_non_answer(t) for t in ("N/A", "...", "nothing to add", "k.A.", "nothing worked")]
    [True, True, True, True, False]
    """
    words = _bare(text)
    if _folded(words) in _NON_ANSWERS or _is_mashed(words, text):
        return True
    if sum(c.isalpha() for c in words) < 2:
        return not _WHOLE_WORD.search(words)
    parts = _CUT.split(text)
    return len(parts) > 1 and all(_folded(_bare(part)) in _NON_ANSWERS for part in parts)


def _bare(text: str) -> str:
    """Its words in lower case, one blank between them."""
    return _SPACE.sub(" ", re.sub(r"[\W_]+", " ", text.casefold())).strip()


def _folded(words: str) -> str:
    """Without accents, as many people type."""
    if words.isascii():
        return words
    return "".join(c for c in unicodedata.normalize("NFKD", words) if not unicodedata.combining(c))


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
