"""The way in for people and machines: command line, sign-in, settings, worker.

APScheduler, argon2 and Typer live only here. No rule, no record and no proof is made here: this
room opens the house, asks who is there, and calls the rooms below.
"""
