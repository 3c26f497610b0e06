"""How much each signal counts: the one place to tune the local analyzer.

Signals are cues (:mod:`~secondhalf.policy.cues`), structure and conjunctions of both
(:mod:`~secondhalf.policy.evidence`), each in [0, 1]; counts saturate as ``1 - 2**-n``.
"""

VOTE = {
    "intent": 3.0,
    "domain": 2.0,
    "difficulty": 0.9,
    "risk": 0.7,
    "retrieval": 2.5,
    "tools": 2.5,
}
"""How much a full share of the exemplars' votes is worth, per field."""

DIFFICULTY = (-0.35, 1.15)
RISK = (0.6, 1.5)
"""Where low ends, and where high begins."""
RETRIEVAL = TOOLS = 1.0
"""From where on a need is a need."""

SIGNALS: dict[str, dict[str, float]] = {
    "intent.chat": {"bias": 0.9, "fact": 0.3, "simple": 0.5, "create": 0.4, "proof": 0.8,
                    "story": 1.2, "greeting": 1.0, "stakes": 0.2, "options": 0.8,
                    "puzzle": 1.0},
    "intent.code": {"code": 3.6, "code_make": 0.8, "fence": 1.8, "fault": 0.8},
    "intent.summarize": {"summarize": 2.4, "summarize_head": 2.0, "document": 0.3},
    "intent.search": {"bias": -0.3, "need": 2.0, "own_lookup": 0.8, "source": 0.9, "own": 0.6,
                      "recent": 0.9},
    "intent.tooling": {"act": 3.6, "weak_act": 0.6, "weak_act_object": 2.8},
    "intent.unknown": {"bias": -0.8, "wordless": 4.0, "strange": 3.5},
    "domain.general": {"bias": 1.4},
    "domain.medical": {"medical": 3.4, "drug": 3.4, "symptom": 2.2},
    "domain.legal": {"legal": 3.6, "legal_action": 0.8},
    "domain.financial": {"financial": 3.6, "money_move": 0.5},
    "domain.internal": {"bias": -0.4, "own": 4.0, "own_lookup": 1.0, "private": -2.5, "act": -2.0,
                        "code_work": -2.4},
    "difficulty": {"bias": 0.0, "proof": 3.4, "design": 1.0, "weigh": 1.8, "plan": 0.5,
                   "constraint": 0.8, "plan_constraint": 0.7, "story": 0.75, "create": 0.4,
                   "explain": 0.6, "code": 0.35, "fence": 0.5, "fault": 0.2, "deep_fault": 1.0,
                   "length": 0.5, "options": 0.9, "code_lines": 0.5, "calculation": -0.8,
                   "plain_question": -0.6, "simple": -0.5, "fact": -0.35, "act": -0.6,
                   "greeting": -1.0, "summarize": -0.4, "lookup_need": -0.3, "personal": 0.5,
                   "code_make": 0.4, "puzzle": 2.4},
    "risk": {"bias": 0.0, "self_harm": 3.6, "weapon": 3.8, "harm": 2.0, "destroy_precious": 2.6,
             "secret_asked": 2.6, "dosing_drug": 1.2, "symptom_mine": 1.9, "drug_mine": 1.9,
             "medical": 0.6, "medical_mine": 0.9, "legal_mine": 1.9, "legal": 0.3,
             "money_mine": 1.9,
             "money_large": 1.0, "money_wire": 1.2, "financial": 0.2, "general_knowledge": -1.4,
             "act": 0.15, "act_precious": 0.7, "operate": 1.6, "creative": -0.2},
    "retrieval": {"bias": -0.6, "own_lookup": 1.3, "own": 0.9, "source": 1.4, "recent": 1.7,
                  "document": -1.5, "fence": -1.5, "act": -2.2, "create": -0.5, "story": -1.2,
                  "proof": -1.0, "calculation": -1.0, "code": -0.4, "private": -0.6,
                  "code_make": -0.8, "weigh": -0.4, "fault": -0.8},
    "tools": {"bias": -0.4, "act": 3.0, "weak_act": 0.5, "weak_act_object": 2.0, "fence": -0.8,
              "question": -0.4, "code_make": -0.8},
}  # fmt: skip
"""Weight of each signal, per field or per label of a field."""
