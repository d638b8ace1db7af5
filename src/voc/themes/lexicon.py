"""Word -> how much it says: nothing alone, something beside another word, or something of its own; and its stem. No tagger."""

from __future__ import annotations

import re
import runpy
from functools import cache
from pathlib import Path

from voc.themes.prepare import STAND_IN

BREAK, EMPTY, NEGATION, PLAIN, CORE = range(5)  # kinds of word, see `kind_of`
NOT = "not"  # what every negation counts as
LANGUAGES = {  # spaCy's stop lists, and the words of these languages that negate
    "de": "nicht kein keine keinen keiner nie niemand ohne",
    "fr": "pas jamais aucun aucune sans rien",
    "es": "no nunca nadie sin ningún ninguna",
    "it": "non mai nessuno senza",
    "nl": "niet geen nooit niemand zonder",
    "pt": "não nunca ninguém sem nenhum",
}

# A phrase never crosses these: they begin a new statement.
BREAKS = frozenset(
    """
    i you he she we they who which that what when where why if but because so than whether while although though then however since
    until unless whereas i'm i've i'd i'll im ive you're you've you'd you'll he's he'd he'll she's she'd she'll we're we've we'd we'll
    they're they've they'd they'll it's that's there's here's what's who's let's dont' its' there this these those please thank thanks
    yes hi hello dear sorry oh ok okay lol etc eg ie smith's
    whom whose nor redacted thank-you thankyou thank's youre theyre thats theres whats hes shes u ur cos
    coz cuz
    """.split()
)
# Inside a phrase only.
EMPTIES = frozenset(
    """
    a an the my your his her its our their some any all every each both either neither such own same other another others more most
    less least much many few several enough lot lots bit plenty bunch load loads kind sort type way thing things stuff something
    anything everything someone anyone everyone everybody somebody anybody one ones me him us them it myself yourself himself herself
    itself ourselves themselves mine yours ours theirs is are was were be been being am do does did doing done have has had having
    will would shall should can could may might must ought need needs needed want wants wanted get gets got getting go goes going went
    gone come comes came coming make makes made making put puts let say says said saying tell tells see sees saw seen look looks looked
    looking seem seems seemed think thinks thought know knows knew known feel feels felt find finds found try tries tried trying use
    used uses using ask asks start starts started stop keep happen happens happened mean means meant show shows showed become became
    and or as at by for from in into of on onto to with within about above after again against ahead along also already always
    among around away back before behind below between beyond down during else especially even ever except far first further here
    how instead just last later lately like likely long-term maybe mostly near nearly next now off often once only out over overall
    past per perhaps plus possible possibly probably quite rather really recently right second simply slightly sometimes somewhere
    soon still straight surely sure through throughout till time times to together too toward towards totally truly twice under up
    upon usually various very via well yet absolutely actually almost anyway basically certainly completely definitely
    extremely fairly finally generally highly honestly hopefully incredibly literally obviously particularly pretty fully especially
    day days week weeks month months year years hour hours minute minutes mins min hrs hr today tomorrow yesterday tonight morning
    afternoon evening night weekend monday tuesday wednesday thursday friday saturday sunday mon tues wed weds thurs fri sat january
    february march april june july august september october november december ago late-night one two three four five six seven eight
    nine ten eleven twelve fifteen twenty thirty forty fifty sixty hundred thousand half third fourth dozen couple number
    im id ive wasnt's give gives gave given giving take takes taken taking took able done upon amongst whilst
    mr mrs ms miss sir madam guy guys person people man woman lady gentleman girl boy fella bloke chap customer customers
    son sons daughter daughters mum mom mother dad father husband hubby wife nan nana gran grandma grandad grandson granddaughter sister brother
    uncle aunt lad lads lass boyfriend girlfriend member members
    total overall regards regarding due able unable according whatever whenever wherever whoever xx xxx etc
    brilliantly pls plz thx ps fyi tbh btw imo
    """.split()
)
NEGATIONS = frozenset(
    """
    not no never nobody none nothing without cannot cant dont didnt doesnt wont isnt wasnt arent werent couldnt wouldnt shouldnt hasnt
    havent hadnt aint can't don't didn't doesn't won't isn't wasn't aren't weren't couldn't wouldn't shouldn't hasn't haven't hadn't ain't
    """.split()
)
# They say something beside another word, and nothing alone.
PLAINS = frozenset(
    """
    good great best better bad worse worst nice lovely excellent amazing awesome fantastic brilliant wonderful perfect superb poor
    terrible awful horrible appalling disgusting disappointing disappointed happy unhappy pleased satisfied satisfactory fine decent
    okay average reasonable fair acceptable unacceptable super outstanding exceptional fabulous impressed love loved like hate enjoyed easy
    hard difficult simple clear quick quickly fast slow slowly long longer short early late old new big small little large huge high
    higher low lower full empty whole different similar important special general main real true wrong correct right extra
    free available open close closed ready busy only certain particular able usual normal common work works worked working call
    called calling ring rang ringing told asked asking sent send sending keep kept keeping leave left leaving wait waited
    waiting turn turned turns turning run ran set bring brought buy bought buying hear heard talk talked talking speak spoke speaking
    explain explained offer offered help helped helping helpful friendly polite kind rude professional understand understood change
    changed changing return returned receive received arrive arrived answer answered check checked pay paid paying charge charged
    improve improved improvement appreciate appreciated recommend deal dealt dealing treat treated provide provided manage managed
    believe expect expected hope happen live lives remember forgot forget decide decided end ended begin began allow allowed move moved
    add added problem problems issue issues experience experiences question questions reason reasons matter point part parts rest
    side front top bottom middle place area ok thoroughly cold hot warm clean dirty nasty young older elderly
    smoothly efficiently promptly properly correctly clearly exactly effectively politely immediately early expensive cheap cheaper
    lack worth hold held lost lose losing stuck fail failed fails broken broke breaks continue continues continued
    caring attentive efficient pleasant courteous sad mixed sort sorted fix fixed solve solved resolve resolved miss missed
    missing wish walk walked sit sat stand stood stay stayed fly flew flying flown travel travelled traveled book booked booking
    """.split()
)
AHEAD = frozenset("on in out under at off".split())  # may begin a phrase of a preposition and its noun: "on hold", "out of stock"
PARTICLES = frozenset("up out off away back down in".split())  # may end a phrase after a verb: "set up", "sold out", "cut off"
REPORTING = frozenset("told asked asking sent kept keep bought brought set".split())  # end a phrase only after a negation: "nobody told"
INTENSE = frozenset(["too", "still"])  # may begin a phrase: "too expensive", "still waiting"
OPENING = frozenset("with the a an my your our their his her for than as".split())  # an adjective just after them lacks its noun: "with good"
ARTICLES = frozenset("a an the my your his her its our their this these those some any all every each".split())
IRREGULAR = dict(
    pair.split(":")
    for pair in """
    paid:pay sent:send told:tell bought:buy broke:break broken:break lost:lose kept:keep held:hold rang:ring rung:ring left:leave
    found:find felt:feel met:meet spoke:speak spoken:speak wrote:write written:write stole:steal stolen:steal froze:freeze
    frozen:freeze flew:fly flown:fly sat:sit slept:sleep brought:bring taught:teach caught:catch sold:sell lied:lie lying:lie
    stood:stand ran:run drove:drive understood:understand children:child better:good best:good worse:bad worst:bad spent:spend
    hung:hang chose:choose chosen:choose shut:shut given:give forgot:forget forgotten:forget dealt:deal knew:know apps:app
    """.split()
)


def kind_of(word: str) -> int:
    """BREAK, EMPTY, NEGATION, PLAIN (says something beside another word) or CORE (says something alone), for an English word."""
    if word in BREAKS or word == STAND_IN.lower() or not word.strip("x"):
        return BREAK
    if word in NEGATIONS:
        return NEGATION
    if word in PLAINS:
        return PLAIN
    if word in EMPTIES or word in AHEAD or word in PARTICLES or word[0].isdigit() or len(word) < 2:
        return EMPTY
    if word.endswith("ed") and len(word) > 4 and not word.endswith("eed"):
        return PLAIN
    return PLAIN if len(word) > 5 and word.endswith(("ly", "n't", "ful", "ous", "able", "ible", "less")) else CORE


def stem_of(word: str) -> str:
    """Enough of a word to see that it is the same one.

    >>> [stem_of(w) for w in ("refund", "refunds", "refunded", "delivery", "delivered", "never", "queuing", "queues")]
    ['refund', 'refund', 'refund', 'deliver', 'deliver', 'not', 'queu', 'queu']
    """
    if word in NEGATIONS:
        return NOT
    word = re.sub(r"'\w*$", "", word).replace("-", "")
    word = IRREGULAR.get(word, word)
    if len(word) > 4:
        word = re.sub(r"ies$", "y", word)
        word = re.sub(r"(?<=...)(?:(?<!s)s|ing|ings|ed|ly|ment|ments)$", "", word)
        word = re.sub(r"([bdfglmnprt])\1$", r"\1", word)
    word = re.sub(r"(?<=..)s$", "", word) if len(word) == 4 and not word.endswith("ss") else word
    return re.sub(r"(?:e|ie|(?<=.{5})y)$", "", word) if len(word) > 4 else word


@cache
def stops(code: str) -> frozenset[str]:
    """The stop list that spaCy has for a language; its file is read alone, for the language's package can take seconds to import."""
    import spacy  # deferred: heavy

    words: frozenset[str] = frozenset(runpy.run_path(str(Path(spacy.__file__).parent / "lang" / code / "stop_words.py"))["STOP_WORDS"])
    return words
