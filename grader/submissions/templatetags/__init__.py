"""What templates of the upper rooms say numbers, dates and states with (`{% load words %}`)."""
