"""Which policy is in use, how it came about, and how to go back: for people and programs."""

import time
from typing import Self

from secondhalf.memory import Memory
from secondhalf.policy.defaults import default_policy
from secondhalf.policy.learning.describing import same_configuration
from secondhalf.policy.learning.lifecycle import note, promote, roll_back
from secondhalf.policy.learning.revising import added, reflections_in
from secondhalf.state.base import Json, Noun
from secondhalf.state.config import RouterConfig
from secondhalf.state.errors import ConfigError
from secondhalf.state.policy import RoutingPolicy
from secondhalf.state.reflection import Reflection, ReflectionStatus
from secondhalf.state.standing import PolicyEvent, PolicyStanding

FORMAT = "secondhalf-policy/1"
_CURRENT = ("active", "current")


class PolicyFile(Noun):
    """A policy as it is exported: JSON, validated when it comes back."""

    format: str = FORMAT
    policy: dict[str, Json]
    """As it was written down: its version is a hash of this."""
    reflections: tuple[Reflection, ...] = ()
    events: tuple[PolicyEvent, ...] = ()


class PolicyDesk:
    """The policies of one tenant under one configuration; a context manager.

    Whatever it changes holds for every route that begins afterwards, in every process.
    """

    def __init__(self, config: RouterConfig, db: str, tenant: str = "") -> None:
        """``db`` is a SQLAlchemy URL.

        Raises:
            StorageError: the database cannot be used.
        """
        self.tenant = tenant
        self.base = default_policy(config.policy)
        self._share = config.policy.learning.canary
        self._memory = Memory.from_url(db)
        self._policies = self._memory.policies

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._memory.close()

    def standing(self) -> PolicyStanding:
        """Which policies are in use."""
        return self._policies.standing(self.tenant, self.base.version)

    def policy(self, version: str | None = None) -> RoutingPolicy:
        """A policy by its version or the first characters of it; by default the active one.

        Raises:
            UnknownPolicyError: there is none.
        """
        wanted = self.standing().active if version is None or version in _CURRENT else version
        if self.base.version.startswith(wanted):
            return self.base
        return self._policies.find(wanted)

    def history(self) -> tuple[PolicyEvent, ...]:
        """All that was ever done to them, newest first."""
        return self._policies.history(self.tenant, self.base.version)

    def reflections(self, policy: RoutingPolicy | None = None) -> tuple[Reflection, ...]:
        """All findings, newest first; or those that ``policy`` came from."""
        known = self._policies.reflections(self.tenant, self.base.version)
        names = None if policy is None else set(reflections_in(policy))
        return tuple(one for one in known if names is None or one.id in names)

    def promote(self, version: str, by: str = "") -> PolicyEvent:
        """Makes a policy active; the one before it keeps a share of the routes for a while.

        Raises:
            UnknownPolicyError: there is none.
            ConfigError: it is active already, or was made for another configuration.
            PolicyConflictError: somebody else has changed which is in use meanwhile.
        """
        standing, chosen = self.standing(), self._usable(version)
        if standing.active == chosen.version:
            raise ConfigError(f"policy {chosen.version} is active already")
        now, who = time.time(), by or "a person"
        text = f"{who} made version {chosen.version} active, without the gate."
        event = promote(standing, chosen.version, self._share, now, who, text)
        return self._enter(event, standing, chosen)

    def roll_back(self, version: str | None = None, by: str = "") -> PolicyEvent:
        """Makes an earlier policy active for all routes: by default the one that was before.

        Raises:
            UnknownPolicyError: there is none.
            ConfigError: there is nothing to go back to, or it was made for another configuration.
            PolicyConflictError: somebody else has changed which is in use meanwhile.
        """
        standing = self.standing()
        chosen = self._usable(version or self._before(standing))
        if standing.active == chosen.version and standing.stage == "settled":
            raise ConfigError(f"policy {chosen.version} is active already")
        now, who = time.time(), by or "a person"
        text = f"{who} went back from version {standing.active} to {chosen.version}."
        if standing.active == chosen.version:  # what is being tried is taken back
            stage, other = standing.stage, standing.other
            text = f"{who} ended the {stage} of version {other}; {chosen.version} stays active."
        event = roll_back(standing, chosen.version, now, who, text)
        return self._enter(event, standing, chosen)

    def export(self, version: str | None = None) -> PolicyFile:
        """A policy with what is known of where it comes from; without any prompt or answer."""
        policy = self.policy(version)
        document = self._policies.document(policy.version) or policy.model_dump(mode="json")
        events = [event for event in self.history() if event.version == policy.version]
        return PolicyFile(
            policy=document, reflections=self.reflections(policy), events=tuple(events)
        )

    def take_in(self, given: PolicyFile) -> RoutingPolicy:
        """Keeps an exported policy, inactive; what it learned elsewhere proves nothing here.

        Raises:
            ConfigError: it is no policy of ours.
            StorageError: it is not what its version says.
        """
        if given.format != FORMAT:
            raise ConfigError(f"the file's format is {given.format!r:.40}, not {FORMAT!r}")
        now = time.time()
        try:
            policy = self._policies.put_document(given.policy, now)
        except ValueError as error:
            raise ConfigError("the file's policy is not one that can be used") from error
        known = [one.model_copy(update={"status": "retired"}) for one in given.reflections]
        self._policies.add_reflections(self.tenant, self.base.version, known)
        standing = self.standing()
        place = "in use already" if policy.version == standing.active else "not in use"
        text = f"Version {policy.version} was imported; it is {place}."
        self._policies.enter(note(standing, "imported", policy.version, now, text))
        return policy

    def _usable(self, version: str) -> RoutingPolicy:
        chosen = self.policy(version)
        if not same_configuration(chosen, self.base):
            raise ConfigError(
                f"policy {chosen.version} was made for another configuration (its rules, "
                "thresholds or prices differ): use the router.yaml it was made for"
            )
        self._policies.put(self.base, time.time())
        return chosen

    def _before(self, standing: PolicyStanding) -> str:
        """The version that was active before the one that is."""
        for event in self.history():
            if event.standing.active != standing.active:
                return event.standing.active
        if standing.active != self.base.version:
            return self.base.version
        if standing.stage != "settled":
            return standing.active
        raise ConfigError("there is no earlier policy to go back to")

    def _enter(self, event: PolicyEvent, was: PolicyStanding, chosen: RoutingPolicy) -> PolicyEvent:
        """Enters ``event``; what was being tried, if it is not chosen, waits for its turn again."""
        before = self._policies.get(was.active) or self.base
        statuses: dict[str, ReflectionStatus] = {}
        if was.stage in ("shadow", "canary") and (tried := self._policies.get(was.other)):
            statuses |= dict.fromkeys(added(tried, before), "proposed")
        statuses |= dict.fromkeys(added(before, chosen), "quarantined")
        statuses |= dict.fromkeys(added(chosen, before), "active")
        event = event.model_copy(update={"reflections": reflections_in(chosen)})
        self._policies.enter(event, statuses)
        return event


def read_policy_file(text: str) -> PolicyFile:
    """An exported policy from JSON.

    Raises:
        ConfigError: it is not one.
    """
    try:
        return PolicyFile.model_validate_json(text)
    except (ValueError, RecursionError):
        raise ConfigError(
            "this is not an exported policy: 'secondhalf policy export' writes them"
        ) from None
