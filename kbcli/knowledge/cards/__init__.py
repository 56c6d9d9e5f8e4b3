"""What one file, and all files, mean as cards."""
