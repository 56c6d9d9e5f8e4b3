"""What kb can do."""
