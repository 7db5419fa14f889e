"""Jobs: what can be asked for, and how workers carry it out.

A new kind of job is a module here with a handler, and an entry in `registry.KINDS`.
"""
