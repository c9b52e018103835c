"""Many models, here and elsewhere: what names stand for, and a census of hundreds of thousands of files.

A census goes one way: ``places`` (a list, a folder, a bucket, a hub's answer → what is to be read, with the state it is
in) → ``engines`` (local processes, Dask, Ray: who reads) → ``keeper`` and ``child`` (one process that reads, within
limits of time and memory) → ``reading`` (a file → its rows) → ``store`` (rows → Parquet, shard by shard).
"""
