"""Chat on a site: what its script asks, its own page, its stream."""
