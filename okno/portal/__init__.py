"""Face 2: what people outside see."""
