"""Ten bid: they pay or bring a guarantee, seal, upload, replace, withdraw and sign in, by Node."""

import secrets
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from tests.faults import plants
from tests.faults.puppets import Puppets

BIDDERS = tuple(f"bidder-{no}" for no in range(1, 11))
REPLACING = BIDDERS[:3]
WITHDRAWING = BIDDERS[9]
SIGNING_IN = BIDDERS[:9]
GUARANTEED = BIDDERS[3:5]
PAYING = tuple(one for one in BIDDERS if one not in GUARANTEED)
PRICES = tuple(418_237_951 - no * 7_158_333 for no in range(len(BIDDERS)))
REPLACED_BY_FEN = 1_010_101
MANAGERS = ("欧阳霁瞳", "尉迟澹容", "夏侯蘅皋")
PATIENCE = 120


@dataclass(slots=True)
class Bidding:
    """What the ten have done; every value of theirs that must be found nowhere."""

    puppets: Puppets
    lot: str
    planted: list[plants.Plant] = field(default_factory=list)
    commitments: list[str] = field(default_factory=list)
    envelopes: list[str] = field(default_factory=list)
    pseudonyms: list[str] = field(default_factory=list)
    public_keys: list[str] = field(default_factory=list)

    def hand_in(self) -> None:
        """All pay and hand in, at the same time: more leaves than a small tick holds."""
        self._everybody("deposit", PAYING)
        for asked in self._everybody("guarantee", GUARANTEED):
            self.planted.append(plants.words("secret of an application", asked["secret"]))
        self._bid(BIDDERS, again=0)
        self.pseudonyms = self._everybody("pseudonym", BIDDERS)
        self.public_keys = self._everybody("publicKey", BIDDERS)

    def change(self) -> None:
        """Some replace, one withdraws and is given the deposit back, the others sign in."""
        self._bid(REPLACING, again=1)
        self.withdraw(WITHDRAWING)
        self._everybody("signIn", SIGNING_IN)

    def withdraw(self, login: str) -> Any:
        """Take the bid back; its deposit is ordered back at once."""
        return self.puppets.ask("withdraw", **{"as": login, "lot": self.lot})

    def bid_again(self, login: str) -> None:
        """One more replacement."""
        self._bid((login,), again=2)

    def _bid(self, who: tuple[str, ...], *, again: int) -> None:
        doing: list[Future[Any]] = []
        for login in who:
            no = BIDDERS.index(login)
            content, offer = f"PLANTED{secrets.token_hex(16)}", _offer(no, again)
            if login in REPLACING:  # Three are enough to look for; each costs a search.
                self.planted += [
                    plants.words("content of a file", content),
                    plants.price(offer["price_fen"]),
                    plants.words("manager", offer["manager"]),
                ]
            doing.append(self._begin("bid", login, offer=offer, files=_files(content, offer)))
        for one in doing:
            done = one.result(timeout=PATIENCE)
            self.commitments.append(done["receipt"]["commitment"])
            self.envelopes.append(done["envelope_id"])

    def _everybody(self, act: str, who: tuple[str, ...]) -> list[Any]:
        doing = [self._begin(act, login) for login in who]
        return [one.result(timeout=PATIENCE) for one in doing]

    def _begin(self, act: str, login: str, **more: Any) -> "Future[Any]":
        return self.puppets.begin(act, **{"as": login, "lot": self.lot}, **more)


def _offer(no: int, again: int) -> dict[str, Any]:
    return {
        "price_fen": PRICES[no] + again * REPLACED_BY_FEN,
        "duration_days": 150,
        "quality": "合格",
        "manager": f"{MANAGERS[no % len(MANAGERS)]}{'甲乙丙'[again]}",
    }


def _files(content: str, offer: dict[str, Any]) -> dict[str, str]:
    told = f"{content}\n{offer['manager']}\n{offer['price_fen'] / 100:,.2f} 元\n"
    return {"technical": told * 40, "commercial": told}
