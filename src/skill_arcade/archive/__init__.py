"""The only room that knows the object store: put if absent, get, range, list, delete; the layout of keys."""
