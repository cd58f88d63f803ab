"""The command line: each command parses its options, calls one room below, and prints what came back."""
