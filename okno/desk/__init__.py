"""The desk: conversations, messages, notes, and every verb over them."""
