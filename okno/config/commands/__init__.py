"""What `okno` does, a file for each group of commands."""
