"""What sources of tickets are made of: streams of records, shapes, and values as exports write them."""
