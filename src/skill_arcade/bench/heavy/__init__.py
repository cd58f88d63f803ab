"""Games that nobody wants for a neighbour: one slow at every step, one that never comes back."""
