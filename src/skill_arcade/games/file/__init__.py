"""The game file: what it may say, how it is read, and what becomes of it by options and by keys of one's own."""
