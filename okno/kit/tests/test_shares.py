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
