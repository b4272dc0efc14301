"""A stand-in for Cloud Text-to-Speech: Google's own gRPC services on loopback, spoken by espeak-ng.

It judges requests as the real service does (or as far as that is known) and shares no code with what it
judges: it imports nothing of `dropcast`.
"""
