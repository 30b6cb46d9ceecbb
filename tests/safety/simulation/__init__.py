"""Whole sales on the real services in virtual time, over a server, terminals, networks and disks that fail.

Source: payment-safety.md, section 4, M3.
"""

from __future__ import annotations
