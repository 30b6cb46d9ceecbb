"""The real program, killed and starved of its disk at chosen moments, judged by the sandbox's ledger."""
