"""What commands print for people: the grid, summaries and progress."""
