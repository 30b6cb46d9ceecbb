"""The outside: vendors, files and devices, each behind a port."""
