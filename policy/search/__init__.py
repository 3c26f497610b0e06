"""Search that plans under a ledger: which path is worth its price, and when none is."""
