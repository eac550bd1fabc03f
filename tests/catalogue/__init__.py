"""Sentences for codes, in both languages."""
