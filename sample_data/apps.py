from django.apps import AppConfig


class SampleDataConfig(AppConfig):
    name = "sample_data"
