"""From keys and the mouse to an action; pure."""
