"""Faults planted by the hundred: one small change of the source at a time, and whether the conformance suite notices.

`tox -e mutation` runs it; `python -m tests.mutation --help` says how. Changed functions are swapped inside one process, by
their code objects, because starting the frameworks anew for each fault would take days.
"""
