"""The whole pipeline on one machine: stand-ins, the stack that starts them, the command line."""
