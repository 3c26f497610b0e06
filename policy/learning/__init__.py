"""How policies are learned: findings, bounded changes, the gate, and drift."""
