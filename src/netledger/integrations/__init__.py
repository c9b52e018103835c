"""Callbacks for trainers of other libraries: the ledger of what is trained, shown, kept within a budget, logged.

Each lives in a module of its own, which imports the library that it is for: ``lightning``, ``transformers``,
``ultralytics``. For tests there is the fixture ``network_budget``.
"""
