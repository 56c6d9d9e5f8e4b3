"""Promises of the colours of the report's page: read from its style sheet, worked out by the formulas of their authors."""

import re
from itertools import combinations

import pytest

from kbcli.render.report.page import STYLE
from kbcli.render.report.svg import STACKED


def read_colors(theme: str) -> dict[str, str]:
    """The variables of a theme that are colours."""
    blocks = {
        "light": STYLE.partition("@media")[0],
        "dark": STYLE.partition("dark) {")[2].partition("@media")[0],
    }
    return dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", blocks[theme]))


# Seen with a missing kind of cone: Machado, Oliveira, Fernandes, "A Physiologically-based Model for
# Simulation of Color Vision Deficiency" (2009), severity 1, on linear RGB.
SIGHTS = {
    "full": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def make_linear(color: str) -> list[float]:
    """Red, green and blue as light, 0 to 1."""
    parts = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def measure_contrast(one: str, other: str) -> float:
    """The contrast of WCAG 2, from 1 to 21."""
    lights = sorted(
        sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), make_linear(color), strict=True))
        for color in (one, other)
    )
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def place_in_oklab(color: str, sight: str) -> tuple[float, float, float]:
    """Lightness and two hues, with distances as they are seen (Ottosson, "A perceptual color space", 2020), times 100."""
    light = make_linear(color)
    r, g, b = (max(0.0, sum(x * y for x, y in zip(row, light, strict=True))) for row in SIGHTS[sight])
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    mid = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        100 * (0.2104542553 * long + 0.793617785 * mid - 0.0040720468 * short),
        100 * (1.9779984951 * long - 2.428592205 * mid + 0.4505937099 * short),
        100 * (0.0259040371 * long + 0.7827717662 * mid - 0.808675766 * short),
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colors_can_be_told_apart(theme: str) -> None:
    """Text stands out by 4.5, shapes by 3, and no two fills look alike to people who see fewer colours."""
    colors = read_colors(theme)
    for text in ("text", "muted", "accent"):
        assert min(measure_contrast(colors[text], colors[ground]) for ground in ("back", "panel")) >= 4.5, (
            text
        )
    fills = ("verified", "unverified", "changed", "expired", "flagged")
    assert set(fills) <= set(STACKED)
    assert min(measure_contrast(colors[fill], colors["back"]) for fill in fills) >= 3
    for sight in SIGHTS:
        for one, other in combinations(fills, 2):
            places = (place_in_oklab(colors[fill], sight) for fill in (one, other))
            far = sum((x - y) ** 2 for x, y in zip(*places, strict=True)) ** 0.5
            assert far >= 9, (sight, one, other)


def test_every_state_has_a_fill_of_its_own() -> None:
    """Each state has a fill; those that share a colour with another have a texture."""
    fills = {state: re.findall(rf"\.s-{state} \{{ fill: ([^;]+);", STYLE)[0] for state in STACKED}
    assert len(set(fills.values())) == len(STACKED)


def test_print_can_be_read_without_colour() -> None:
    """On paper the plain fills differ in lightness alone, and the rest have textures."""
    colors = read_colors("light") | dict(
        re.findall(r"--([a-z]+): (#[0-9a-f]{6})", STYLE.partition("@media print")[2].partition("\n")[0])
    )
    paper = STYLE.rpartition("@media print")[2]
    plain = [
        state
        for state in STACKED
        if f".s-{state} {{ fill: var" in STYLE and f".s-{state} {{ fill: url" not in paper
    ]
    assert plain == ["verified", "expired", "flagged"]
    for one, other in combinations(plain, 2):
        assert abs(place_in_oklab(colors[one], "full")[0] - place_in_oklab(colors[other], "full")[0]) >= 15
