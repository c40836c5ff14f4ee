"""What a member signs to check in and to pledge: 评标委员会和评标方法暂行规定 13, 14. Pure."""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from kernel.pure import jcs


@dataclass(frozen=True, slots=True)
class SignedChallenge:
    """r‖s over the check-in message, and the certificate chain in DER, leaf first."""

    signature: bytes
    chain: tuple[bytes, ...]


def check_in_message(room_id: UUID, challenge: bytes) -> bytes:
    """The canonical JSON that a check-in signs."""
    told = {"format": "sunbid check-in/1", "room": str(room_id), "challenge": challenge.hex()}
    return jcs.canonical(told)


def pledge_text(title: str, number: str) -> str:
    """The pledge as it is shown, signed and kept."""
    return (
        f"本人参加{title}（{number}）的评标，承诺：一、与各投标人、招标人、招标代理均无利害关系，"
        "发现应当回避的情形立即申请回避。二、客观、公正、独立地履行职责，只按招标文件规定的评标标准和方法"
        "评审，对所提出的评审意见承担个人责任。三、不私下接触投标人，不收受任何好处。四、不透露对投标文件的"
        "评审和比较、中标候选人的推荐以及与评标有关的其他情况。"
    )


def pledge_digest(text: str) -> str:
    """SHA-256 of the text in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def pledge_message(room_id: UUID, text: str) -> bytes:
    """The canonical JSON that a pledge signs."""
    told = {"format": "sunbid pledge/1", "room": str(room_id), "text": pledge_digest(text)}
    return jcs.canonical(told)
