"""Answers in words ("Very satisfied", "stimme zu") -> which of the usual scales they come from, for the analyst to confirm."""

from __future__ import annotations

# Each scale from its worst answer to its best; the spellings of one answer are separated by bars, the commonest first.
_SCALES = tuple(
    tuple(tuple(step.split("|")) for step in scale.split(" < "))
    for scale in (
        "no|nein|non|nee < yes|ja|oui|sí|si",
        "no|not at all < partly|partially|somewhat|in part < yes|completely|fully",
        "nein < teilweise|zum teil < ja",
        "bad|poor < good",
        "bad|poor < ok|okay|average|fair < good",
        "poor < fair < good < excellent|very good",
        "very bad|very poor < bad|poor < good < very good|excellent",
        "never < sometimes < always",
        "never < rarely|seldom < sometimes|occasionally < often|usually|most of the time < always",
        "strongly disagree|completely disagree|totally disagree < disagree|somewhat disagree|tend to disagree|slightly disagree < "
        "neither agree nor disagree|neutral|neither agree or disagree|neither|undecided < agree|somewhat agree|tend to agree|slightly agree < "
        "strongly agree|completely agree|totally agree",
        "strongly disagree < disagree|somewhat disagree < agree|somewhat agree < strongly agree",
        "very dissatisfied|very unsatisfied < dissatisfied|somewhat dissatisfied|unsatisfied < satisfied|somewhat satisfied < very satisfied",
        "very unlikely|extremely unlikely < unlikely|somewhat unlikely < neutral|neither likely nor unlikely|neither < likely|somewhat likely < "
        "very likely|extremely likely",
        "trifft nicht zu < trifft eher nicht zu < trifft eher zu < trifft zu",
        "trifft nicht zu|trifft gar nicht zu < trifft eher nicht zu < teils, teils|teils/teils|teils teils|weder noch|neutral < trifft eher zu < "
        "trifft zu|trifft voll zu",
        "strongly disagree < disagree < somewhat disagree|slightly disagree < neither agree nor disagree|neutral|neither < "
        "somewhat agree|slightly agree < agree < strongly agree",
        "very dissatisfied|extremely dissatisfied|very unsatisfied|completely dissatisfied < "
        "dissatisfied|somewhat dissatisfied|unsatisfied|fairly dissatisfied < "
        "neither satisfied nor dissatisfied|neutral|neither satisfied or dissatisfied|neither < satisfied|somewhat satisfied|fairly satisfied < "
        "very satisfied|extremely satisfied|completely satisfied",
        "extremely dissatisfied|very dissatisfied < moderately dissatisfied|dissatisfied < slightly dissatisfied|somewhat dissatisfied < "
        "neither satisfied nor dissatisfied|neutral < slightly satisfied|somewhat satisfied < moderately satisfied|satisfied < "
        "extremely satisfied|very satisfied",
        "very poor|terrible|very bad < poor|bad < fair|average|okay|ok|acceptable|neutral < good < very good|excellent",
        "poor < fair < good < very good < excellent",
        "far below expectations|much worse than expected < below expectations|worse than expected < met expectations|as expected < "
        "above expectations|exceeded expectations|better than expected < far above expectations|far exceeded expectations|much better than expected",
        "very difficult|extremely difficult < difficult|somewhat difficult < neither easy nor difficult|neutral|neither < easy|somewhat easy < "
        "very easy|extremely easy",
        "stimme überhaupt nicht zu|trifft überhaupt nicht zu|stimme gar nicht zu < stimme nicht zu|stimme eher nicht zu|trifft eher nicht zu < "
        "neutral|weder noch|teils, teils|teils/teils|teils teils < stimme zu|stimme eher zu|trifft eher zu < "
        "stimme voll und ganz zu|stimme voll zu|stimme völlig zu|trifft voll und ganz zu|trifft voll zu",
        "sehr unzufrieden < unzufrieden|eher unzufrieden < neutral|weder noch|teils, teils|teils/teils|weder zufrieden noch unzufrieden < "
        "zufrieden|eher zufrieden < sehr zufrieden",
        "sehr schlecht < schlecht < mittel|mittelmäßig|neutral|befriedigend < gut < sehr gut",
        "pas du tout d'accord < pas d'accord|plutôt pas d'accord < ni d'accord ni pas d'accord|neutre < d'accord|plutôt d'accord < "
        "tout à fait d'accord",
        "très insatisfait|pas du tout satisfait < insatisfait|plutôt insatisfait|peu satisfait < ni satisfait ni insatisfait|neutre < "
        "satisfait|plutôt satisfait < très satisfait",
        "totalmente en desacuerdo|muy en desacuerdo < en desacuerdo < ni de acuerdo ni en desacuerdo|neutral < de acuerdo < "
        "totalmente de acuerdo|muy de acuerdo",
        "muy insatisfecho < insatisfecho|poco satisfecho < ni satisfecho ni insatisfecho|neutral < satisfecho|bastante satisfecho < muy satisfecho",
    )
)
# SurveyMonkey's own scales differ only in what follows these words: "not at all friendly", ..., "extremely friendly".
_DEGREES = ("not at all", "not so|slightly|a little", "somewhat|moderately|fairly", "very|quite", "extremely|completely")


def worded_scale(texts: list[str]) -> dict[str, int]:
    """The scale that some answers come from: wording -> answer, from the worst (1; 0 where there are only two) to the best.

    Wordings that do not occur are in it too, in their commonest spelling. Empty where the texts are no such answers, where all
    of them are one answer, or where the scale cannot be told.

    >>> worded_scale(["Very satisfied", "Dissatisfied", "Neutral"])
    {'Very dissatisfied': 1, 'Dissatisfied': 2, 'Neutral': 3, 'Satisfied': 4, 'Very satisfied': 5}
    >>> worded_scale(["Extremely friendly", "Not at all friendly"])["Very friendly"]
    4
    >>> worded_scale(["Poor", "Fair", "Good", "Excellent"])
    {'Poor': 1, 'Fair': 2, 'Good': 3, 'Excellent': 4}
    >>> worded_scale(["No", "Yes"]), worded_scale(["North", "South"]), worded_scale(["Yes"])
    ({'No': 0, 'Yes': 1}, {}, {})
    """
    spelt = {_plain(text): text for text in texts}
    if len(spelt) < 2:
        return {}
    fitting = [scale for scale in (*_SCALES, *_degrees(spelt)) if len(_placed(spelt, scale)) == len(spelt)]
    if not fitting:
        return {}
    scale = min(fitting, key=lambda s: len(s) > len(spelt))  # one whose answers all occur, or else the first
    found, first = _placed(spelt, scale), 0 if len(scale) == 2 else 1
    return {found.get(i, scale[i][0].capitalize()): i + first for i in range(len(scale))}


def _placed(spelt: dict[str, str], scale: tuple[tuple[str, ...], ...]) -> dict[int, str]:
    """Step of the scale -> the text that is it; two texts on one step are not of this scale."""
    return {i: spelt[spelling] for i, step in enumerate(scale) for spelling in step if spelling in spelt}


def _degrees(spelt: dict[str, str]) -> list[tuple[tuple[str, ...], ...]]:
    """The scale of degrees for whatever is measured: what most of the texts end with."""
    steps = [step.split("|") for step in _DEGREES]
    ends = {text[len(word) :] for text in spelt for step in steps for word in step if text.startswith(f"{word} ")}
    return [tuple(tuple(f"{word}{end}" for word in step) for step in steps) for end in sorted(ends)]


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split()).rstrip(".")
