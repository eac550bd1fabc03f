"""Pages about people, a module each: logging in, passwords, one's own settings, and a course's roster."""
