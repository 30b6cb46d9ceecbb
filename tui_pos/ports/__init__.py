"""What services need from outside, one small protocol per need."""
