"""The hospital's figures (H2): what each means stands in docs/figures.md.

periods → queries (capacity, appointments, queues, utilisation) → cache (five minutes) → presenters and charts → views.
"""
