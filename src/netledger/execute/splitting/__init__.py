"""Networks split over several devices: one Plan, a planner for each scheme, the layers where the parts meet."""
