"""What leaves kb for somewhere else, one file each."""
