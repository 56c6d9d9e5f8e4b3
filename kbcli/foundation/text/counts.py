"""Numbers of things in words."""


def count_things(number: int, one: str, many: str = "", *, none: str = "0") -> str:
    """`1 card`, `2 cards`; `none` is what stands for no number at all."""
    return f"{number or none} {one if number == 1 else many or f'{one}s'}"
