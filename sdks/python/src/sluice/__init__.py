"""Sluice for Python services: synchronous flags, evaluated in process."""
