"""A booking and nothing else, written as Django's own documents would: what our own costs is compared with it."""
