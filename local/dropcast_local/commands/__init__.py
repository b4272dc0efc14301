"""What each command of `dropcast` does; cli.py says how it is called."""
