"""A process is killed in the middle of a route, and another one finishes the route.

Run it with ``python examples/kill_and_resume.py``; it needs no key and no server. The model is
a slow scripted one that counts how often it is asked in a file, so that the count survives.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from secondhalf import Memory, RouteContext, RouteResult, SQLAlchemySaver, build_router

PROMPT = "Why is the sky blue? Prove your explanation step by step from first principles."
VERDICT = '{"verdict": "correct", "confidence": 0.9, "problems": []}'


class SlowModel(BaseChatModel):
    """Takes its time, and notes every call in ``log``."""

    name: str = "slow"
    log: str
    seconds: float
    reply: str

    @property
    def _llm_type(self) -> str:
        return "slow"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        with Path(self.log).open("a") as log:
            log.write(f"{self.name}\n")
        time.sleep(self.seconds)
        judging = "answer to check" in str(messages[-1].text)
        reply = VERDICT if judging else self.reply
        return ChatResult(generations=[ChatGeneration(message=AIMessage(reply))])


async def work(folder: Path, *, resume: bool) -> RouteResult:
    """Runs the route on thread ``demo`` from the start, or goes on where it was killed."""
    url, log = f"sqlite:///{folder / 'routes.db'}", str(folder / "calls.log")
    draft = SlowModel(name="slm", log=log, seconds=0.1, reply="It scatters.")
    careful = SlowModel(
        name="mid", log=log, seconds=0 if resume else 60, reply="Rayleigh scattering, ∝ λ⁻⁴."
    )
    judge = SlowModel(name="llm", log=log, seconds=0, reply="-")
    with SQLAlchemySaver.from_url(url) as saver, Memory.from_url(url) as memory:
        router = build_router(
            checkpointer=saver, memory=memory, models={"slm": draft, "mid": careful, "llm": judge}
        )
        given = None if resume else {"messages": [("user", PROMPT)]}
        thread: Any = {"configurable": {"thread_id": "demo"}}
        context = RouteContext(strategy="SLM_DIRECT", clarify=False)
        out = await router.ainvoke(given, thread, context=context, durability="sync")
        return out["route"]


def main() -> None:
    """Starts the route in a child, kills it while it asks its second model, and resumes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        child = subprocess.Popen([sys.executable, __file__, name])  # noqa: S603 - ourselves
        log = folder / "calls.log"
        while not log.exists() or "mid" not in log.read_text():
            time.sleep(0.05)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        print("killed after these calls:", log.read_text().split())
        result = asyncio.run(work(folder, resume=True))
        print("all calls:", log.read_text().split())
        print(f"{result.status}: {result.answer}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(work(Path(sys.argv[1]), resume=False))
    else:
        main()
