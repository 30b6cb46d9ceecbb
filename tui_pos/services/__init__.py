"""What a till does: asynchronous use-cases over the ports."""
