"""Ways into kb: each parses, calls operations and shows what they return."""
