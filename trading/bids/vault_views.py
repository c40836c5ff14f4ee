"""HTTP of the vault: its page, and its records and wraps as they lie here, ciphertext all of it."""

from typing import Any

from kernel.house import Call
from kernel.identity.queries import certificates_of
from kernel.pages import render
from kernel.permissions import Account
from kernel.pure.errors import Refused
from kernel.web import Feature, body
from trading.bids import forms, queries, vault
from trading.bids.access import Right
from trading.bids.views import page_of

feature = Feature("vault", __name__, quiet=True)


@feature.get("/my/vault", permission=Right.KEEP_VAULT)
def vault_page(call: Call) -> str:
    """保险柜: who can open it; a shell that the browser fills once it is open."""
    actor = signed_in(call)
    people = [
        {
            "name": each.person_name or actor.organisation_name,
            "tail": each.tail,
            "public_key": each.public_key.hex(),
            "mine": each.person_id == actor.person_id,
        }
        for each in certificates_of(call.session, actor.organisation_id)
        if each.is_valid(call.now)
    ]
    return render("bids/vault.html", page={**page_of(call), "certificates": people})


@feature.get("/vault", permission=Right.KEEP_VAULT)
def read_vault(call: Call) -> dict[str, Any]:
    """The organisation's vault as it lies here: ciphertext and wraps."""
    actor = signed_in(call)
    return {
        "generation": queries.vault_generation(call.session, actor.organisation_id),
        "wraps": [
            {
                "kind": row.kind.value,
                "key_id": row.key_id,
                "generation": row.generation,
                "wrap": bytes(row.wrap).hex(),
            }
            for row in queries.vault_wraps(call.session, actor.organisation_id)
        ],
        "records": [
            {"id": row.id.hex, "ciphertext": bytes(row.ciphertext).hex()}
            for row in queries.vault_records(call.session, actor.organisation_id)
        ],
    }


@feature.post("/vault", permission=Right.KEEP_VAULT)
def create_vault(call: Call) -> dict[str, Any]:
    """Found the vault with its first wraps."""
    vault.create(call.session, actor=signed_in(call), wraps=forms.wraps(body()))
    return {}


@feature.post("/vault/wraps", permission=Right.KEEP_VAULT)
def add_wraps(call: Call) -> dict[str, Any]:
    """Wrap the vault's key for another certificate or code."""
    told = body()
    vault.add_wraps(
        call.session,
        actor=signed_in(call),
        generation=forms.count(told, "generation"),
        wraps=forms.wraps(told),
    )
    return {}


@feature.post("/vault/generations", permission=Right.KEEP_VAULT)
def renew_vault(call: Call) -> dict[str, Any]:
    """Take the next generation of the vault's key, wrapped for whoever stays."""
    told = body()
    vault.renew(
        call.session,
        actor=signed_in(call),
        generation=forms.count(told, "generation"),
        seen=forms.count(told, "seen"),
        wraps=forms.wraps(told),
    )
    return {}


@feature.post("/vault/records", permission=Right.KEEP_VAULT)
def append_record(call: Call) -> dict[str, Any]:
    """Keep a record; the answer acknowledges it."""
    told = body()
    record_id, ciphertext = forms.record(told)
    vault.append(
        call.session,
        actor=signed_in(call),
        generation=forms.count(told, "generation"),
        record_id=record_id,
        ciphertext=ciphertext,
    )
    return {"id": record_id.hex}


def signed_in(call: Call) -> Account:
    """The account that asks; raises Refused WEB-1102 for anybody else."""
    if not isinstance(call.actor, Account):
        raise Refused("WEB-1102")
    return call.actor
