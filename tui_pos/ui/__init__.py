"""What the cashier sees and types: the only package that knows of Textual."""
