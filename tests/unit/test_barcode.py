"""GTINs are told from other codes by length and check digit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_pos.domain.barcode import check_digit, gtin13, is_gtin

BODIES = st.sampled_from((7, 11, 12, 13)).flatmap(
    lambda n: st.text("0123456789", min_size=n, max_size=n)
)


def whole(body: str) -> str:
    return f"{body}{check_digit(body)}"


@pytest.mark.parametrize(
    "code",
    [
        "4006381333931",
        "8712345000004",
        "96385074",
        "036000291452",
        "9780306406157",
        "10012345678902",
        "00000000",
    ],
)
def test_known_codes_are_right(code: str) -> None:
    assert is_gtin(code)
    assert check_digit(code[:-1]) == int(code[-1])


@pytest.mark.parametrize(
    "code",
    [
        "",
        "0",
        "4006381333932",
        "400638133393",
        "40063813339311",
        "4006381333931 ",
        " 4006381333931",
        "400638133393\u0661",  # an Arabic digit one is a digit, but not on a barcode
        "４００６３８１３３３９３１",  # noqa: RUF001  full-width digits
        "²0063813",
        "COF-ESP-250",
        "40063813x3931",
        "-0638507",
        "4006381333931\n",
    ],
)
def test_other_codes_are_no_gtin(code: str) -> None:
    assert not is_gtin(code)
    assert gtin13(code) == code


@given(BODIES)
def test_exactly_one_check_digit_is_right(body: str) -> None:
    assert [n for n in range(10) if is_gtin(f"{body}{n}")] == [check_digit(body)]


@given(BODIES, st.data())
def test_one_wrong_digit_is_always_found(body: str, data: st.DataObject) -> None:
    code = whole(body)
    place = data.draw(st.integers(0, len(code) - 1))
    digit = data.draw(st.sampled_from("0123456789").filter(lambda d: d != code[place]))
    assert not is_gtin(code[:place] + digit + code[place + 1 :])


@given(BODIES)
def test_leading_zeros_do_not_change_the_check_digit(body: str) -> None:
    assert check_digit(body) == check_digit(f"000{body}")


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("036000291452", "0036000291452"),
        ("04006381333931", "4006381333931"),
        ("10012345678902", "10012345678902"),  # a box is not the unit in it
        ("4006381333931", "4006381333931"),
        ("96385074", "96385074"),
        ("036000291453", "036000291453"),
        ("COF-ESP-250", "COF-ESP-250"),
    ],
)
def test_codes_are_kept_as_catalogues_do(code: str, kept: str) -> None:
    assert gtin13(code) == kept


@given(BODIES.map(whole))
def test_the_kept_form_is_still_right_and_stays(code: str) -> None:
    kept = gtin13(code)
    assert is_gtin(kept)
    assert gtin13(kept) == kept
    assert kept.lstrip("0") == code.lstrip("0")
