"""What our own environments draw with."""
