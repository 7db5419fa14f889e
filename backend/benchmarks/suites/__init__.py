"""The benchmark suites, each a list of measured rows and a table."""
