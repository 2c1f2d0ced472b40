"""The kind `form`: a page on which strangers write to us."""
