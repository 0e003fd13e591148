"""The screening record as the protocol describes it: its parts, and the rules that read them."""
