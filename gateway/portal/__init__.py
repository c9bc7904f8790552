"""Pages for people at /portal/: what a team, the organisation and one person spends, from the
roll-ups, rendered by the server.

`access` says who sees a page, `urls` which pages there are. Nothing here is on the request path of the data plane.
"""
