"""Who may do what: users, agents, teams, roles, tokens, and the one policy."""
