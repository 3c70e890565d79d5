"""How a new study file comes to be: from a typed command, a script, and answers."""
