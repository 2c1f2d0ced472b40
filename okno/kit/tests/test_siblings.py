"""What one process says the others hear, and nobody waits for one that does not listen."""

from okno.kit.siblings import circle


def test_the_others_hear_and_the_speaker_does_not() -> None:
    first, second, third = circle(3)
    first.tell("one")
    first.tell("двa")
    third.tell("three")
    assert second.hear(0) == ["one", "двa", "three"]
    assert first.hear(0) == ["three"]
    assert second.hear(0) == []


def test_one_that_does_not_listen_holds_up_nobody() -> None:
    first, second = circle(2)
    for _ in range(5_000):
        first.tell("x" * 1_000)
    heard = second.hear(0)
    assert 0 < len(heard) < 5_000
    first.tell("again")
    assert second.hear(0) == ["again"]
