"""Ways in and out: the adapter contract, intake, sending, and one folder for each kind."""
