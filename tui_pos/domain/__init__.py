"""What a till knows: pure, synchronous, standard library only."""
