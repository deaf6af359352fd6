"""The ground: errors with bilingual codes, clock, working-day calendar, limited child processes.

Knows no evidence. Nothing here may import from another room of the house.
"""
