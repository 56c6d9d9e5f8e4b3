"""Earlier tickets as text. What stands in them came from strangers: all of it is escaped for where it goes."""
