"""What may be done to a conversation by name: for the API, many at once, macros, rules and bots."""
