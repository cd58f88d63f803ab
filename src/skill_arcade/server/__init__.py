"""The composition root: settings become rooms, rooms become one web application; no game logic, no SQL."""
