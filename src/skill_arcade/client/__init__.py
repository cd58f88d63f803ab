"""Playing from a program over the network: the live protocol's other end, without a browser."""
