"""The shop's customers: contacts, organisations and projects with their addresses."""

from __future__ import annotations

from functools import cache
from typing import Any

from tui_pos.sandbox.shop import stable_id

_CONTACTS = [
    ("Sanne", "de", "Vries", "Nieuwegracht", "14", "3512 LP", "Utrecht"),
    ("Bram", None, "Jansen", "Amsterdamsestraatweg", "201 bis", "3513 HC", "Utrecht"),
    ("Zoë", "van den", "Berg", "Lange Elisabethstraat", "7", "3511 JG", "Utrecht"),
    ("Mohamed", None, "El Amrani", "Kanaalstraat", "88", "3531 CM", "Utrecht"),
    ("Anaïs", None, "Lefèvre", "Biltstraat", "33", "3572 AC", "Utrecht"),
    ("Jurriën", "ter", "Horst", "Dorpsstraat", "5", "3732 HG", "De Bilt"),
    ("Fenna", None, "Bakker", "Voorstraat", "61", "3512 AK", "Utrecht"),
    ("Thijs", "van", "Dijk", "Vleutenseweg", "410", "3532 HP", "Utrecht"),
]
_ORGANISATIONS = [
    ("Café Olé", "30200001", "NL002345678B01", "Janskerkhof", "9", "3512 BK", "Utrecht"),
    ("Timmerbedrijf De Zaag", "30200002", "NL003456789B01", "Zonnebaan", "22", "3542 EC", "Utrecht"),
    ("Stichting Buurthuis Lombok", "30200003", None, "Kanaalstraat", "197", "3531 CH", "Utrecht"),
    ("Architectenbureau Schets & Lijn", "30200004", "NL004567890B01", "Maliebaan", "45", "3581 CD", "Utrecht"),
]  # fmt: skip
_PROJECTS = [("Terrace renovation", "Café Olé"), ("Kitchen Lombok", "Stichting Buurthuis Lombok")]


def _address(owner: str, street: str, number: str, code: str, city: str) -> dict[str, Any]:
    premise, _, suffix = number.partition(" ")
    return {
        "id": stable_id("address", owner),
        "country_code": "NL",
        "locality": city,
        "postal_code": code,
        "thoroughfare": street,
        "premise_number": premise,
        "premise_number_suffix": suffix or None,
        "address_line_1": f"{street} {number}",
        "is_valid": True,
        "errors": [],
        "options": {"format": {"address": f"{street} {number}\n{code} {city}"}},
        "created_at": 1704067200000,
    }


def _phone(owner: str, number: int) -> dict[str, Any]:
    national = f"06 12345{number:03d}"
    phone = {"id": stable_id("phone", owner), "country_code": "NL", "national": national}
    phone["number"] = "+31" + national[1:].replace(" ", "")
    return phone


@cache
def contacts() -> dict[str, dict[str, Any]]:
    """Contacts by id, shaped as the schema's Contact."""
    found = {}
    for n, (given, infix, family, street, number, code, city) in enumerate(_CONTACTS):
        name = " ".join(part for part in (given, infix, family) if part)
        found[stable_id("contact", name)] = {
            "id": stable_id("contact", name),
            "number": f"C{1001 + n}",
            "email": f"{given.lower()}.{n + 1}@example.nl".encode("ascii", "ignore").decode(),
            "is_guest": False,
            "name": name,
            "given_name": given,
            "additional_name": infix,
            "family_name": family,
            "phone_numbers": {"primary": _phone(name, n), "secondary": []},
            "addresses": [_address(name, street, number, code, city)],
            "created_at": 1704067200000,
        }
    return found


@cache
def organisations() -> dict[str, dict[str, Any]]:
    """Organisations by id, shaped as the schema's Organisation."""
    found = {}
    for n, (name, coc, vat, street, number, code, city) in enumerate(_ORGANISATIONS):
        address = _address(name, street, number, code, city)
        book = {"primary": address, "secondary": []}
        found[stable_id("organisation", name)] = {
            "id": stable_id("organisation", name),
            "type": "DEFAULT",
            "name": name,
            "number": f"O{2001 + n}",
            "coc_number": coc,
            "administration": {"email": f"administratie{n + 1}@example.nl"},
            "registration": vat and {"country_code": "NL", "number": vat},
            "addressing": {"billing": book, "shipping": book},
            "addresses": [address],
            "phone_numbers": {"primary": _phone(name, 100 + n), "secondary": []},
            "created_at": 1704067200000,
            "updated_at": 1704067200000,
        }
    return found


@cache
def projects() -> dict[str, dict[str, Any]]:
    """Projects by id, shaped as the schema's Project."""
    return {
        stable_id("project", name): {
            "id": stable_id("project", name),
            "name": name,
            "number": f"P{3001 + n}",
            "description": None,
            "organisation": organisations()[stable_id("organisation", owner)],
        }
        for n, (name, owner) in enumerate(_PROJECTS)
    }


@cache
def addresses() -> dict[str, dict[str, Any]]:
    """Every known address by id."""
    owners = [*contacts().values(), *organisations().values()]
    return {a["id"]: a for owner in owners for a in owner["addresses"]}


@cache
def phone_numbers() -> dict[str, dict[str, Any]]:
    """Every known phone number by id."""
    owners = [*contacts().values(), *organisations().values()]
    found = [owner["phone_numbers"]["primary"] for owner in owners]
    return {phone["id"]: phone for phone in found}
