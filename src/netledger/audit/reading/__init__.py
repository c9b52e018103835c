"""A calculation as people write it → lines → claims. Nothing is evaluated by Python, everything is bounded."""
