"""Bounded low-level readers that know no model format: a cursor over bytes read on demand, protobuf, zip, pickle, JSON.

Nothing here allocates from an unchecked number, and nothing reads a byte that nobody asked for.
"""
