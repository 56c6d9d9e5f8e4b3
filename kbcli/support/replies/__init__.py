"""The texts to send: where they stand in a card, what is to be filled in, and what is wrong with them."""
