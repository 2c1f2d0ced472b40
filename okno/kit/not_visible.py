"""What a page or the API answers with 404."""


class NotVisible(LookupError):
    """The object is absent, or foreign to this actor: the two look the same on purpose."""
