"""Outside people: contacts, their identities and companies."""
