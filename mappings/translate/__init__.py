"""The rules of each exchange: pure functions on frames, from the canonical model of one side to that of the other."""
