"""The kind `widget`: chat on a site."""
