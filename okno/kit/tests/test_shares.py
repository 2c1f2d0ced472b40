"""Shares that forked processes count together."""

import os

from okno.kit import shares


def test_what_one_process_holds_another_sees_until_its_row_begins_anew() -> None:
    held = shares.SharesOfAll(2, "things of this test")
    shares.expect_rows(2)
    try:
        child = os.fork()
        if child == 0:
            shares.use_row(1)
            os._exit(0 if held.take("anna") and held.take("anna") else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert not held.take("anna")
        assert held.take("oleg") and held.take("oleg") and not held.take("oleg")
        held.give_back("oleg")
        assert held.take("oleg")
        held.give_back("oleg", 2)
        child = os.fork()
        if child == 0:
            shares.use_row(1)
            os._exit(0)
        os.waitpid(child, 0)
        assert held.take("anna")
        held.give_back("anna")
    finally:
        shares.expect_rows(1)


def test_few_are_refused_for_what_others_hold() -> None:
    """Of 3,000 with one share each about two meet others in both of their places. Where the second
    place followed from the first, it was some thirty."""
    held = shares.SharesOfAll(1, "things of many")
    names = [str(number) for number in range(3_000)]
    taken = [name for name in names if held.take(name)]
    try:
        assert len(names) - len(taken) <= 12
    finally:
        for name in taken:
            held.give_back(name)
