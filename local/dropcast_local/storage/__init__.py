"""A Cloud Storage of one process: the JSON API on loopback, as Google's own clients use it."""
