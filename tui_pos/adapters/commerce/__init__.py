"""The shop's backends: one HTTP client with its rules, and one package per vendor."""
