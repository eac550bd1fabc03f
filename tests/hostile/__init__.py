"""What a hostile browser sends, to every form, parameter and field for a file that a walk through the site's pages finds."""
