"""What support and product decided about what keeps coming: the top ten of each month, and the counts of each week."""
