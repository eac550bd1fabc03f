"""What a sentence may show."""

Scalar = str | int | float | bool | None
