"""The Pub/Sub stand-in: Google's own gRPC protocol on loopback, with push, backoff and dead letters.

`python -m dropcast_local.pubsub` starts it; google-cloud-pubsub finds it by PUBSUB_EMULATOR_HOST alone.
"""
