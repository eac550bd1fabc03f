"""Pages in a real browser: the path from upload to gradebook, without JavaScript, narrow, dark, by keyboard, and for axe."""
