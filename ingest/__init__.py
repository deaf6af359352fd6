"""How evidence comes in: connectors, readers, the recogniser, parsers and the pipeline.

Nothing here judges evidence (`checks`) and nothing here writes past the journal (`audit.journal`).
"""
