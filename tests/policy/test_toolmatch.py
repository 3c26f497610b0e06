"""Which tool a prompt asks for."""

import pytest

from secondhalf.policy.toolmatch import wanted_tool

TOOLS = {
    "weather": "Get the current weather for a city.",
    "get_stock_level": "How many of an item are in the warehouse.",
    "search": "Search the web for pages.",
}


@pytest.mark.parametrize(
    ("prompt", "tool"),
    [
        ("What is the weather in Oslo right now?", "weather"),
        ("How many items are left in the warehouse?", "get_stock_level"),
        ("Which stocks do we hold?", "get_stock_level"),
        ("Find the current value", ""),
        ("What is the capital of France?", ""),
        ("Prove that the square root of two is irrational.", ""),
        ("", ""),
    ],
)
def test_a_tool_fits_by_its_name_or_by_two_words_of_its_description(prompt: str, tool: str) -> None:
    """Words that every tool is described with count for nothing."""
    assert tool == wanted_tool(prompt, TOOLS)
