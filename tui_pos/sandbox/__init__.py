"""The vendors' contracts as a real HTTP server on loopback, with simulated terminals.

It behaves as the contract documents, knows nothing of the till, and never moves real money.
"""
