"""PostgreSQL and Valkey from PyPI wheels, for installations that bring no servers of their own (docs/decisions/0002).

`process` starts a server program safely, `postgres` and `valkey` know one program each, `claim` says who owns the data
folder. Nothing here knows Django.
"""
