"""Every step once and in order: journal, sealed episode, index; what it has acknowledged it never loses."""
