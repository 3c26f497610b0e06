"""Famous puzzles are taken to be difficult, as they are known or changed a little; others are not.

None of these is one of the recorded trap questions.
"""

import pytest

from secondhalf.policy.analyzer import PUZZLE, analyze
from secondhalf.state.conversation import Turn

KNOWN = [
    "A bat and a ball cost $1.10 in all, the bat $1.00 more than the ball. How much is the ball?",
    "If 5 machines make 5 widgets in 5 minutes, how long do 100 machines need for 100 widgets?",
    "Lily pads double in size every day and cover the lake on day 48. When was it half covered?",
    "On a game show the host opens a door with a goat behind it. Should you switch?",
    "A runaway trolley heads for five people. You can pull a lever to divert it. Do you?",
    "Three missionaries and three cannibals must cross a river in a boat for two.",
    "You have a 3-liter jug and a 5-liter jug. How do you measure exactly 4 liters?",
    "Four people must cross a bridge at night with one flashlight. How long do they take?",
    "Of two guards one always lies, and a door is behind each. What do you ask?",
    "In a town the barber shaves everybody who does not shave himself. Who shaves the barber?",
    "Two ropes each take an hour to burn, but unevenly. How do you measure 45 minutes?",
    "Of twelve coins one is counterfeit. Find it with three weighings.",
    "What weighs more, a pound of feathers or a pound of steel?",
    "I speak without a mouth and hear without ears. What am I?",
    "What has keys but can't open locks?",
    "The surgeon says: I can't operate on this boy, he is my son. How can that be?",
    "Which is larger, 9.11 or 9.9?",
    "A plane crashes on a border. Where do they bury the survivors?",
]
CHANGED = [
    "A farmer with a goat and a cabbage, who may all be left alone, has a boat for all of them.",
    "A living cat is put into an empty box without any poison. Is the cat alive?",
    "You have a 4-liter jug and another 4-liter jug. How do you measure 4 liters?",
    "A bulb and its only switch are in the same room. How do you find out which switch it is?",
    "What weighs more, a feather or a kilogram of iron?",
    "You pick one of three cups, and one of the other two is shown to be empty. Do you switch?",
]
ORDINARY = [
    "What am I doing wrong with this regex?",
    "My husband always lies to me. What should I do?",
    "Should I always tell the truth?",
    "A farmer sells 3 goats for $40 each. How much money does he get?",
    "Tell me a riddle",
    "My car has two doors and needs a new lock",
    "How do I care for water lilies?",
    "What has the government decided on pensions?",
    "I work as a bank teller. How do I become a manager?",
    "What is Python used for but Rust is not?",
    "What can I cook without an oven?",
    "Where can I buy a bat and a ball for my son?",
    "How do I replace a light switch?",
    "Which horse won the race on Saturday?",
    "Why did my fuse burn out?",
    "How do I treat a rope burn?",
    "What does a box predictor do in object detection?",
    "How do I measure milk in a jug?",
]


@pytest.mark.parametrize("prompt", KNOWN + CHANGED)
def test_famous_puzzles_are_difficult(prompt: str) -> None:
    """Models answer the one that everybody knows; and it is said why."""
    found = analyze([Turn("user", prompt)])

    assert ("high", (PUZZLE,)) == (found.difficulty, found.notes)


@pytest.mark.parametrize("prompt", ORDINARY)
def test_what_shares_their_words_is_none(prompt: str) -> None:
    """A few of their words are not enough."""
    found = analyze([Turn("user", prompt)])

    assert PUZZLE not in found.notes
    assert "high" != found.difficulty


def test_long_texts_hold_all_words_and_are_none() -> None:
    """A contract that speaks of a bridge, and of the night, is no puzzle."""
    text = "The bridge is closed at night to all who cross. " + "The parties agree. " * 60

    assert PUZZLE not in analyze([Turn("user", text)]).notes
