"""How many tokens the passes over tool results save, and which facts they keep."""
