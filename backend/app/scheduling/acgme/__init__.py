"""Duty hours on the clock: what residents may work, verified on real intervals.

A library of its own: it knows neither the rule catalogue, nor the solver, nor the domain.
"""
