"""What is planted in the synthetic survey: every constant that `truth.json` repeats, in one place."""

from __future__ import annotations

MONTHS = tuple(f"{2025 + (7 + i) // 12}-{(7 + i) % 12 + 1:02d}" for i in range(14))  # 2025-08 .. 2026-09
LAST_MONTH = MONTHS[-1]
MIX_MONTH = "2026-05"

TOUCHPOINTS = {"call": "Call centre", "web": "Website", "store": "Store"}
TOUCHPOINT_SHARE = {"call": 0.30, "web": 0.35, "store": 0.35}
MIX_SHARE = {"call": 0.62, "web": 0.20, "store": 0.18}  # in MIX_MONTH only
MONTH_VOLUME = {MIX_MONTH: 1.55, LAST_MONTH: 1.35}  # times the ordinary month
RESPONSE_RATE = {"call": 0.23, "web": 0.18, "store": 0.25}
CONTACT_RULE_DAYS = 30

# Change of the 0-10 answer by each 1-5 answer, against an answer of 4. Bad answers cost more than good ones gain.
EFFECTS: dict[str, tuple[float, float, float, float, float]] = {
    "resolution": (-4.4, -3.0, -1.3, 0.0, 0.9),
    "knowledgeable": (-2.2, -1.4, -0.6, 0.0, 0.4),
    "friendly": (-1.2, -0.8, -0.3, 0.0, 0.25),
    "patient": (0.0, 0.0, 0.0, 0.0, 0.0),  # a planted null: it only travels with the others
}
BASE_SCORE = {"call": 7.5, "web": 8.3, "store": 8.3}
RATING_MEAN = {"call": -0.35, "web": 0.1, "store": 0.25}  # shift of the latent answers
SCORE_NOISE = 1.15
STAFF_NOT_APPLICABLE = {"call": 0.0, "web": 0.35, "store": 0.03}

REGIONS = ("North", "East", "South", "West")  # a planted null: no effect on anything
STORES = (
    "Ashford", "Birch Lane", "Canal Street", "Dockside", "Eastgate", "Fairview",
    "Grand Parade", "Harbour Street", "Ivy Road", "Kingsway", "Lakeside", "Market Square",
)  # fmt: skip
BRIGHT_STORE = "Harbour Street"
BRIGHT_EFFECT = 2.0
BRIGHT_SHARE = 0.2  # of store visits; the flagship is the largest
AGENTS = tuple(f"{i:03d}" for i in range(1, 41))  # 001-024 answer calls, 025-040 work in stores
PRODUCTS = ("TV", "Laptop", "Phone", "Headphones", "Washing machine", "Camera", "Console")
REASONS = {
    "call": ("Order question", "Fault", "Return or refund", "Account", "Advice"),
    "web": ("Buying", "Order question", "Account", "Return or refund"),
    "store": ("Buying", "Advice", "Collection", "Return or refund", "Fault"),
}

USUAL_SECONDS = 95  # median time for the questionnaire
TIME_SPREAD = 0.45
SPEEDERS = 0.02  # share who take a tenth of the usual time; a planted null: they answer like everybody

COMMENT_RATE = {"detractor": 0.68, "passive": 0.54, "promoter": 0.58}
NON_ANSWER_RATE = 0.04
SIGN_IN_RATE = {"call": 0.05, "web": 0.14, "store": 0.0}  # in LAST_MONTH only
SIGN_IN_EFFECT = -3.0
SIGN_IN_COMMENT_RATE = 0.85

# Chance of each tone (-2 .. 2) by answer: 0-3, 4-6, 7-8, 9, 10.
TONE_BY_SCORE = (
    (0.55, 0.37, 0.06, 0.02, 0.00),
    (0.18, 0.56, 0.21, 0.05, 0.00),
    (0.02, 0.21, 0.38, 0.34, 0.05),
    (0.00, 0.05, 0.12, 0.48, 0.35),
    (0.00, 0.02, 0.05, 0.33, 0.60),
)
# How much more often a theme comes up than its share of the bank, by touchpoint; 1 where not named.
THEME_WEIGHT = {
    "call": {"waiting": 1.4, "passed_around": 1.2, "resolution": 1.3, "store_place": 0.0, "website": 0.4, "knowledge": 0.7},
    "web": {"website": 1.2, "delivery": 1.3, "staff": 0.3, "waiting": 0.2, "passed_around": 0.2, "store_place": 0.0},
    "store": {"knowledge": 1.3, "staff": 1.1, "store_place": 1.2, "delivery": 0.3, "website": 0.2, "passed_around": 0.3},
}
# A comment about the thing that was rated badly (or well) is this much more likely.
RATING_TALK = {"resolution": "resolution", "knowledgeable": "knowledge", "friendly": "staff"}
TALK_FACTOR = 4.0
PLAIN_FACTOR = 3.0  # most customers write plainly; stories are rarer
