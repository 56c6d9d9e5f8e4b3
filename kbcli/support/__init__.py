"""The work of a support shift, a room each: none imports another; what needs two of them is composed in operations."""
