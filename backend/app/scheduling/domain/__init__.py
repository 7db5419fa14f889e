"""The engine's words: programme, problem, schedule, rule, result. Data and arrays, no search."""
