"""The sample hospital of the demo (J5): invented people, and days with some life in them."""
