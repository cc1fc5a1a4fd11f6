"""How addresses begin that end in a token: whoever has one needs nothing else: it is in no log (core/web/logs.py)."""

TOKEN_PATHS = (
    "/accounts/confirm-email/",
    "/accounts/invitation/",
    "/accounts/password/reset/key/",
    "/dev/inbox/",
    "/feeds/",
)
