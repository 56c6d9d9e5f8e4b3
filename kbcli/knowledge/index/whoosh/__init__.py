"""The local index in Whoosh's file format."""
