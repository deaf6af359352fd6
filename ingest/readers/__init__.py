"""Bytes to text, tables and fields. A reader says what stands in a file and where it stands.

What may not live here: what the words mean (`ingest.parsers`), and any knowledge of what is
already on record. Reading runs in limited child processes; the parent only decodes plain data.
"""
