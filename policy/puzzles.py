"""Famous puzzles: riddles, paradoxes and brain teasers that everybody has read, models above all.

Asked with a small change they are answered as everybody knows them, by strong models too, which
then agree on what is wrong (Williams & Huckle, Easy Problems That LLMs Get Wrong, 2024; the
MisguidedAttention collection). So a request that looks like one is taken to be difficult.
"""

import re

from secondhalf.policy.features import words
from secondhalf.policy.lexicon import stem

TELLING = """brain teaser, brainteaser, logic puzzle, trick question, monty hall, knaves,
    irresistible force, unstoppable force, immovable object, ship of theseus, counterfeit coin,
    shave themselves, shaves himself, shave himself, bury the survivors"""
"""Phrases each of which tells by itself."""
TOGETHER = """solve riddle, answer riddle, wolf goat, goat cabbage, wolf cabbage, farmer river boat,
    sheep river boat, fox chicken river, couples river boat, missionary cannibal, cannibal boat,
    bridge night cross, bridge torch, bridge flashlight, bridge lantern, jug liter measure,
    jug litre measure, jug gallon measure, bucket measure exactly, hourglass minute, rope burn hour,
    rope burn minute, fuse burn hour, fuse burn minute, feather steel, feather iron, feather brick,
    feather lead, feather heavier, trolley track, trolley lever, tram track people, game show host,
    game show door, door host goat, door host switch, door goat, door behind pick,
    door behind choose, pick one other switch, pick one other swap, guard door truth,
    guard door lie, guard door lies, dungeon king door, always truth lie, always truth lies,
    prisoner hat, prisoner hang, prisoner execution, hang surprise weekday, bulb switch room,
    weighing coin, weighing ball heavier, balance coin heavier, wine bottle poison,
    drink poison survive, cat poison box, cat radioactive box, schrödinger cat, schrodinger cat,
    barber shave, blue eye island, machine widget, bat ball cost, lily double, pond double day,
    lake double day, pond full half, lake cover half, bank teller linda, bank teller probable,
    bank teller feminist, envelope switch twice, perfect predictor box, surgeon operate son,
    surgeon boy father, brother sister have each, widow sister marry, snail well climb,
    rooster egg roof, moses ark, fly train mile, horse race fastest track, overtake second race,
    tortoise achilles, ives wife, how many month 28, letter strawberry, 9.11 9.9,
    leg morning noon evening, coin flip head row next, vowel even card"""
"""Words that tell where all of a group occur."""
LONGEST = 150
"""Words: in a longer text too many occur somewhere."""
_PHRASES = re.compile(
    r"\b(?:" + "|".join(re.escape(" ".join(p.split())) for p in TELLING.split(",")) + r")\b"
)
_GROUPS = tuple(frozenset(stem(word) for word in group.split()) for group in TOGETHER.split(","))
_PARTS = (
    "keys|hands|faces?|teeth|neck|heads?|tails?|eyes?|ears|legs|mouth|bed|banks|branches|roots"
    "|leaves|rings|holes|wings|thumb|spine|cities"
)
_DENIED = "no|not|never|cannot|can't|has no|have no|does not|doesn't"
_RIDDLE = re.compile(
    r"\bwhat(?: number| word| animal)? am i\s?\?*$"
    rf"|^what (?:has|have) [^?.]{{0,40}}\b(?:{_PARTS})(?:,? (?:and|but|yet)\b[^?.]{{0,80}})?\?$"
    r"|^what (?:has|have|gets|goes|runs|walks|comes|flies) [^?.]{1,80}"
    rf"\b(?:but|yet|and) (?:{_DENIED})\b[^?.]{{0,80}}\?$"
)


def looks_like_one(folded: str) -> bool:
    """Whether a request with all it brings along, folded, looks like a famous puzzle."""
    spoken = words(folded)
    if len(spoken) > LONGEST:
        return False
    if _PHRASES.search(folded) or _RIDDLE.search(folded):
        return True
    found = {stem(word) for word in spoken}
    return any(group <= found for group in _GROUPS)
