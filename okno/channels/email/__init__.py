"""Letters: SMTP, IMAP and pipe in, SMTP out."""
