"""The local engine: commands on this machine."""
