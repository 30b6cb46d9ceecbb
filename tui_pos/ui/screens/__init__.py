"""Screens: each draws itself as rows of text and takes its own keys."""
