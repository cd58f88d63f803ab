"""The HTTP endpoints: each checks who asks, calls one room below, and shapes the answer."""
