"""An invented distributor with two years of trade: for `devicetrail demo`, tests and benchmarks.

Everything here is invented and recognisable as such: company names carry （示例）, registration
serials lie beyond what authorities have issued, article numbers and organisation codes beyond what
was assigned. The same seed gives the same world and the same bytes. What may not live here:
anything that reads evidence; this room only writes what others read.
"""
