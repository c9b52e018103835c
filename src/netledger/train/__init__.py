"""Trained for real: recipes, data, schedules, on one device or several."""
