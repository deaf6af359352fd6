"""The cold chain, judged by legs.

`kernel` is arithmetic on readings, `legs` finds the windows from the documents' times, the rules
themselves are in `checks/rules/cold_chain.py`. Nothing here reads a database, a file or a clock.
"""
