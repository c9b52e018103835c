"""What is said of one line by itself, opinion by opinion."""
