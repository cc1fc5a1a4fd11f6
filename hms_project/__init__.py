"""Composes the rooms into one site."""

from hms_project.celery import app as celery_app

__all__ = ["celery_app"]
