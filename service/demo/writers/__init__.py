"""The invented papers in the file formats that companies really have.

Each writer takes frozen values and returns bytes; the same values give the same bytes. What may
not live here: deciding what happened (`story`) and reading anything back (`ingest`).
"""
