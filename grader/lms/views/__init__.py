"""Pages of those who decide where events go. To everybody else there are none."""
