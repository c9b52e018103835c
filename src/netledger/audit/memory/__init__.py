"""What texts say of memory: what a running model keeps of its context, and for how many tokens."""
