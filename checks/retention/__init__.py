"""How long a paper must be kept: a pure computation, and the question before it is destroyed."""
