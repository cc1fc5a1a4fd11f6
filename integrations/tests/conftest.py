from integrations.tests.google import google

__all__ = ["google"]
