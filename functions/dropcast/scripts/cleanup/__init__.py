"""The rules of speakable.py: each takes a text and returns it without one sort of what nobody can speak.

No rule reads ahead without bound, so that hostile text costs no more than any other.
"""
