"""What a call may still use, and what it has used: every attempt is charged."""

import math

from langchain_core.messages.ai import UsageMetadata

from secondhalf.experts.deployment import Deployment
from secondhalf.experts.failure import Failure
from secondhalf.experts.prices import Tokens, tokens_of
from secondhalf.state.budget import Usage
from secondhalf.state.expert import Grant

LEAST = 64
"""Tokens of the shortest answer worth asking for."""


class Account:
    """The account of one call under its grant."""

    def __init__(self, grant: Grant) -> None:
        self._grant = grant
        self.used = Usage()
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        """Say something to people, once."""
        if text not in self.notes:
            self.notes.append(text)

    def payable(self, deployment: Deployment, prompt: int) -> int:
        """Tokens that the answer to a prompt of ``prompt`` tokens may have at most.

        Raises:
            Failure: of kind ``refused``, if not even a short answer can be paid.
        """
        config, left = deployment.config, self._grant.tokens - self.used.tokens - prompt
        if not deployment.free:
            self._refuse_unless_paid(deployment)
        limits = {
            "its max_tokens": config.max_tokens,
            f"its context window of {config.context_window} tokens": config.context_window - prompt,
            f"the {self._grant.tokens} tokens granted": left,
            f"the ${self._grant.usd:.6f} granted": self._affords(deployment, prompt),
        }
        tightest = min(limits, key=lambda name: limits[name])
        if limits[tightest] < min(LEAST, config.max_tokens):
            raise Failure(
                "refused",
                f"a prompt of about {prompt} tokens and an answer are more than {tightest} "
                f"allows for {deployment.label}",
            )
        return math.floor(limits[tightest])

    def charge(
        self,
        deployment: Deployment,
        tokens: Tokens,
        *,
        billed: bool = True,
        estimated: bool = False,
    ) -> None:
        """Book one attempt; ``billed`` says whether its tokens can have cost anything."""
        cost = deployment.tariff.cost(tokens) if billed else 0.0
        paid = not deployment.free
        self.used += Usage(
            calls=int(paid),
            input_tokens=tokens.input,
            output_tokens=tokens.output,
            usd=cost or 0.0,
            unpriced_calls=int(cost is None),
            estimated_calls=int(estimated),
        )
        if cost is None:
            self.note(f"the price of {deployment.label} is not known: give it `prices`")
        elif deployment.assumed_free and billed:
            self.note(f"{deployment.label} is on this machine and has no prices: counted as free")

    def charge_reported(
        self,
        deployment: Deployment,
        usage: UsageMetadata | None,
        guess: Tokens,
        most: Tokens,
        window: int,
    ) -> Tokens | None:
        """Book an answer by the ``usage`` its provider reported, as far as that can be true.

        Counts that are missing are replaced by ``guess``, as far as the request allowed it; counts
        that are none, or more than the ``window`` of the model holds, by ``most``, what it allowed.
        Other counts are booked as they are, even above what was allowed: the provider will bill
        them.

        Returns:
            The counts, if they are the provider's.
        """
        written = guess.output
        guess = guess._replace(
            input=min(guess.input, most.input), output=min(guess.output, most.output)
        )
        if usage is None or not any(usage.get(name) for name in ("input_tokens", "output_tokens")):
            self.note(f"{deployment.label} reports no usage: tokens are estimated")
            if written > most.output:
                self.note(
                    f"{deployment.label} wrote about {written} tokens where it was allowed "
                    f"{most.output}"
                )
            self.charge(deployment, guess, estimated=True)
            return None
        told = tokens_of(usage)
        if told is None or max(told.input, told.output) > max(window, *most[:2]):
            self.note(f"{deployment.label} reports usage that cannot be: charged at the most")
            self.charge(deployment, most, estimated=True)
            return None
        if not told.input or (not told.output and guess.output):
            self.note(f"{deployment.label} reports half of its usage: the rest is estimated")
            told = told._replace(
                input=told.input or guess.input, output=told.output or guess.output
            )
            self.charge(deployment, told, estimated=True)
            return None
        if told.output > most.output:
            self.note(
                f"{deployment.label} used {told.output} tokens where it was allowed {most.output}"
            )
        self.charge(deployment, told)
        return told

    def charge_lost(self, deployment: Deployment, prompt: int, answer: int) -> None:
        """Book an attempt whose answer was lost: as much as the provider may bill for it."""
        self.charge(deployment, Tokens(prompt, 0 if deployment.free else answer), estimated=True)
        if not deployment.free:
            self.note(f"a lost answer of {deployment.label} was charged at the most it can cost")

    def _refuse_unless_paid(self, deployment: Deployment) -> None:
        if self._grant.usd - self.used.usd <= 0:
            raise Failure("refused", f"{deployment.label} costs money and none is left to spend")
        if self.used.calls >= self._grant.calls:
            raise Failure(
                "refused",
                f"all {self._grant.calls} calls granted to {deployment.label} are used",
            )

    def _affords(self, deployment: Deployment, prompt: int) -> float:
        if deployment.free:
            return math.inf
        return deployment.tariff.payable(self._grant.usd - self.used.usd, prompt)
