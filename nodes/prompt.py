"""The request of a route as text: the user's last message and what they clarified."""

from secondhalf.state.conversation import last_request, turns
from secondhalf.state.route import RouteState


def request_text(state: RouteState) -> str:
    """The last thing the user asked, followed by their answers to the router's questions."""
    asked = state.get("clarifications") or []
    messages = state["messages"]
    exchanged = 2 * len(asked)
    prompt = last_request(turns(messages[: len(messages) - exchanged]))
    return "\n".join([prompt, *(c.answer for c in asked)]) if asked else prompt
