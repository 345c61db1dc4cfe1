"""Who may act: the person, a legal representative, or both (Law 94-V art. 8(1); Civil Code on minors)."""

from dataclasses import dataclass
from enum import StrEnum

from consent_service.kernel.errors import InvalidInputError


class Age(StrEnum):
    """How old the person is, as far as it decides who acts."""

    UNDER_14 = "under_14"
    FROM_14_TO_17 = "from_14_to_17"
    ADULT = "adult"


class ActingBy(StrEnum):
    """Who acted."""

    PERSON = "person"
    REPRESENTATIVE = "representative"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acted, for a person of which age."""

    by: ActingBy = ActingBy.PERSON
    age: Age = Age.ADULT


def check_acting(acting: Acting, *, has_representative: bool) -> None:
    """Refuse an act by somebody who may not do it.

    Under 14 the representative acts alone, from 14 to 17 both act, from 18 on it is the person's own: a representative
    of an adult needs a basis, such as a power of attorney.

    Raises:
        InvalidInputError: Somebody else must act, or the representative is not named.
    """
    if acting.age is Age.UNDER_14 and acting.by is not ActingBy.REPRESENTATIVE:
        raise InvalidInputError.of("acting.by", "Under 14 the legal representative acts alone.")
    if acting.age is Age.FROM_14_TO_17 and acting.by is not ActingBy.BOTH:
        raise InvalidInputError.of("acting.by", "From 14 to 17 the person acts together with a legal representative.")
    if acting.age is Age.ADULT and acting.by is ActingBy.BOTH:
        raise InvalidInputError.of(
            "acting.by", "From 18 on the act is the person's own; send person or representative."
        )
    if acting.by is not ActingBy.PERSON and not has_representative:
        raise InvalidInputError.of("representative", "Name the representative, the role and the basis.")
