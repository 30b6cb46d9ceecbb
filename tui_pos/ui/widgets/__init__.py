"""The one widget that draws."""
