"""The proof of the promise: a driver outside the product, its ledger, and a checker.

python -m tests.ledger --kills 50 --database sqlite
"""
