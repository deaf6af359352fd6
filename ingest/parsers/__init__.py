"""Fields, tables and text to draft records, one file for each group of kinds.

A parser says what a paper states and where; it resolves nothing against what is on record and
judges nothing. What may not live here: file formats (`ingest.readers`), writing (`audit.journal`).
"""
